return d + 1

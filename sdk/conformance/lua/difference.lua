return a - b

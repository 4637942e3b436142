return math.abs(a - b)

return math.max(-128, math.min(127, v))

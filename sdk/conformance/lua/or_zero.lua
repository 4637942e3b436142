return v or 0

return (a * a + b * b) ^ 0.5

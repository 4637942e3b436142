return Math.sqrt(a * a + b * b);

return Math.abs(a - b);

return a - b;

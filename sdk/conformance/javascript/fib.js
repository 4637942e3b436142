const fib = n => n < 2n ? n : fib(n - 1n) + fib(n - 2n);
return fib(n);

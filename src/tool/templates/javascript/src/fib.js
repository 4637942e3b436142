// A bigint is a BigInt; small ones are faster as Numbers.
const fib = (k) => (k < 2 ? k : fib(k - 1) + fib(k - 2));
return BigInt(fib(Number(n)));

return BigInt(a + b + c) + d;

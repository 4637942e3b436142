return BigInt(numbers.reduce((sum, number) => sum + number, 0));

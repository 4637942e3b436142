if (b === 0n) throw new RangeError('division by zero');
return a / b;

const timeOf = uuid => {
  const [low, middle, high] = uuid.split('-');
  return BigInt('0x' + high.slice(1) + middle + low);
};
return timeOf(b) > timeOf(a) ? b : a;

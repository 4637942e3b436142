const keys = new Map();
// Characters beyond U+FFFF sort differently in UTF-16: the bytes of UTF-8 count.
const encoder = new TextEncoder();
const byBytes = (x, y) => {
  const [a, b] = [encoder.encode(x), encoder.encode(y)];
  const i = a.findIndex((byte, at) => byte !== b[at]);
  return i === -1 ? a.length - b.length : a[i] - (b[i] ?? -1);
};
for (const [key, value] of m) {
  if (!keys.has(value)) keys.set(value, []);
  keys.get(value).push(key);
}
for (const list of keys.values()) list.sort(byBytes);
return keys;

const isV6 = address.includes(':');
const width = isV6 ? 16 : 8;
const read = text => text === '' ? [] : text.split(isV6 ? ':' : '.').map(part => parseInt(part, isV6 ? 16 : 10));
const [head, tail] = address.split('::');
const parts = read(head);
if (tail !== undefined) {
  const last = read(tail);
  parts.push(...Array(8 - parts.length - last.length).fill(0), ...last);
}
const kept = parts.map((part, i) => {
  const cut = width - Math.max(0, Math.min(width, bits - i * width));
  return part >> cut << cut;
});
return isV6 ? kept.map(part => part.toString(16)).join(':') : kept.join('.');

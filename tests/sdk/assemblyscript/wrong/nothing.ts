// 3: an exported function has a result

export function nothing(n: i64): void {}

// 3: an exported function can't be generic

export function generic<T>(n: i64): i64 { return n; }

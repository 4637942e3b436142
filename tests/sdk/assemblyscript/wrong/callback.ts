// 3: a type that CQL doesn't have

export function callback(f: (n: i32) => i32): i32 { return f(1); }

// 3: 'usize' stands for no CQL type

export function inside(n: Array<usize>): i64 { return n.length; }

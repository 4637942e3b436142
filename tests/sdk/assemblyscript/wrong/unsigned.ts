// 3: 'u32' stands for no CQL type. CQL has no unsigned integers. CQL types in AssemblyScript: bool, i8 tinyint

export function unsigned(n: u32): i64 { return n; }

// 4: 'u8' stands for no CQL type

@usertype
class Person { age: u8; }
export function field(p: Person): i32 { return 1; }

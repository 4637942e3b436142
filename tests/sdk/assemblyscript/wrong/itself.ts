// 4: a type that contains itself

@usertype
class Node { value: i32; next: Node | null; }
export function itself(n: Node): i32 { return n.value; }

// 4: class Person stands for no CQL type: @usertype or @tuple in front of it says which

class Person { constructor(public age: i32) {} }
export function unknown_class(p: Person): i32 { return p.age; }

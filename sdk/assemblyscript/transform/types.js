// From types as AssemblyScript writes them to what CQL calls them.

import { NodeKind } from "assemblyscript/dist/assemblyscript.js";

export const LIBRARY = "~lib/nacre-function/assembly/";

const KNOWN = `CQL types in AssemblyScript: bool, i8 tinyint, i16 smallint, i32 int, i64 bigint, f32 float, f64 double, string text, \
Uint8Array blob; of nacre-function/assembly: Ascii, CqlDate date, Time, Timestamp, Duration, Uuid, TimeUuid, Inet, Varint, Decimal, Counter; \
of these: Array list, Set, Map, @vector(n) type V = StaticArray<…>, classes with @usertype or @tuple, \
T | null for what may be null and Box<i64> | null for numbers`;

/** A type that the compiler's user got wrong: where, and what about it. */
export class TypeFault extends Error {
  constructor(node, message) {
    super(message);
    this.node = node;
  }
}

const NUMBERS = {
  bool: ["boolean", 1, "Bool"], boolean: ["boolean", 1, "Bool"], i8: ["tinyint", 1, "I8"], i16: ["smallint", 2, "I16"], i32: ["int", 4, "I32"],
  i64: ["bigint", 8, "I64"], f32: ["float", 4, "F32"], f64: ["double", 8, "F64"], number: ["double", 8, "F64"],
};
// Classes of the library whose `value` is a native number of a column.
const FIXED = { CqlDate: ["date", "i32", 0], Time: ["time", "i64", 0], Timestamp: ["timestamp", "i64", 8], Counter: ["counter", "i64", 8] };
const SERIALISED = {
  Ascii: ["ascii", 0], Duration: ["duration", 0], Uuid: ["uuid", 16], TimeUuid: ["timeuuid", 16], Inet: ["inet", 0], Varint: ["varint", 0],
  Decimal: ["decimal", 0],
};
const VECTOR_BYTES = { boolean: 1, int: 4, float: 4, bigint: 8, double: 8 };

/** What a file means by a name: its declaration and where that stands, through imports and exports. */
export function find(sources, source, name, seen = new Set()) {
  if (!source || seen.has(source)) return null;
  seen.add(source);
  for (const statement of source.statements) {
    if ((statement.kind === NodeKind.ClassDeclaration || statement.kind === NodeKind.TypeDeclaration) && statement.name.text === name) {
      return { declaration: statement, source };
    }
    if (statement.kind === NodeKind.Import && statement.declarations) {
      const imported = statement.declarations.find((each) => each.name.text === name);
      if (imported) return find(sources, sourceOf(sources, statement.internalPath), imported.foreignName.text, new Set());
    }
    if (statement.kind === NodeKind.Export && statement.members) {
      const member = statement.members.find((each) => each.exportedName.text === name);
      if (member && statement.internalPath) return find(sources, sourceOf(sources, statement.internalPath), member.localName.text, new Set());
    }
    if (statement.kind === NodeKind.Export && !statement.members && statement.internalPath) {
      const found = find(sources, sourceOf(sources, statement.internalPath), name, seen);
      if (found) return found;
    }
  }
  return null;
}

function sourceOf(sources, internalPath) {
  return sources.find((each) => each.internalPath === internalPath || each.internalPath === `${internalPath}/index`);
}

export function decorator(declaration, name) {
  return (declaration.decorators ?? []).find((each) => each.name.text === name);
}

/** The argument of a decorator like @usertype("name"), if there is one. */
export function decoratorText(node) {
  const [argument] = node.args ?? [];
  if (!argument) return null;
  if (typeof argument.value !== "string") throw new TypeFault(argument, "a name between quotes");
  return argument.value;
}

/** A type node as a file's own code can repeat it. */
export function textOf(node) {
  if (node.kind !== NodeKind.NamedType) throw new TypeFault(node, `a type that CQL doesn't have. ${KNOWN}`);
  const parts = [];
  for (let name = node.name; name; name = name.next) parts.push(name.identifier.text);
  const inner = node.typeArguments?.length ? `<${node.typeArguments.map(textOf).join(", ")}>` : "";
  return parts.join(".") + inner + (node.isNullable ? " | null" : "");
}

const snakeCase = (name) => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2").toLowerCase();

// Words that CQL takes for its own.
const RESERVED = new Set(`add allow alter and apply asc authorize batch begin by columnfamily create default delete desc describe drop entries \
execute from full grant if in index infinity insert into is keyspace limit materialized mbean mbeans modify nan \
norecursive not null of on or order primary rename replace revoke schema select set table to token truncate unlogged \
unset update use using view where with`.split(" "));

/** The name of a function's part, user type or aggregate in CQL. */
export const cqlName = (name) => (/^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`);

/** Fields of a class that stands for a user type, a tuple or a state. */
export function fieldsOf(sources, source, declaration, seen = [declaration]) {
  const fields = [];
  for (const member of declaration.members) {
    if (member.kind !== NodeKind.FieldDeclaration || member.flags & STATIC) continue;
    if (!member.type) throw new TypeFault(member, "a field of a CQL type says its type");
    fields.push({ name: member.name.text, type: resolve(sources, source, member.type, seen) });
  }
  if (fields.length === 0) throw new TypeFault(declaration.name, "a class with at least one field");
  return fields;
}
// CommonFlags.Static, which the package doesn't export as a number of its own.
const STATIC = 1 << 5;

/** What the type node of a file stands for. `text` repeats it without `| null`. */
export function resolve(sources, source, node, seen = []) {
  const text = textOf(node);
  const made = resolveName(sources, source, node, seen);
  const isNullable = node.isNullable || made.isNullable === true;
  return { ...made, isNullable, node, text: made.text ?? text.replace(/ \| null$/, "") };
}

function resolveName(sources, source, node, seen) {
  const name = node.name.identifier.text;
  if (node.name.next) throw new TypeFault(node, "a type by its own name, not one of a namespace");
  const inner = (count) => {
    if (node.typeArguments?.length !== count) throw new TypeFault(node, `${name} with ${count} type${count > 1 ? "s" : ""} between < and >`);
    return node.typeArguments.map((each) => resolve(sources, source, each, seen));
  };
  const found = find(sources, source, name);
  if (found && !found.source.internalPath.startsWith("~lib/")) return resolveDeclared(sources, source, node, found, seen);
  if (found && found.source.internalPath.startsWith(LIBRARY)) {
    if (name in FIXED || found.declaration.name.text in FIXED) {
      const [cql, native, vectorBytes] = FIXED[found.declaration.name.text];
      return { kind: "fixed", cql, native, vectorBytes, width: native === "i32" ? 4 : 8 };
    }
    if (found.declaration.name.text in SERIALISED) {
      const [cql, vectorBytes] = SERIALISED[found.declaration.name.text];
      return { kind: "class", cql, vectorBytes };
    }
    if (found.declaration.name.text === "Box") {
      const [value] = inner(1);
      if (value.kind !== "number") throw new TypeFault(node, "Box is for numbers and booleans; other types may be null themselves: T | null");
      return { kind: "box", cql: value.cql, value, width: value.width, vectorBytes: value.vectorBytes };
    }
  }
  if (name in NUMBERS) {
    const [cql, width, reader] = NUMBERS[name];
    return { kind: "number", cql, width, reader, native: reader.toLowerCase(), vectorBytes: VECTOR_BYTES[cql] ?? 0 };
  }
  switch (name) {
    case "string":
    case "String":
      return { kind: "text", cql: "text", vectorBytes: 0 };
    case "Uint8Array":
      return { kind: "blob", cql: "blob", vectorBytes: 0 };
    case "Array": {
      const [element] = inner(1);
      return { kind: "list", cql: `list<${innerCql(element)}>`, element, vectorBytes: 0 };
    }
    case "Set": {
      const [element] = inner(1);
      return { kind: "set", cql: `set<${innerCql(element)}>`, element, vectorBytes: 0 };
    }
    case "Map": {
      const [key, value] = inner(2);
      return { kind: "map", cql: `map<${innerCql(key)}, ${innerCql(value)}>`, key, value, vectorBytes: 0 };
    }
    case "StaticArray":
      throw new TypeFault(node, "a vector says its size: @vector(3) type Point = StaticArray<f32>");
  }
  const hint = /^u(8|16|32|64|size)$|^isize$/.test(name) ? "CQL has no unsigned integers. " : "";
  throw new TypeFault(node, `'${name}' stands for no CQL type. ${hint}${KNOWN}`);
}

// The names of classes that code for a type needs.
function classesOf(type) {
  const inner = [type.element, type.key, type.value].filter(Boolean).flatMap(classesOf);
  return ["class", "compound", "fixed", "box"].includes(type.kind) ? [type.text.replace(/<.*/, ""), ...inner] : inner;
}

function resolveDeclared(sources, from, node, { declaration, source }, seen) {
  if (seen.includes(declaration)) throw new TypeFault(node, "a type that contains itself");
  if (declaration.kind === NodeKind.TypeDeclaration) {
    const vector = decorator(declaration, "vector");
    const of = declaration.type;
    if (!vector) {
      const made = resolve(sources, source, of, [...seen, declaration]);
      if (source === from) return made;
      const missing = classesOf(made).find((each) => find(sources, from, each)?.declaration !== find(sources, source, each)?.declaration);
      if (missing) throw new TypeFault(node, `another file's name for a type with ${missing} in it: import ${missing} too`);
      if (made.kind === "class" || made.kind === "compound") return made;
      return { ...made, text: textOf(node).replace(/ \| null$/, "") };
    }
    const size = Number(vector.args?.[0]?.value);
    if (!Number.isInteger(size) || size < 1) throw new TypeFault(vector, "@vector(n) with n of at least 1");
    if (of.name?.identifier.text !== "StaticArray" || of.typeArguments?.length !== 1) throw new TypeFault(of, "@vector(n) type V = StaticArray<…>");
    const element = resolve(sources, source, of.typeArguments[0], [...seen, declaration]);
    if (element.isNullable) throw new TypeFault(of, "an element of a vector can't be null");
    return { kind: "vector", cql: `vector<${innerCql(element)}, ${size}>`, element, size, vectorBytes: element.vectorBytes * size };
  }
  const userType = decorator(declaration, "usertype");
  if (!userType && !decorator(declaration, "tuple")) {
    throw new TypeFault(node, `class ${declaration.name.text} stands for no CQL type: @usertype or @tuple in front of it says which. ${KNOWN}`);
  }
  const name = userType && (decoratorText(userType) ?? snakeCase(declaration.name.text));
  const inner = [...seen, declaration];
  const fields = fieldsOf(sources, source, declaration, inner);
  const cql = name ? cqlName(name) : `tuple<${fields.map((each) => innerCql(each.type)).join(", ")}>`;
  return { kind: "compound", userType: name, vectorBytes: 0, fields, cql };
}

/** Within another type, what could change piece by piece is frozen. */
export function innerCql(type) {
  const changes = ["list", "set", "map"].includes(type.kind) || (type.kind === "compound" && type.userType);
  return changes ? `frozen<${type.cql}>` : type.cql;
}

export const isSerialised = (type) => !type.width;
export { snakeCase };

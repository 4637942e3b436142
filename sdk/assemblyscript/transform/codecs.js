// Code that reads and writes values of a file's types. It stands in that file, where their names mean what they mean there.

/** Functions for the compound types of one file, each made once. */
export class Codecs {
  constructor() {
    this.code = [];
    this.made = new Map();
  }

  /** An expression for the value of `size` bytes at `at`, which is not null. */
  read(type, at, size) {
    switch (type.kind) {
      case "number":
        return `__nacre.read${type.reader}(${at}, ${size})`;
      case "box":
        return `instantiate<${type.text}>(__nacre.read${type.value.reader}(${at}, ${size}))`;
      case "fixed":
        return this.fixed(type, `__nacre.read${type.native.toUpperCase()}(${at}, ${size})`);
      case "text":
        return `__nacre.readText(${at}, ${size})`;
      case "blob":
        return `__nacre.readBlob(${at}, ${size})`;
      case "class":
      case "compound":
        return `${type.text}.__nacre_read(${at}, ${size})`;
      default:
        return `__nacre_read_${this.number(type)}(${at}, ${size})`;
    }
  }

  // In bytes, 2³¹ is the day 1970-01-01.
  fixed(type, number) {
    return type.cql === "date" ? `instantiate<${type.text}>(${number} ^ i32.MIN_VALUE)` : `instantiate<${type.text}>(${number})`;
  }
  native(type, value) {
    if (type.kind === "box") return `${value}.value`;
    if (type.kind !== "fixed") return value;
    return type.cql === "date" ? `(${value}.value ^ i32.MIN_VALUE)` : `${value}.value`;
  }

  /** A statement that appends a value, which is not null. */
  write(type, value) {
    switch (type.kind) {
      case "number":
        return `__nacre.write${type.reader}(${value});`;
      case "box":
        return `__nacre.write${type.value.reader}(${value}.value);`;
      case "fixed":
        return `__nacre.write${type.native.toUpperCase()}(${this.native(type, value)});`;
      case "text":
        return `__nacre.writeText(${value});`;
      case "blob":
        return `__nacre.writeBlob(${value});`;
      case "class":
      case "compound":
        return `${value}.__nacre_write();`;
      default:
        return `__nacre_write_${this.number(type)}(${value});`;
    }
  }

  /** Statements that read the element at `from` into the constant `name`, and move `from` behind it. */
  readElement(type, name, place, sizeAt = "sizeAt") {
    const missing = type.isNullable
      ? ""
      : `if (${name}_size < 0) { __nacre.nullIn(${JSON.stringify(place)}); ${name}_size = 0; }`;
    const value = this.read(type, "from", `${name}_size`);
    const declared = type.isNullable
      ? `const ${name}: ${type.text} | null = ${name}_size < 0 ? null : ${value};`
      : `const ${name} = ${value};`;
    return `let ${name}_size = __nacre.${sizeAt}(from, end); from += 4; ${missing} ${declared} from += <usize>max(${name}_size, 0);`;
  }

  /** Statements that append an element behind its size. */
  writeElement(type, value, name) {
    const present = `const ${name}_at = __nacre.beginElement(); ${this.write(type, name)} __nacre.endElement(${name}_at);`;
    if (!type.isNullable) return `{ const ${name} = ${value}; ${present} }`;
    return `{ const ${name} = ${value}; if (${name} === null) { __nacre.writeNull(); } else { ${present} } }`;
  }

  number(type) {
    const known = this.made.get(type.text);
    if (known !== undefined) return known;
    const number = this.made.size;
    this.made.set(type.text, number);
    const [read, write] = this[type.kind](type);
    this.code.push(`function __nacre_read_${number}(at: usize, size: i32): ${type.text} { ${read} }
function __nacre_write_${number}(value: ${type.text}): void { ${write} }`);
    return number;
  }

  // ---- Bodies of the functions that read and write a type.

  elements(type, add, read) {
    return `const made = instantiate<${type.text}>(); const end = at + <usize>size; let from = at + 4;
for (let left = __nacre.countAt(at, size); left > 0; --left) { ${read} ${add} }
return made;`;
  }

  list(type) {
    return [
      this.elements(type, "made.push(element);", this.readElement(type.element, "element", "an element of a list")),
      `__nacre.writeI32(value.length);
for (let i = 0, n = value.length; i < n; ++i) { ${this.writeElement(type.element, "value[i]", "element")} }`,
    ];
  }

  set(type) {
    return [
      this.elements(type, "made.add(element);", this.readElement(type.element, "element", "an element of a set")),
      `const values = value.values(); __nacre.writeI32(values.length);
for (let i = 0, n = values.length; i < n; ++i) { ${this.writeElement(type.element, "values[i]", "element")} }`,
    ];
  }

  map(type) {
    return [
      this.elements(type, "made.set(key, element);",
        `${this.readElement(type.key, "key", "a key of a map")} ${this.readElement(type.value, "element", "a value of a map")}`),
      `const keys = value.keys(); const values = value.values(); __nacre.writeI32(keys.length);
for (let i = 0, n = keys.length; i < n; ++i) { ${this.writeElement(type.key, "keys[i]", "key")} ${this.writeElement(type.value, "values[i]", "element")} }`,
    ];
  }

  vector(type) {
    const bytes = type.element.vectorBytes;
    const size = bytes ? `const element_size = ${bytes};` : "const element_size = <i32>__nacre.readUnsignedVint(from, end); from = __nacre.afterVint();";
    const write = bytes
      ? this.write(type.element, "element")
      : `const begun = __nacre.beginVectorElement(); ${this.write(type.element, "element")} __nacre.endVectorElement(begun);`;
    return [
      `const made = instantiate<${type.text}>(${type.size}); const end = at + <usize>size; let from = at;
for (let i = 0; i < ${type.size}; ++i) {
  ${size} const fits = element_size >= 0 && <usize>element_size <= end - from; if (!fits) __nacre.malformed();
  made[i] = ${this.read(type.element, "from", "fits ? element_size : 0")}; from += fits ? <usize>element_size : 0;
}
if (from != end) __nacre.malformed();
return made;`,
      `if (value.length != ${type.size}) { __nacre.failBecause("a vector of " + value.length.toString() + " elements instead of ${type.size}"); return; }
for (let i = 0; i < ${type.size}; ++i) { const element = value[i]; ${write} }`,
    ];
  }
}

/** Members that a class gets, which read and write its fields one after the other. `made` is how an instance comes to be. */
export function members(codecs, declaration, fields, made) {
  const name = declaration.name.text;
  const reads = fields.map(({ name: field, type }, i) =>
    `${codecs.readElement(type, `f${i}`, `field ${field} of ${name}`, "fieldSizeAt")} made.${field} = f${i};`);
  const writes = fields.map(({ name: field, type }, i) => codecs.writeElement(type, `this.${field}`, `f${i}`));
  return `class ${name} {
static __nacre_read(at: usize, size: i32): ${name} {
  const made: ${name} = ${made}; const end = at + <usize>size; let from = at;
  ${reads.join("\n  ")}
  if (from < end) __nacre.malformed();
  return made;
}
__nacre_write(): void {
  ${writes.join("\n  ")}
}
}`;
}

/** As `members`, of a state that is its only field. */
export function onlyMember(codecs, declaration, { name: field, type }) {
  const name = declaration.name.text;
  return `class ${name} {
static __nacre_read(at: usize, size: i32): ${name} { const made = new ${name}(); made.${field} = ${codecs.read(type, "at", "size")}; return made; }
__nacre_write(): void { const only = this.${field}; ${type.isNullable ? "if (only === null) return;" : ""} ${codecs.write(type, "only")} }
}`;
}

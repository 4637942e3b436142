// Entries of functions and aggregates: for batches, and for single rows.

import { NodeKind } from "assemblyscript/dist/assemblyscript.js";
import { TypeFault, cqlName, decorator, decoratorText, fieldsOf, innerCql, isSerialised, resolve, snakeCase } from "./types.js";

const isVoid = (node) => node.kind === NodeKind.NamedType && node.name.identifier.text === "void";

/** The parameters of a function or method. */
function parametersOf(context, signature) {
  return signature.parameters.map((each) => {
    if (each.initializer) throw new TypeFault(each, "a CQL function has no default arguments");
    return { name: each.name.text, type: resolve(context.sources, context.source, each.type) };
  });
}

const line = (name, parameters, called, returns, deterministic) =>
  `${name}(${parameters.map((each) => `${cqlName(each.name)} ${each.type.cql}`).join(", ")}) `
  + `${called ? "CALLED" : "RETURNS NULL"} ON NULL INPUT RETURNS ${returns.cql}${deterministic ? " DETERMINISTIC" : ""}\n`;

/** An expression for a row of a column, which is not null. */
function load(codecs, type, column) {
  switch (type.kind) {
    case "number":
      return type.native === "bool" ? `__nacre.loadAt<u8>(${column}, row) != 0` : `__nacre.loadAt<${type.native}>(${column}, row)`;
    case "box":
      return `instantiate<${type.text}>(${load(codecs, type.value, column)})`;
    case "fixed":
      return codecs.fixed(type, `__nacre.loadAt<${type.native}>(${column}, row)`);
    default:
      return codecs.read(type, `__nacre.at(${column}, row)`, `__nacre.size(${column}, row)`);
  }
}

/** Statements that make `result` the row's. */
function put(codecs, type) {
  const serialised = isSerialised(type);
  const native = type.kind === "box" ? type.value.native : type.native;
  const width = native === "bool" ? "u8" : native;
  const present = serialised
    ? `${codecs.write(type, "result")} __nacre.endValue(row);`
    : `__nacre.storeAt<${width}>(row, ${native === "bool" ? `<u8>${codecs.native(type, "result")}` : codecs.native(type, "result")});`;
  if (!type.isNullable) return present;
  return `if (result === null) { __nacre.storeNull(row, ${serialised}); } else { ${present} }`;
}

const declared = (type) => `${type.text}${type.isNullable ? " | null" : ""}`;
const columns = (parameters, first = 0) => parameters.map((_, i) => `const c${i} = __nacre.columnOf(batch, ${i + first});`).join(" ");
// A null where the function takes none.
const unwanted = (parameters, test) => parameters.map((each, i) => (each.type.isNullable ? null : test(i))).filter(Boolean).join(" || ");

function arguments_(codecs, parameters) {
  return parameters.map(({ type }, i) => {
    const value = load(codecs, type, `c${i}`);
    return type.isNullable ? `const a${i}: ${declared(type)} = __nacre.isNull(c${i}, row) ? null : ${value};` : `const a${i} = ${value};`;
  }).join(" ");
}

const names = (parameters) => parameters.map((_, i) => `a${i}`).join(", ");

/** A function `NAME` that answers `call` for each row of a batch. `failed` is looked at before the call and before the result. */
function batchEntry(codecs, name, parameters, called, returns, call) {
  const serialised = isSerialised(returns);
  const nulls = called ? unwanted(parameters, (i) => `__nacre.isNull(c${i}, row)`) : "";
  return `export function ${name}(batch: usize): i32 {
  const rows = __nacre.rowsOf(batch); ${columns(parameters)} __nacre.beginResults(batch, ${serialised});
  let row: u32 = 0;
  while (row < rows) {
    __nacre.setRow(row);
    ${nulls ? `if (${nulls}) { __nacre.storeNull(row, ${serialised}); ++row; continue; }` : ""}
    ${arguments_(codecs, parameters)}
    if (__nacre.failed) return 1;
    const result: ${declared(returns)} = ${call(names(parameters))};
    if (__nacre.failed) return 1;
    ${put(codecs, returns)}
    ++row;
    __nacre.endOfRow();
    ${serialised ? "if (__nacre.isFull()) break;" : ""}
  }
  return __nacre.endResults(batch, row, ${serialised});
}`;
}

// What passes for a value in a function that isn't called for nulls.
const plain = (type) => (type.kind === "number" ? (type.width < 4 ? "i32" : type.native) : "u64");

/** A function `NAME` for single rows: a number of WebAssembly's for a number, else a size and an address. */
function rowEntry(codecs, name, parameters, called, returns, call) {
  const passes = (type) => (called ? "u64" : plain(type));
  const given = parameters.map(({ type }, i) => `p${i}: ${passes(type)}`);
  const nulls = called ? unwanted(parameters, (i) => `__nacre.sizeOf(p${i}) < 0`) : "";
  const takes = parameters.map(({ type }, i) => {
    if (passes(type) !== "u64") return `const a${i} = ${type.native === "bool" ? `p${i} != 0` : `<${type.native}>p${i}`};`;
    const value = codecs.read(type, `__nacre.addressOf(p${i})`, `__nacre.sizeOf(p${i})`);
    const empty = type.width ? `__nacre.sizeOf(p${i}) <= 0` : `__nacre.sizeOf(p${i}) < 0`;
    return type.isNullable ? `const a${i}: ${declared(type)} = ${empty} ? null : ${value};` : `const a${i} = ${value};`;
  });
  const releases = parameters.map(({ type }, i) => (passes(type) === "u64" ? `__nacre.release(p${i});` : "")).join(" ");
  const result = passes(returns) === "u64"
    ? `${returns.isNullable ? `if (result === null) { ${releases} return __nacre.NULL; }` : ""}
  __nacre.beginBlock(); ${codecs.write(returns, "result")} __nacre.stopIfFailed(); ${releases} return __nacre.endBlock();`
    : `${releases} __nacre.endOfRow(); return <${passes(returns)}>result;`;
  return `export function ${name}(${given.join(", ")}): ${passes(returns)} {
  ${nulls ? `if (${nulls}) { ${releases} return __nacre.NULL; }` : ""}
  ${takes.join(" ")} __nacre.stopIfFailed();
  const result: ${declared(returns)} = ${call(names(parameters))};
  __nacre.stopIfFailed();
  ${result}
}`;
}

/** What an exported function becomes: code, exports, and a line for the section. */
export function exportFunction(context, declaration) {
  const { codecs } = context;
  const name = declaration.name.text;
  if (declaration.typeParameters?.length) {
    throw new TypeFault(declaration.name, "an exported function can't be generic: CQL knows functions of known types alone");
  }
  const parameters = parametersOf(context, declaration.signature);
  if (isVoid(declaration.signature.returnType)) throw new TypeFault(declaration.name, "an exported function has a result");
  const returns = resolve(context.sources, context.source, declaration.signature.returnType);
  const called = parameters.some((each) => each.type.isNullable);
  const call = (values) => `${name}(${values})`;
  context.code.push(batchEntry(codecs, `__nacre_call_${name}`, parameters, called, returns, call));
  context.exports.set(`nacre_call_${name}`, `__nacre_call_${name}`);
  context.code.push(rowEntry(codecs, `__nacre_row_${name}`, parameters, called, returns, call));
  context.exports.set(name, `__nacre_row_${name}`);
  context.functions.push(line(name, parameters, called, returns, decorator(declaration, "deterministic")));
}

const method = (declaration, name) => declaration.members.find((each) => each.kind === NodeKind.MethodDeclaration && each.name.text === name);

/** The functions of an aggregate, from the class of its state. */
export function exportAggregate(context, declaration) {
  const { codecs, sources, source } = context;
  const className = declaration.name.text;
  const name = decoratorText(decorator(declaration, "aggregate")) ?? snakeCase(className);
  if (!/^\w+$/.test(name)) throw new TypeFault(declaration.name, "an aggregate's name is of letters, digits and _");
  const accumulate = method(declaration, "accumulate");
  if (!accumulate) throw new TypeFault(declaration.name, "an aggregate has at least accumulate(…): void");
  const merge = method(declaration, "merge");
  const finish = method(declaration, "finish");
  const fields = fieldsOf(sources, source, declaration);
  const only = fields.length === 1 ? fields[0] : null;
  const stateCql = only ? only.type.cql : `tuple<${fields.map((each) => innerCql(each.type)).join(", ")}>`;
  const state = { kind: "compound", cql: stateCql, text: className, isNullable: true, vectorBytes: 0 };
  const parameters = parametersOf(context, accumulate.signature);
  const stateParameter = { name: "state", type: state };

  context.code.push(`let __nacre_state_${name}: ${className} | null = null;
function __nacre_begun_${name}(state: ${className} | null): ${className} { return state === null ? new ${className}() : state; }
function __nacre_kept_${name}(state: ${className}): ${className} | null {
  ${only?.type.isNullable ? `if (state.${only.name} === null) return null;` : ""} return state;
}
function __nacre_accumulated_${name}(state: ${className} | null${parameters.map((each, i) => `, a${i}: ${declared(each.type)}`).join("")}): ${className} | null {
  const begun = __nacre_begun_${name}(state); begun.accumulate(${names(parameters)}); return __nacre_kept_${name}(begun);
}`);
  accumulates(context, name, className, state, stateParameter, parameters);
  if (merge) merges(context, name, className, state, stateParameter, merge);
  if (finish) {
    if (finish.signature.parameters.length || isVoid(finish.signature.returnType)) throw new TypeFault(finish.name, "finish(): T, without arguments");
    const returns = resolve(sources, source, finish.signature.returnType);
    const call = (values) => `__nacre_begun_${name}(${values}).finish()`;
    addFunction(context, `${name}_finish`, [stateParameter], returns, call);
  }
  context.declarations.push(`CREATE AGGREGATE ${cqlName(name)} (${parameters.map((each) => each.type.cql).join(", ")}) SFUNC ${cqlName(`${name}_accumulate`)}`
    + ` STYPE ${stateCql}${merge ? ` REDUCEFUNC ${cqlName(`${name}_merge`)}` : ""}${finish ? ` FINALFUNC ${cqlName(`${name}_finish`)}` : ""};\n`);
}

function addFunction(context, name, parameters, returns, call) {
  context.code.push(batchEntry(context.codecs, `__nacre_call_${name}`, parameters, true, returns, call));
  context.code.push(rowEntry(context.codecs, `__nacre_row_${name}`, parameters, true, returns, call));
  context.exports.set(`nacre_call_${name}`, `__nacre_call_${name}`);
  context.exports.set(name, `__nacre_row_${name}`);
  context.functions.push(line(name, parameters, true, returns, false));
}

/** Entries that fold batches into a state which stays. */
function addFold(context, name, aggregate, className, parameters, change) {
  const nulls = unwanted(parameters, (i) => `__nacre.isNull(c${i}, row)`);
  context.code.push(`let __nacre_kept_by_${name}: ${className} | null = null;
export function __nacre_fold_${name}(batch: usize): i32 {
  const rows = __nacre.rowsOf(batch); ${columns(parameters)} __nacre.beginFold();
  let state = __nacre_kept_by_${name};
  for (let row: u32 = 0; row < rows; ++row) {
    __nacre.setRow(row);
    ${nulls ? `if (${nulls}) continue;` : ""}
    ${arguments_(context.codecs, parameters)}
    if (__nacre.failed) return 1;
    ${change}
    if (__nacre.failed) return 1;
    __nacre_kept_by_${name} = state;
    __nacre.endOfRow();
  }
  return 0;
}
export function __nacre_set_state_${name}(at: usize, size: i32): i32 {
  __nacre.beginFold();
  __nacre_kept_by_${name} = size < 0 ? null : ${className}.__nacre_read(at, size);
  return __nacre.failed ? 1 : 0;
}
export function __nacre_get_state_${name}(): u64 {
  const state = __nacre_kept_by_${name};
  if (state === null) return __nacre.NULL;
  const kept = __nacre_kept_${aggregate}(state);
  if (kept === null) return __nacre.NULL;
  __nacre.beginState(); kept.__nacre_write(); return __nacre.endState();
}`);
  for (const part of ["fold", "set_state", "get_state"]) context.exports.set(`nacre_${part}_${name}`, `__nacre_${part}_${name}`);
}

function accumulates(context, name, className, state, stateParameter, parameters) {
  // A row with a null for what can't be one leaves the state as it is.
  const all = [stateParameter, ...parameters.map((each) => ({ name: each.name, type: nullable(each.type) }))];
  const lacking = parameters.map((each, i) => (each.type.isNullable ? null : `a${i + 1} === null`)).filter(Boolean).join(" || ");
  const values = parameters.map((each, i) => (each.type.kind === "number" ? `a${i + 1}.value` : `a${i + 1}`));
  const call = () => {
    const changed = `__nacre_accumulated_${name}(${["a0", ...values].join(", ")})`;
    return lacking ? `(${lacking}) ? a0 : ${changed}` : changed;
  };
  addFunction(context, `${name}_accumulate`, all, state, call);
  addFold(context, `${name}_accumulate`, name, className, parameters, `state = __nacre_begun_${name}(state); state.accumulate(${names(parameters)});`);
}

/** The type as one that may be null: of numbers, their box. */
function nullable(type) {
  if (type.kind !== "number") return { ...type, isNullable: true };
  return { kind: "box", cql: type.cql, value: type, width: type.width, text: `__nacre_Box<${type.text}>`, isNullable: true, vectorBytes: 0 };
}

function merges(context, name, className, state, stateParameter, merge) {
  const parameters = merge.signature.parameters;
  if (parameters.length !== 1) throw new TypeFault(merge.name, `merge(other: ${className}): void`);
  const other = { name: parameters[0].name.text, type: state };
  context.code.push(`function __nacre_merged_${name}(state: ${className} | null, other: ${className} | null): ${className} | null {
  if (other === null) return state; if (state === null) return other; state.merge(other); return __nacre_kept_${name}(state);
}`);
  addFunction(context, `${name}_merge`, [stateParameter, other], state, (values) => `__nacre_merged_${name}(${values})`);
  addFold(context, `${name}_merge`, name, className, [other], `state = __nacre_merged_${name}(state, a0);`);
}

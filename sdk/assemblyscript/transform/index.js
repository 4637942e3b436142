// The transform: `asc functions.ts --transform nacre-function`. Exported functions of the file and its classes with @aggregate become functions
// of CQL, for batches of rows and for single ones, and the module says their types.

import { Transform } from "assemblyscript/dist/transform.js";
import { DiagnosticCode, NodeKind, SourceKind } from "assemblyscript/dist/assemblyscript.js";
import { Codecs, members, onlyMember } from "./codecs.js";
import { exportAggregate, exportFunction } from "./functions.js";
import { LIBRARY, TypeFault, cqlName, decorator, decoratorText, fieldsOf, innerCql, snakeCase } from "./types.js";

const ABI = "nacre-function/assembly/abi";
const EXPORTED = 1 << 1;

export default class NacreTransform extends Transform {
  afterParse(parser) {
    this.functions = ["abi 3\n"];
    this.declarations = [];
    const entries = parser.sources.filter((each) => each.sourceKind === SourceKind.UserEntry);
    const users = parser.sources.filter((each) => each.sourceKind === SourceKind.UserEntry || each.sourceKind === SourceKind.User);
    this.program.options.globalAliases ??= new Map();
    for (const name of ["abort", "seed"]) this.program.options.globalAliases.set(name, `${LIBRARY}abi/${name}`);
    this.countObjects(parser);
    for (const source of users) this.extend(parser, source, entries.includes(source));
  }

  /** Lets the library see how much memory the objects of the minimal runtime take. */
  countObjects(parser) {
    const runtime = parser.sources.find((each) => each.internalPath === "~lib/rt/tcms");
    if (runtime) this.addStatements(parser, runtime, "@global export function __nacre_total(): usize { return total; }");
  }

  /** Adds to a file what reads and writes its types; to an entry file its entries too. */
  extend(parser, source, isEntry) {
    const context = {
      sources: parser.sources, source, codecs: new Codecs(), code: [], exports: new Map(), functions: this.functions, declarations: this.declarations,
    };
    const classes = [];
    for (const statement of [...source.statements]) {
      try {
        if (statement.kind === NodeKind.ClassDeclaration) this.extendClass(context, statement, classes, isEntry);
        if (isEntry && statement.kind === NodeKind.FunctionDeclaration && statement.flags & EXPORTED) exportFunction(context, statement);
      } catch (fault) {
        if (!(fault instanceof TypeFault)) throw fault;
        parser.error(DiagnosticCode.User_defined_0, fault.node.range, fault.message);
      }
    }
    const code = [...context.codecs.code, ...context.code];
    if (code.length || classes.length) this.append(parser, source, code, classes);
    if (isEntry) this.replaceEntry(parser, source, context.exports);
  }

  extendClass(context, statement, classes, isEntry) {
    const { codecs, sources, source } = context;
    const userType = decorator(statement, "usertype");
    if (userType || decorator(statement, "tuple")) {
      const name = statement.name.text;
      const fields = fieldsOf(sources, source, statement);
      // The constructor may want anything; fields are all set here.
      classes.push([statement, members(codecs, statement, fields, `changetype<${name}>(__new(offsetof<${name}>(), idof<${name}>()))`)]);
      if (userType) {
        const parts = fields.map((each) => `${cqlName(each.name)} ${innerCql(each.type)}`);
        this.declarations.push(`CREATE TYPE IF NOT EXISTS ${cqlName(decoratorText(userType) ?? snakeCase(name))} (${parts.join(", ")});\n`);
      }
    }
    if (isEntry && decorator(statement, "aggregate")) {
      const fields = fieldsOf(sources, source, statement);
      const added = fields.length === 1
        ? onlyMember(codecs, statement, fields[0])
        : members(codecs, statement, fields, `new ${statement.name.text}()`);
      classes.push([statement, added]);
      exportAggregate(context, statement);
    }
  }

  /** Parses code as if it stood at the file's end. */
  append(parser, source, code, classes) {
    const text = [
      `import * as __nacre from "${ABI}";`, `import { Box as __nacre_Box } from "nacre-function/assembly/types";`,
      ...code, ...classes.map(([, added]) => added),
    ].join("\n");
    const added = this.addStatements(parser, source, text);
    classes.forEach(([statement], i) => statement.members.push(...added[i].members));
  }

  /** Adds statements to a file; returns the classes among them instead. */
  addStatements(parser, source, text) {
    // In the same directory, so that relative imports mean the same.
    const path = `${source.normalizedPath.replace(/\.ts$/, "")}.nacre.ts`;
    if (process.env.NACRE_FUNCTION_DEBUG) console.error(`// ${path}\n${text}`);
    parser.parseFile(text, path, false);
    const parsed = parser.sources.pop();
    // The compiler finds a statement's file by this.
    parsed.internalPath = source.internalPath;
    const isClass = (each) => each.kind === NodeKind.ClassDeclaration;
    source.statements.push(...parsed.statements.filter((each) => !isClass(each)));
    return parsed.statements.filter(isClass);
  }

  /** The module exports what the host calls, in place of what the file exports. */
  replaceEntry(parser, source, exports) {
    source.sourceKind = SourceKind.User;
    const name = source.internalPath.split("/").at(-1);
    const members = [...exports].map(([exported, local]) => `${local} as ${exported}`);
    const text = [
      `export { nacre_reserve, nacre_error, nacre_panic, nacre_row, _scylla_abi, _scylla_malloc, _scylla_free } from "${ABI}";`,
      members.length ? `export { ${members.join(", ")} } from "./${name}";` : "",
    ].join("\n");
    parser.parseFile(text, `${source.normalizedPath.replace(/\.ts$/, "")}.entry.ts`, true);
  }

  afterCompile(module) {
    const bytes = (lines) => new TextEncoder().encode(lines.join(""));
    module.addCustomSection("nacre.functions", bytes(this.functions));
    if (this.declarations.length) module.addCustomSection("nacre.declarations", bytes([...new Set(this.declarations)]));
  }
}

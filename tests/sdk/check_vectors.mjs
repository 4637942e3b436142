// node check.mjs MODULE VECTORS: hands the golden vectors to a module that answers its arguments, as a host would, and prints how many passed.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const WIDTHS = { boolean: 1, tinyint: 1, smallint: 2, int: 4, date: 4, bigint: 8, counter: 8, timestamp: 8, time: 8, float: 4, double: 8 };
const FIRST_PAGE = 65536;

function blocksOf(file) {
  const blocks = [];
  let lines = [];
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (!line || line.startsWith("#")) continue;
    if (line !== "end") lines.push(line.split(/ (.*)/s).slice(0, 2));
    else {
      const own = lines;
      blocks.push({ name: own[0][1], all: (key) => own.filter(([each]) => each === key).map(([, value]) => value ?? "") });
      lines = [];
    }
  }
  return blocks;
}

const value = (text) => (text === "null" ? null : text === "empty" ? Buffer.alloc(0) : Buffer.from(text, "hex"));
const shown = (bytes) => (bytes === null ? "null" : bytes.toString("hex") || "empty");

/** A batch of one column at an address, by the specification. */
function batchOf(cql, values, address) {
  const width = WIDTHS[cql];
  const present = values.map((each) => (each !== null && !(width && each.length === 0) ? each : null));
  const pieces = [Buffer.alloc(40)];
  let size = 40;
  const put = (piece) => {
    const at = address + size;
    pieces.push(piece, Buffer.alloc(-piece.length & 7));
    size += piece.length + (-piece.length & 7);
    return at;
  };
  const bits = Buffer.alloc((values.length + 7) >> 3);
  present.forEach((each, row) => { if (each !== null) bits[row >> 3] |= 1 << (row & 7); });
  const words = [values.length, 1, present.includes(null) ? put(bits) : 0];
  if (width) words.push(put(Buffer.concat(present.map((each) => Buffer.from(each ?? Buffer.alloc(width)).reverse()))), 0, 0);
  else {
    const offsets = Buffer.alloc(4 * (values.length + 1));
    let end = 0;
    present.forEach((each, row) => offsets.writeUInt32LE((end += each?.length ?? 0), 4 * row + 4));
    words.push(put(offsets), put(Buffer.concat(present.map((each) => each ?? Buffer.alloc(0)))), end);
  }
  words.push(put(Buffer.alloc(bits.length)), put(Buffer.alloc(width ? width * values.length : 4 * (values.length + 1))), 0, 0);
  words.forEach((word, i) => pieces[0].writeUInt32LE(word, 4 * i));
  return Buffer.concat(pieces);
}

const module_ = new WebAssembly.Module(readFileSync(process.argv[2]));
const instance = new WebAssembly.Instance(module_, { wasi_snapshot_preview1: new Proxy({}, { get: () => () => 0 }) });
const guest = instance.exports;
guest._initialize?.();
const memory = () => Buffer.from(guest.memory.buffer);

function call(name, cql, values) {
  const room = guest.nacre_reserve(FIRST_PAGE) >>> 0;
  const batch = batchOf(cql, values, room);
  if (batch.length > FIRST_PAGE) throw new Error("a vector larger than the buffer");
  batch.copy(memory(), room);
  if (guest[`nacre_call_${name}`](room) !== 0) {
    const pair = BigInt.asUintN(64, guest.nacre_error());
    const at = Number(pair & 0xffffffffn);
    throw new Error(memory().subarray(at, at + Number(pair >> 32n)).toString());
  }
  const now = memory();
  const [rows, , , , , , validity, array, data] = Array.from({ length: 10 }, (_, i) => now.readUInt32LE(room + 4 * i));
  return Array.from({ length: rows }, (_, row) => {
    if (validity !== 0 && !((now[validity + (row >> 3)] >> (row & 7)) & 1)) return null;
    const width = WIDTHS[cql];
    if (width) return Buffer.from(now.subarray(array + width * row, array + width * (row + 1))).reverse();
    return Buffer.from(now.subarray(data + now.readUInt32LE(array + 4 * row), data + now.readUInt32LE(array + 4 * row + 4)));
  });
}

let passed = 0;
function check(what, cql, values) {
  const name = `same_${cql.replace(/[^0-9a-z]/g, "_").replace(/_+$/, "")}`;
  const expected = values.map((each) => (each !== null && WIDTHS[cql] && each.length === 0 ? null : each));
  const answers = call(name, cql, values).map(shown).join(" ");
  if (answers !== expected.map(shown).join(" ")) throw new Error(`${what}: ${answers} instead of ${expected.map(shown).join(" ")}`);
  ++passed;
}

for (const block of blocksOf(join(process.argv[3], "encode.txt"))) {
  const rows = block.all("row").map((row) => row.split(" "));
  const types = block.all("argument");
  if (types.length === 1 && types[0] === block.all("result")[0]) {
    const batch = batchOf(types[0], rows.map(([each]) => value(each)), Number(block.all("address")[0]));
    if (batch.toString("hex") !== block.all("batch")[0]) throw new Error(`${block.name}: this host writes another batch`);
  }
  types.forEach((cql, i) => check(block.name, cql, rows.map((row) => value(row[i]))));
}
for (const block of blocksOf(join(process.argv[3], "decode.txt"))) {
  if (block.all("refused").length || block.name.includes("order")) continue;
  check(block.name, block.all("result")[0], block.all("value").map(value));
}
let error = "";
try {
  call("fails", "int", [value("00000007")]);
} catch (fault) {
  error = fault.message;
}
if (error !== "es ging schief – 失敗 Some(7)") throw new Error(`the error is ${error}`);
console.log(`${passed} passed`);

import assert from "node:assert/strict";
import { test } from "node:test";
import cassandra from "cassandra-driver";
import { keyspace } from "./target.js";

const { BigDecimal, Duration, InetAddress, Integer, LocalDate, LocalTime, Long, TimeUuid, Tuple, Uuid, Vector } = cassandra.types;
const ks = keyspace("types", [
  "CREATE TYPE place (street text, zip int)",
  'CREATE TYPE person (name text, age int, "where" frozen<place>)',
]);

const uuid = Uuid.fromString("6f3c7d9e-1c51-4a4b-8f5f-2b7f9b7a9c11");
const timeuuid = TimeUuid.fromString("50554d6e-29bb-11e5-b345-feff819cdc9f");
const vector = (...elements) => new Vector(elements, "float");

const natives = {
  ascii: ["", "plain"],
  bigint: [Long.MIN_VALUE, Long.fromNumber(0), Long.MAX_VALUE],
  blob: [Buffer.alloc(0), Buffer.from([0, 255, 127])],
  boolean: [true, false],
  date: [LocalDate.fromString("1970-01-01"), LocalDate.fromString("-2000-02-29"), LocalDate.fromString("9999-12-31")],
  decimal: [BigDecimal.fromString("0"), BigDecimal.fromString("-12345678901234567890.0987654321"), new BigDecimal(1, 20)],
  double: [0, -1.5, Number.MAX_VALUE, Number.MIN_VALUE, NaN, Infinity, -Infinity],
  duration: [Duration.fromString("1y2mo3w4d5h6m7s8ms9us10ns"), Duration.fromString("-10h")],
  float: [0.5, -Infinity, NaN],
  inet: [InetAddress.fromString("127.0.0.1"), InetAddress.fromString("2001:db8::1")],
  int: [-2147483648, 0, 2147483647],
  smallint: [-32768, 32767],
  text: ["", "it's", "äöü 漢字 🐚", "x".repeat(100_000)],
  time: [LocalTime.fromString("00:00:00"), LocalTime.fromString("23:59:59.999999999")],
  timestamp: [new Date(0), new Date(-1), new Date("2026-02-03T04:05:06.789Z")],
  timeuuid: [timeuuid],
  tinyint: [-128, 127],
  uuid: [uuid],
  varint: [Integer.fromString("0"), Integer.fromString("-1"), Integer.fromString("123456789012345678901234567890")],
};

const collections = {
  "list<int>": [[1, 2, 1]],
  "set<text>": [["a", "b"]],
  "map<text, bigint>": [{ "": Long.ZERO, one: Long.ONE }],
  // The driver sends empty collections as null, which has no place inside others.
  "frozen<list<frozen<list<int>>>>": [[[1], [2, 3]]],
  "frozen<map<text, frozen<set<int>>>>": [{ even: [2], odd: [1, 3] }],
  "tuple<int, text, double>": [new Tuple(1, "a", 0.5), new Tuple(1, null, null)],
  "frozen<tuple<int, frozen<tuple<text, frozen<list<int>>>>>>": [new Tuple(1, new Tuple("x", [1, 2]))],
  "frozen<person>": [{ name: "Ada", age: 36, where: { street: "Main", zip: null } }, { name: null, age: null, where: null }],
  "list<frozen<person>>": [[{ name: "Ada", age: 36, where: null }]],
  "person": [{ name: "Bob", age: 5, where: null }],
  "vector<float, 3>": [vector(1.5, -2, 0)],
};

/** Values compared by what they print, since the driver's classes hold caches. */
const shown = (value) => JSON.stringify(value, (_, v) => (Number.isFinite(v) || typeof v !== "number" ? v : String(v)));

let tables = 0;
for (const [type, values] of Object.entries({ ...natives, ...collections })) {
  test(`values of ${type}`, async () => {
    const table = `t${++tables}`;
    await ks.client.execute(`CREATE TABLE ${table} (id int PRIMARY KEY, v ${type})`);
    for (const [id, value] of values.entries()) {
      await ks.client.execute(`INSERT INTO ${table} (id, v) VALUES (?, ?)`, [id, value], { prepare: true });
      const row = (await ks.client.execute(`SELECT v FROM ${table} WHERE id = ?`, [id], { prepare: true })).first();
      assert.equal(shown(row.v), shown(value));
      const unprepared = (await ks.client.execute(`SELECT v FROM ${table} WHERE id = ${id}`)).first();
      assert.equal(shown(unprepared.v), shown(value));
    }
    await ks.client.execute(`INSERT INTO ${table} (id, v) VALUES (100, ?)`, [null], { prepare: true });
    const empty = (await ks.client.execute(`SELECT v FROM ${table} WHERE id = 100`)).first();
    if (type === "person") assert.equal(empty.v?.name ?? null, null);
    else assert.equal(empty.v, null);
  });
}

test("native values as keys", async () => {
  const types = Object.keys(natives).filter((type) => type !== "duration");
  for (const type of types) {
    const table = `key_${type}`;
    await ks.client.execute(`CREATE TABLE ${table} (p ${type}, c ${type}, PRIMARY KEY (p, c))`);
    const value = natives[type].at(-1);
    if (typeof value === "string" && value.length > 65535) continue;
    await ks.client.execute(`INSERT INTO ${table} (p, c) VALUES (?, ?)`, [value, value], { prepare: true });
    const row = (await ks.client.execute(`SELECT p, c FROM ${table} WHERE p = ? AND c = ?`, [value, value], { prepare: true })).first();
    assert.equal(shown([row.p, row.c]), shown([value, value]), type);
  }
});

test("empty collections are null", async () => {
  await ks.client.execute("CREATE TABLE empties (id int PRIMARY KEY, l list<int>, m map<int, int>)");
  await ks.client.execute("INSERT INTO empties (id, l, m) VALUES (1, ?, ?)", [[], {}], { prepare: true });
  const row = (await ks.client.execute("SELECT l, m FROM empties")).first();
  assert.deepEqual([row.l, row.m], [null, null]);
});

test("the types of a result's columns", async () => {
  const result = await ks.client.execute("SELECT key, tokens, host_id, gossip_generation FROM system.local");
  const codes = Object.fromEntries(result.columns.map((column) => [column.name, column.type.code]));
  const { dataTypes } = cassandra.types;
  assert.deepEqual(codes, { key: dataTypes.varchar, tokens: dataTypes.set, host_id: dataTypes.uuid, gossip_generation: dataTypes.int });
});

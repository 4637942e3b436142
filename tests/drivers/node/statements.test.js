import assert from "node:assert/strict";
import { test } from "node:test";
import cassandra from "cassandra-driver";
import { client, keyspace } from "./target.js";

const { responseErrorCodes, unset, dataTypes } = cassandra.types;
const ks = keyspace("statements", [
  "CREATE TABLE people (id int PRIMARY KEY, name text, age int)",
  "CREATE TABLE lines (p int, c int, v text, PRIMARY KEY (p, c))",
]);
const prepared = { prepare: true };

test("positional and named values", async () => {
  await ks.client.execute("INSERT INTO people (id, name, age) VALUES (?, ?, ?)", [1, "Ada", 36], prepared);
  await ks.client.execute("INSERT INTO people (id, name, age) VALUES (:id, :name, :age)", { age: 5, id: 2, name: "Bob" }, prepared);
  // Without preparation the driver guesses types; hints tell it.
  await ks.client.execute("INSERT INTO people (id, name, age) VALUES (:id, :name, :age)", { id: 3, name: "Cy", age: 7 },
    { hints: { id: "int", age: "int", name: "text" } });
  await ks.client.execute("INSERT INTO people (id, name, age) VALUES (?, ?, ?)", [4, "Di", 8], { hints: ["int", "text", "int"] });
  const rows = (await ks.client.execute("SELECT id, name, age FROM people WHERE id IN (3, 1, 4, 2)")).rows;
  assert.deepEqual(rows.map((row) => row.values()).sort(([a], [b]) => a - b), [[1, "Ada", 36], [2, "Bob", 5], [3, "Cy", 7], [4, "Di", 8]]);
});

test("null and unset", async () => {
  const insert = "INSERT INTO people (id, name, age) VALUES (?, ?, ?)";
  await ks.client.execute(insert, [10, "Eve", 1], prepared);
  await ks.client.execute(insert, [10, unset, null], prepared);
  const row = (await ks.client.execute("SELECT name, age FROM people WHERE id = 10")).first();
  assert.deepEqual([row.name, row.age], ["Eve", null]);
  await assert.rejects(ks.client.execute(insert, [unset, "x", 1], prepared), { code: responseErrorCodes.invalid });
});

test("columns of results", async () => {
  const result = await ks.client.execute("SELECT id, name AS who, count(*) FROM people", [], prepared);
  assert.deepEqual(result.columns.map((column) => [column.name, column.type.code]),
    [["id", dataTypes.int], ["who", dataTypes.varchar], ["count", dataTypes.bigint]]);
});

test("pages, by hand and by themselves", async () => {
  for (let p = 0; p < 5; p++) {
    const queries = Array.from({ length: 50 }, (_, c) => ({ query: "INSERT INTO lines (p, c, v) VALUES (?, ?, ?)", params: [p, c, `${p}.${c}`] }));
    await ks.client.batch(queries, { prepare: true, logged: false });
  }
  const expected = (p) => Array.from({ length: 50 }, (_, c) => c);
  let state;
  const pages = [];
  do {
    const page = await ks.client.execute("SELECT c FROM lines WHERE p = 3", [], { prepare: true, fetchSize: 7, pageState: state });
    pages.push(page.rows.map((row) => row.c));
    state = page.pageState;
  } while (state);
  assert.deepEqual(pages.flat(), expected(3));
  assert.ok(pages.every((page) => page.length <= 7) && pages.length === 8);
  const all = [];
  for await (const row of await ks.client.execute("SELECT p, c FROM lines", [], { prepare: true, fetchSize: 33 })) all.push(row.p * 50 + row.c);
  assert.deepEqual(all.sort((a, b) => a - b), Array.from({ length: 250 }, (_, i) => i));
  const streamed = await new Promise((done, failed) => {
    const rows = [];
    ks.client.eachRow("SELECT c FROM lines WHERE p = 1", [], { prepare: true, fetchSize: 9, autoPage: true },
      (_, row) => rows.push(row.c), (error) => (error ? failed(error) : done(rows)));
  });
  assert.deepEqual(streamed, expected(1));
});

test("a paging state serves another client, and garbage does not", async () => {
  const query = "SELECT c FROM lines WHERE p = 2";
  const first = await ks.client.execute(query, [], { prepare: true, fetchSize: 20 });
  const other = client({ keyspace: ks.name });
  const rest = await other.execute(query, [], { prepare: true, fetchSize: 100, pageState: first.pageState });
  assert.deepEqual(rest.rows.map((row) => row.c), Array.from({ length: 30 }, (_, i) => 20 + i));
  await assert.rejects(other.execute(query, [], { prepare: true, pageState: "abcdef0123" }), { code: responseErrorCodes.protocolError });
  await other.shutdown();
});

for (const logged of [true, false]) {
  test(`a batch, ${logged ? "logged" : "unlogged"}, of several kinds of statements`, async () => {
    await ks.client.batch([
      { query: "INSERT INTO people (id, name) VALUES (?, ?)", params: [20, "one"] },
      { query: "UPDATE people SET age = ? WHERE id = ?", params: [2, 20] },
      { query: "INSERT INTO lines (p, c, v) VALUES (20, 1, 'literal')" },
      { query: "DELETE FROM people WHERE id = ?", params: [1] },
    ], { prepare: true, logged });
    assert.deepEqual((await ks.client.execute("SELECT name, age FROM people WHERE id = 20")).first().values(), ["one", 2]);
    assert.equal((await ks.client.execute("SELECT v FROM lines WHERE p = 20")).first().v, "literal");
    assert.equal((await ks.client.execute("SELECT * FROM people WHERE id = 1")).rowLength, 0);
  });
}

test("unprepared batches and their timestamps", async () => {
  await ks.client.batch(["INSERT INTO people (id, name) VALUES (30, 'late')"], { timestamp: 2000 });
  await ks.client.batch(["INSERT INTO people (id, name) VALUES (30, 'early')"], { timestamp: 1000 });
  const row = (await ks.client.execute("SELECT name, writetime(name) AS at FROM people WHERE id = 30")).first();
  assert.deepEqual([row.name, row.at.toNumber()], ["late", 2000]);
});

test("errors with their codes", async () => {
  const cases = [
    ["SELEC 1", responseErrorCodes.syntaxError],
    ["SELECT nothing FROM people", responseErrorCodes.invalid],
    ["SELECT * FROM no_such_table", responseErrorCodes.invalid],
    ["SELECT * FROM people WHERE age = 3", responseErrorCodes.invalid],
    ["CREATE TABLE people (id int PRIMARY KEY)", responseErrorCodes.alreadyExists],
    ["CREATE KEYSPACE x WITH replication = {'class': 'Nowhere'}", responseErrorCodes.configError],
  ];
  for (const [query, code] of cases) {
    for (const prepare of [false, true]) {
      // Definitions can't be known to be wrong when they are prepared.
      if (prepare && query.startsWith("CREATE")) continue;
      await assert.rejects(ks.client.execute(query, [], { prepare }), (error) => {
        assert.ok(error instanceof cassandra.errors.ResponseError);
        assert.equal(error.code, code, query);
        assert.ok(error.message.length > 0);
        return true;
      });
    }
  }
  await assert.rejects(ks.client.execute("CREATE TABLE people (id int PRIMARY KEY)"), { keyspace: ks.name, table: "people" });
  await assert.rejects(ks.client.execute("INSERT INTO people (id) VALUES (?)", [1, 2], { hints: ["int", "int"] }), { code: responseErrorCodes.invalid });
});

test("USE of another keyspace", async () => {
  const own = client();
  await own.execute(`USE ${ks.name}`);
  assert.equal(own.keyspace, ks.name);
  await own.execute("SELECT * FROM people");
  await own.shutdown();
});

test("the warning of an aggregate without a partition key", async () => {
  const { info } = await ks.client.execute("SELECT max(age) FROM people");
  assert.deepEqual(info.warnings, ["Aggregation query used without partition key"]);
  assert.equal((await ks.client.execute("SELECT max(age) FROM people WHERE id = 2")).info.warnings, undefined);
});

test("custom payloads do no harm", async () => {
  const { rows } = await ks.client.execute("SELECT key FROM system.local", [], { customPayload: { note: Buffer.from("to whom it may concern") } });
  assert.equal(rows[0].key, "local");
});

test("consistency levels", async () => {
  for (const consistency of ["one", "quorum", "all", "localQuorum", "localOne"]) {
    const level = cassandra.types.consistencies[consistency];
    await ks.client.execute("SELECT * FROM people WHERE id = 1", [], { prepare: true, consistency: level });
    await ks.client.execute("INSERT INTO people (id) VALUES (40)", [], { prepare: true, consistency: level });
  }
});

test("a prepared SELECT * after a column came", async () => {
  await ks.client.execute("CREATE TABLE growing (id int PRIMARY KEY, a int)");
  await ks.client.execute("INSERT INTO growing (id, a) VALUES (1, 2)", [], prepared);
  const select = () => ks.client.execute("SELECT * FROM growing WHERE id = ?", [1], prepared);
  assert.deepEqual((await select()).first().keys(), ["id", "a"]);
  await ks.client.execute("ALTER TABLE growing ADD b text");
  await ks.client.execute("INSERT INTO growing (id, a, b) VALUES (1, 2, 'new')", [], prepared);
  const row = (await ks.client.execute("SELECT id, a, b FROM growing WHERE id = ?", [1], prepared)).first();
  assert.deepEqual(row.values(), [1, 2, "new"]);
  assert.equal((await select()).first().a, 2);
});

test("a traced request", async () => {
  const { info } = await ks.client.execute("SELECT * FROM people WHERE id = 2", [], { traceQuery: true });
  const trace = await ks.client.metadata.getTrace(info.traceId);
  assert.match(trace.parameters.query, /SELECT \* FROM people/);
  assert.ok(trace.events.length > 0);
});

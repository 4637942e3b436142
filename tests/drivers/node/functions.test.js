import assert from "node:assert/strict";
import { test } from "node:test";
import cassandra from "cassandra-driver";
import { body, keyspace } from "./target.js";

const { dataTypes, responseErrorCodes, Long } = cassandra.types;
const ks = keyspace("functions", ["CREATE TABLE t (id int PRIMARY KEY, v bigint, words list<text>)"]);

test("functions are created, called, replaced and dropped", async () => {
  await ks.client.execute(`CREATE FUNCTION twice(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint
      ${body({ lua: "return 2 * v", java: "return 2 * v;" })}`);
  for (let id = 0; id < 100; id++) {
    await ks.client.execute("INSERT INTO t (id, v, words) VALUES (?, ?, ?)", [id, id * 10, [`w${id}`]], { prepare: true });
  }
  const result = await ks.client.execute("SELECT id, twice(v) AS doubled FROM t", [], { prepare: true, fetchSize: 30 });
  let count = 0;
  for await (const row of result) {
    assert.ok(row.doubled.equals(Long.fromNumber(row.id * 20)));
    count++;
  }
  assert.equal(count, 100);
  const one = await ks.client.execute("SELECT twice(v) FROM t WHERE id = 1");
  assert.deepEqual(one.columns.map((column) => [column.name, column.type.code]), [[`${ks.name}.twice(v)`, dataTypes.bigint]]);
  await ks.client.execute(`CREATE OR REPLACE FUNCTION twice(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint
      ${body({ lua: "return 2 * v + 1", java: "return 2 * v + 1;" })}`);
  assert.equal((await ks.client.execute("SELECT twice(v) AS r FROM t WHERE id = 1", [], { prepare: true })).first().r.toNumber(), 21);
  await ks.client.execute("DROP FUNCTION twice(bigint)");
  await assert.rejects(ks.client.execute("SELECT twice(v) FROM t", [], { prepare: true }), { code: responseErrorCodes.invalid });
});

test("aggregates", async () => {
  await ks.client.execute(`CREATE FUNCTION larger(a bigint, b bigint) CALLED ON NULL INPUT RETURNS bigint
      ${body({ lua: "if a == nil or b ~= nil and b > a then return b else return a end", java: "return a == null || b != null && b > a ? b : a;" })}`);
  await ks.client.execute("CREATE AGGREGATE largest(bigint) SFUNC larger STYPE bigint");
  assert.equal((await ks.client.execute("SELECT largest(v) AS m FROM t")).first().m.toNumber(), 990);
});

test("collections in and out of functions", async () => {
  await ks.client.execute(`CREATE FUNCTION with_more(words list<text>) CALLED ON NULL INPUT RETURNS list<text>
      ${body({ lua: "words[#words + 1] = 'more'; return words", java: "words.add(\"more\"); return words;" })}`);
  assert.deepEqual((await ks.client.execute("SELECT with_more(words) AS w FROM t WHERE id = 7")).first().w, ["w7", "more"]);
});

test("a failing function", async () => {
  await ks.client.execute(`CREATE FUNCTION broken(v bigint) CALLED ON NULL INPUT RETURNS bigint
      ${body({ lua: "error('no luck')", java: "throw new RuntimeException(\"no luck\");" })}`);
  await assert.rejects(ks.client.execute("SELECT broken(v) FROM t WHERE id = 1", [], { prepare: true }), (error) => {
    assert.equal(error.code, responseErrorCodes.functionFailure);
    assert.equal(error.keyspace, ks.name);
    assert.equal(error.functionName, "broken");
    assert.deepEqual(error.argTypes, ["bigint"]);
    assert.match(error.message, /no luck/);
    return true;
  });
});

test("functions that are refused", async () => {
  await assert.rejects(ks.client.execute("CREATE FUNCTION bad(v bigint) CALLED ON NULL INPUT RETURNS bigint LANGUAGE cobol AS $$x$$"),
    { code: responseErrorCodes.invalid });
  await assert.rejects(ks.client.execute(`CREATE FUNCTION bad(v bigint) CALLED ON NULL INPUT RETURNS bigint
      ${body({ lua: "return (", java: "return (" })}`), { code: responseErrorCodes.invalid });
});

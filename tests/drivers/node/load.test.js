import assert from "node:assert/strict";
import { test } from "node:test";
import cassandra from "cassandra-driver";
import { keyspace } from "./target.js";

const ks = keyspace("load", ["CREATE TABLE t (id int PRIMARY KEY, v text)"]);
const IN_FLIGHT = 400;
const ROWS = 10_000;

test("thousands of requests, hundreds at a time, each with its own answer", async () => {
  const { executeConcurrent } = cassandra.concurrent;
  const options = { concurrencyLevel: IN_FLIGHT, collectResults: true, prepare: true };
  const rows = Array.from({ length: ROWS }, (_, id) => [id, `value ${id}`]);
  const written = await executeConcurrent(ks.client, "INSERT INTO t (id, v) VALUES (?, ?)", rows, options);
  assert.deepEqual([written.totalExecuted, written.errors.length], [ROWS, 0]);
  const read = await executeConcurrent(ks.client, "SELECT id, v FROM t WHERE id = ?", rows.map(([id]) => [id]), options);
  assert.deepEqual([read.totalExecuted, read.errors.length], [ROWS, 0]);
  const wrong = read.resultItems.filter((item, id) => item.rows.length !== 1 || item.rows[0].id !== id || item.rows[0].v !== `value ${id}`);
  assert.equal(wrong.length, 0);
  assert.equal((await ks.client.execute("SELECT count(*) FROM t", [], { prepare: true })).first().count.toNumber(), ROWS);
});

test("reads, writes, scans and mistakes at once", async () => {
  const work = Array.from({ length: 2000 }, async (_, i) => {
    const id = ROWS + i;
    if (i % 20 === 0) return assert.rejects(ks.client.execute("SELECT nothing FROM t", [], { prepare: i % 40 === 0 }));
    if (i % 100 === 1) {
      let count = 0;
      for await (const row of await ks.client.execute("SELECT id, v FROM t", [], { prepare: true, fetchSize: 5000 })) {
        assert.equal(row.v, `value ${row.id}`);
        count++;
      }
      return assert.ok(count >= ROWS);
    }
    await ks.client.execute("INSERT INTO t (id, v) VALUES (?, ?)", [id, `value ${id}`], { prepare: true });
    const answer = await ks.client.execute("SELECT v FROM t WHERE id = ?", [id], { prepare: true });
    return assert.equal(answer.first().v, `value ${id}`);
  });
  await Promise.all(work);
});

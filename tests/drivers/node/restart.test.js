import assert from "node:assert/strict";
import { test } from "node:test";
import { client, eventually, keyspace, ownServer, restart } from "./target.js";

if (ownServer) {
  const ks = keyspace("restart", ["CREATE TABLE t (id int PRIMARY KEY, v text)"]);

  test("a client goes on after the server was killed and started again", async () => {
    const insert = (id) => ks.client.execute("INSERT INTO t (id, v) VALUES (?, ?)", [id, `v${id}`], { prepare: true, isIdempotent: true });
    const select = (id) => ks.client.execute("SELECT v FROM t WHERE id = ?", [id], { prepare: true, isIdempotent: true });
    await insert(1);
    assert.equal((await select(1)).first().v, "v1");
    await restart();
    await eventually("an answer after the restart", () => select(1).then((answer) => answer.first().v === "v1", () => false), 60);
    await insert(2);
    assert.equal((await select(2)).first().v, "v2");
    await ks.client.execute("CREATE TABLE later (id int PRIMARY KEY)");
    await eventually("events after the restart", async () => (await ks.client.metadata.getTable(ks.name, "later")) !== null);
  });

  test("a paging state outlives the server", async () => {
    for (let id = 0; id < 100; id++) {
      await ks.client.execute("INSERT INTO t (id, v) VALUES (?, ?)", [id, `v${id}`], { prepare: true });
    }
    const first = await ks.client.execute("SELECT id FROM t", [], { prepare: true, fetchSize: 40 });
    await restart();
    const fresh = client({ keyspace: ks.name });
    const rest = await fresh.execute("SELECT id FROM t", [], { prepare: true, fetchSize: 100, pageState: first.pageState });
    const ids = [...first.rows, ...rest.rows].map((row) => row.id).sort((a, b) => a - b);
    assert.deepEqual(ids, Array.from({ length: 100 }, (_, i) => i));
    await fresh.shutdown();
    await eventually("the first client's return", () => ks.client.execute("SELECT id FROM t").then(() => true, () => false), 60);
  });
}

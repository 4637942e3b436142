import assert from "node:assert/strict";
import { test } from "node:test";
import cassandra from "cassandra-driver";
import { client } from "./target.js";

for (const version of [3, 4]) {
  test(`protocol version ${version}`, async () => {
    const connected = client({ protocolOptions: { maxVersion: version } });
    await connected.connect();
    assert.equal(connected.controlConnection.protocolVersion, version);
    const row = (await connected.execute("SELECT key, release_version, partitioner FROM system.local")).first();
    assert.equal(row.key, "local");
    assert.match(row.release_version, /^5\.0/);
    assert.match(row.partitioner, /Murmur3Partitioner$/);
    await connected.shutdown();
  });
}

test("the driver agrees on a version by itself", async () => {
  const connected = client();
  await connected.connect();
  assert.ok(connected.controlConnection.protocolVersion >= 4);
  await connected.shutdown();
});

test("the hosts", async () => {
  const connected = client();
  await connected.connect();
  const hosts = connected.hosts.values();
  assert.equal(hosts.length, 1);
  assert.equal(hosts[0].datacenter, "datacenter1");
  assert.equal(hosts[0].rack, "rack1");
  assert.match(hosts[0].cassandraVersion, /^5\.0/);
  assert.ok(hosts[0].tokens.length > 0);
  assert.ok(hosts[0].isUp());
  await connected.shutdown();
});

test("the keyspace that a client connects with", async () => {
  const connected = client({ keyspace: "system" });
  assert.equal((await connected.execute("SELECT key FROM local")).first().key, "local");
  await connected.shutdown();
  await assert.rejects(client({ keyspace: "clients_no_such_keyspace" }).connect());
});

test("no connection without a server", async () => {
  const lost = client({ contactPoints: ["127.0.0.1:1"] });
  await assert.rejects(lost.connect(), cassandra.errors.NoHostAvailableError);
});

test("fifty clients", async () => {
  const clients = Array.from({ length: 50 }, () => client());
  await Promise.all(clients.map((each) => each.connect()));
  const answers = await Promise.all(clients.map((each) => each.execute("SELECT key FROM system.local")));
  assert.deepEqual(answers.map((answer) => answer.first().key), clients.map(() => "local"));
  await Promise.all(clients.map((each) => each.shutdown()));
});

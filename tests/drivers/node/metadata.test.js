import assert from "node:assert/strict";
import { test } from "node:test";
import cassandra from "cassandra-driver";
import { body, client, eventually, keyspace } from "./target.js";

const { dataTypes } = cassandra.types;
const ks = keyspace("metadata");

test("a keyspace", async () => {
  const described = ks.client.metadata.keyspaces[ks.name];
  assert.match(described.strategy, /SimpleStrategy$/);
  assert.equal(described.durableWrites, true);
  assert.equal(described.strategyOptions.replication_factor, "1");
});

test("a table with its columns, keys and options", async () => {
  await ks.client.execute(`CREATE TABLE sensors (site text, day date, at timestamp, name text STATIC, value double, tags set<text>,
      "Mixed Case" frozen<map<int, frozen<list<text>>>>, at_place vector<float, 3>,
      PRIMARY KEY ((site, day), at)) WITH CLUSTERING ORDER BY (at DESC) AND comment = 'what they measure' AND gc_grace_seconds = 1234`);
  const table = await ks.client.metadata.getTable(ks.name, "sensors");
  assert.deepEqual(table.partitionKeys.map((column) => column.name), ["site", "day"]);
  assert.deepEqual(table.clusteringKeys.map((column) => column.name), ["at"]);
  assert.deepEqual(table.clusteringOrder, ["DESC"]);
  assert.equal(table.comment, "what they measure");
  assert.equal(table.gcGraceSeconds, 1234);
  const column = table.columnsByName;
  assert.equal(column.site.type.code, dataTypes.text);
  assert.equal(column.day.type.code, dataTypes.date);
  assert.equal(column.at.type.code, dataTypes.timestamp);
  assert.equal(column.name.isStatic, true);
  assert.equal(column.value.type.code, dataTypes.double);
  assert.equal(column.tags.type.code, dataTypes.set);
  const mixed = column["Mixed Case"].type;
  assert.equal(mixed.code, dataTypes.map);
  assert.ok(mixed.options.frozen);
  assert.equal(mixed.info[0].code, dataTypes.int);
  assert.equal(mixed.info[1].code, dataTypes.list);
});

test("a user type", async () => {
  await ks.client.execute("CREATE TYPE address (street text, numbers frozen<list<int>>)");
  const type = await ks.client.metadata.getUdt(ks.name, "address");
  assert.deepEqual(type.fields.map((field) => field.name), ["street", "numbers"]);
  assert.equal(type.fields[0].type.code, dataTypes.text);
  assert.equal(type.fields[1].type.code, dataTypes.list);
  assert.equal(await ks.client.metadata.getUdt(ks.name, "nothing"), null);
});

test("functions and aggregates", async () => {
  await ks.client.execute(`CREATE FUNCTION add_up(total bigint, v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint
      ${body({ lua: "return total + v", java: "return total + v;" })}`);
  await ks.client.execute("CREATE AGGREGATE add_all(bigint) SFUNC add_up STYPE bigint INITCOND 5");
  const [made, ...others] = await ks.client.metadata.getFunctions(ks.name, "add_up");
  assert.equal(others.length, 0);
  assert.deepEqual(made.argumentNames, ["total", "v"]);
  assert.deepEqual(made.argumentTypes.map((type) => type.code), [dataTypes.bigint, dataTypes.bigint]);
  assert.equal(made.returnType.code, dataTypes.bigint);
  assert.equal(made.calledOnNullInput, false);
  const aggregate = await ks.client.metadata.getAggregate(ks.name, "add_all", ["bigint"]);
  assert.equal(aggregate.stateFunction, "add_up");
  assert.equal(aggregate.stateType.code, dataTypes.bigint);
  assert.equal(aggregate.initCondition, "5");
  assert.equal(await ks.client.metadata.getAggregate(ks.name, "add_all", ["int"]), null);
});

test("another client hears of changes", async () => {
  const listener = client();
  await listener.connect();
  const columns = async () => {
    const table = await listener.metadata.getTable(ks.name, "changing");
    return table === null ? null : table.columns.map((column) => column.name).sort();
  };
  assert.equal(await columns(), null);
  await ks.client.execute("CREATE TABLE changing (id int PRIMARY KEY)");
  await eventually("CREATE TABLE", async () => (await columns())?.join() === "id");
  await ks.client.execute("ALTER TABLE changing ADD v text");
  await eventually("ALTER TABLE", async () => (await columns())?.join() === "id,v");
  await ks.client.execute("DROP TABLE changing");
  await eventually("DROP TABLE", async () => (await columns()) === null);
  await listener.execute("CREATE KEYSPACE clients_node_passing WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
  await eventually("CREATE KEYSPACE", () => "clients_node_passing" in ks.client.metadata.keyspaces);
  await listener.execute("DROP KEYSPACE clients_node_passing");
  await eventually("DROP KEYSPACE", () => !("clients_node_passing" in ks.client.metadata.keyspaces));
  await listener.shutdown();
});

test("schema agreement and its version", async () => {
  assert.equal(await ks.client.metadata.checkSchemaAgreement(), true);
  const version = async () => (await ks.client.execute("SELECT schema_version FROM system.local")).first().schema_version.toString();
  const before = await version();
  const made = await ks.client.execute("CREATE TABLE versions (id int PRIMARY KEY)");
  assert.equal(made.info.isSchemaInAgreement, true);
  assert.notEqual(await version(), before);
});

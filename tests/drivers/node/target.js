// The server under test and how it is reached; see tests/harness/driver_suite.py.

import { after, before } from "node:test";
import cassandra from "cassandra-driver";

const contact = process.env.NACRE_TEST_CONTACT;
const control = process.env.NACRE_TEST_CONTROL;

export const ownServer = control !== undefined;
export const language = process.env.NACRE_TEST_LANGUAGE;

export function client(options = {}) {
  return new cassandra.Client({
    contactPoints: [contact],
    localDataCenter: "datacenter1",
    // Functions take a while to be compiled on a busy machine.
    socketOptions: { readTimeout: 60_000, connectTimeout: 20_000 },
    policies: {
      retry: new cassandra.policies.retry.FallthroughRetryPolicy(),
      reconnection: new cassandra.policies.reconnection.ConstantReconnectionPolicy(100),
    },
    ...options,
  });
}

/** A connected client and a keyspace of its own for the tests of one file, with what `statements` make in it. */
export function keyspace(name, statements = []) {
  const made = { name: `clients_node_${name}`, client: undefined };
  before(async () => {
    const first = client();
    await first.execute(`DROP KEYSPACE IF EXISTS ${made.name}`);
    await first.execute(
      `CREATE KEYSPACE ${made.name} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`);
    await first.shutdown();
    made.client = client({ keyspace: made.name });
    await made.client.connect();
    for (const statement of statements) await made.client.execute(statement);
  });
  after(async () => {
    await made.client.execute(`DROP KEYSPACE ${made.name}`).finally(() => made.client.shutdown());
    // After a restart the driver's reconnection timers outlive its clients and would keep the process.
    setTimeout(() => process.exit(), 1000).unref();
  });
  return made;
}

/** Kills the server and starts it again on the same data. */
export async function restart() {
  const done = await fetch(`${control}/restart`, { method: "POST" });
  if (done.status !== 204) throw new Error(`restart: ${done.status}`);
}

/** Waits for `condition` to become true. */
export async function eventually(what, condition, seconds = 20) {
  const until = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > until) throw new Error(`${what} did not come true in ${seconds} s`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** The text of a function's body in the language of the server. */
export function body({ lua, java }) {
  return language === "lua" ? `LANGUAGE lua AS $$${lua}$$` : `LANGUAGE java AS $$${java}$$`;
}

"""Nacre under load: one shard, every kind of function that could disturb it."""

from __future__ import annotations

import time
from pathlib import Path

from beside import KEYSPACE, Phase
from guests import GUESTS, Guest
from harness.server import Server
from harness.wat import function, module
from loop import Loop


class Nacre:
    name = "Nacre"

    def __init__(self, directory: Path, creates: int, clients: int, settings: str = ""):
        self._creates, self._clients = creates, clients
        config = directory / "nacre.yaml"
        # A function that is under quarantine is not called, and disturbs nobody.
        config.write_text("function_quarantine_failures: 0\n" + settings)
        self._server = Server(directory, shards=1, config=config)

    def __enter__(self) -> "Nacre":
        self._server.start()
        self.host, self.port = self._server.host, self._server.port
        return self

    def __exit__(self, *_: object) -> None:
        self._server.terminate()

    def prepare(self, session) -> None:
        for guest in GUESTS:
            argument = "s text" if "(s)" in guest.call else "v bigint"
            session.execute(f"CREATE FUNCTION {KEYSPACE}.{guest.name}({argument}) RETURNS NULL ON NULL INPUT RETURNS bigint "
                            f"LANGUAGE {guest.language} AS $${guest.body}$$")
        larger = "(select (local.get 0) (local.get 1) (i64.gt_s (local.get 0) (local.get 1)))"
        session.execute(f"CREATE FUNCTION {KEYSPACE}.larger(a bigint, b bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE wasm AS $$"
                        + module(function(larger, parameters="i64 i64", name="larger")) + "$$")
        session.execute(f"CREATE AGGREGATE {KEYSPACE}.largest(bigint) SFUNC larger STYPE bigint REDUCEFUNC larger INITCOND 0")

    def phases(self) -> list[Phase]:
        guests = [self._call(guest) for guest in GUESTS]
        scan = f"SELECT max(v) FROM {KEYSPACE}.t"
        return [
            Phase("alone", "nothing else"),
            Phase("scans", "full scans with a built-in aggregate", [scan], clients=4),
            Phase("aggregates", "full scans with a WebAssembly aggregate", [f"SELECT {KEYSPACE}.largest(v) FROM {KEYSPACE}.t"], clients=4),
            *(Phase(guest.name, guest.what, [self._call(guest)], clients=self._clients) for guest in GUESTS),
            Phase("all_guests", "all of these functions", guests, clients=4 * len(GUESTS)),
            Phase("creates", f"{self._creates} CREATE FUNCTIONs a second", creates_per_second=self._creates),
            Phase("compaction", "bulk writes, flushes and compactions", bulk_writers=2),
            Phase("everything", "all of it at once", [*guests, scan], clients=4 * len(GUESTS) + 4,
                  creates_per_second=self._creates, bulk_writers=1),
            Phase("alone_again", "nothing else, once more"),
        ]

    def _call(self, guest: Guest) -> str:
        return guest.call.format(keyspace=KEYSPACE, name=guest.name)

    def watch(self, session) -> "Watch":
        return Watch(self._server, session)

    def is_alive(self) -> bool:
        return self._server.alive()

    def pid(self) -> int:
        return self._server.process.pid

    def metrics(self) -> str:
        return self._server.metrics()

    def log_tail(self) -> str:
        return self._server.log_tail()


class Watch:
    """The loop's turns from now on."""

    def __init__(self, server: Server, session):
        self._session = session
        self._loop = Loop(server)
        self._since = time.time()

    def figures(self) -> dict:
        turns = self._loop.since()
        rows = [row for row in self._session.execute("SELECT * FROM system_views.stalls")
                if row.time.timestamp() + time.localtime().tm_gmtoff >= self._since]
        wall, cpu = turns["nacre_loop_turn_duration_seconds"], turns["nacre_loop_turn_cpu_seconds"]
        return {
            "wall_p9999_us": wall[0], "wall_max_us": wall[1], "cpu_p9999_us": cpu[0], "cpu_max_us": cpu[1],
            "stalls": [f"{row.lasted_us} us ({row.cpu_us} us CPU) {row.scheduling_group}: {row.work}"
                       for row in sorted(rows, key=lambda row: -row.cpu_us)],
        }



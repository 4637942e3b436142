#!/usr/bin/env python3
"""Mixed load: several clients insert, select, batch and change the schema at once, and check every answer.

    PYTHONPATH=tests python tests/drivers/mixed_load.py [--seconds 20] [--clients 6]

Starts a server, or takes the one of NACRE_TEST_TARGET=HOST:PORT. Fails at the first wrong answer or error, if the
server dies, or if its memory still grows in the second half of the run.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.policies import FallthroughRetryPolicy, WhiteListRoundRobinPolicy
from cassandra.query import BatchStatement, BatchType, SimpleStatement, tuple_factory

from harness.server import Server

KEYSPACE = "clients_mixed_load"
GROWTH_MAX = 1.25
GROWTH_SLACK_BYTES = 64 << 20


class Client:
    """Writes rows of its own, so it knows what each answer must be, and tables that come and go."""

    def __init__(self, number: int, cluster: Cluster):
        self.number = number
        self.random = random.Random(number)
        self.session = cluster.connect(KEYSPACE)
        self.insert = self.session.prepare("INSERT INTO lines (client, line, v, tags) VALUES (?, ?, ?, ?)")
        self.select = self.session.prepare("SELECT v, tags FROM lines WHERE client = ? AND line = ?")
        self.delete = self.session.prepare("DELETE FROM lines WHERE client = ? AND line = ?")
        self.lines: dict[int, tuple[str, list[int]]] = {}
        self.next = 0

    def new_lines(self, count: int) -> list[int]:
        added = list(range(self.next, self.next + count))
        self.next += count
        for line in added:
            self.lines[line] = (f"{self.number}:{line}" * self.random.randint(1, 40), [line, self.number])
        return added

    def row(self, line: int) -> tuple:
        return self.number, line, *self.lines[line]

    def inserts(self) -> None:
        execute_concurrent_with_args(self.session, self.insert, [self.row(line) for line in self.new_lines(200)], concurrency=100)

    def selects(self) -> None:
        asked = self.random.choices(range(self.next), k=200)
        answers = execute_concurrent_with_args(self.session, self.select, [(self.number, line) for line in asked], concurrency=100)
        for line, (_, answer) in zip(asked, answers):
            expect(answer.one(), self.lines.get(line))

    def batches(self) -> None:
        batch = BatchStatement(self.random.choice([BatchType.LOGGED, BatchType.UNLOGGED]))
        for line in self.new_lines(10):
            batch.add(self.insert, self.row(line))
        gone = self.random.choice(list(self.lines)[:-10] or [None])
        if gone is not None:
            del self.lines[gone]
            batch.add(self.delete, (self.number, gone))
        self.session.execute(batch)

    def scans(self) -> None:
        statement = SimpleStatement(f"SELECT line, v FROM lines WHERE client = {self.number}", fetch_size=self.random.choice([50, 777, 5000]))
        expect(list(self.session.execute(statement)), [(line, v) for line, (v, _) in sorted(self.lines.items())])
        counted = self.session.execute(f"SELECT count(*) FROM lines WHERE client = {self.number}")
        expect(counted.one(), (len(self.lines),))

    def definitions(self) -> None:
        table = f"passing_{self.number}"
        self.session.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, a int)")
        self.session.execute(f"INSERT INTO {table} (id, a) VALUES (1, 2)")
        select = self.session.prepare(f"SELECT * FROM {table} WHERE id = ?")
        expect(self.session.execute(select, (1,)).one(), (1, 2))
        self.session.execute(f"ALTER TABLE {table} ADD b text")
        expect(self.session.execute(select, (1,)).one(), (1, 2, None))
        self.session.execute(f"DROP TABLE {table}")

    def turn(self) -> str:
        names = ["inserts", "selects", "batches", "scans", "definitions"]
        name = "inserts" if self.next == 0 else self.random.choices(names, weights=[4, 8, 20, 2, 1])[0]
        getattr(self, name)()
        return name


def expect(got: object, wanted: object) -> None:
    if got != wanted:
        raise AssertionError(f"answered {str(got)[:300]}, expected {str(wanted)[:300]}")


def resident_bytes(pid: int) -> int:
    fields = Path(f"/proc/{pid}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def connect(host: str, port: int) -> Cluster:
    profile = ExecutionProfile(load_balancing_policy=WhiteListRoundRobinPolicy([host]), retry_policy=FallthroughRetryPolicy(),
                               row_factory=tuple_factory, request_timeout=60)
    return Cluster([host], port=port, protocol_version=5, execution_profiles={EXEC_PROFILE_DEFAULT: profile}, connect_timeout=20)


def load(host: str, port: int, clients: int, seconds: float, pid: int | None) -> int:
    clusters = [connect(host, port) for _ in range(clients + 1)]
    admin = clusters[-1].connect()
    admin.execute(f"DROP KEYSPACE IF EXISTS {KEYSPACE}")
    admin.execute(f"CREATE KEYSPACE {KEYSPACE} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    admin.execute(f"CREATE TABLE {KEYSPACE}.lines (client int, line int, v text, tags list<int>, PRIMARY KEY (client, line))")
    done: Counter[str] = Counter()
    failures: list[str] = []
    end = time.monotonic() + seconds

    def work(number: int) -> None:
        try:
            client = Client(number, clusters[number])
            while time.monotonic() < end and not failures:
                done[client.turn()] += 1
            client.scans()
        except Exception as failure:
            failures.append(f"client {number}: {type(failure).__name__}: {failure}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    sizes = []
    while any(thread.is_alive() for thread in threads):
        if pid is not None:
            sizes.append(resident_bytes(pid))
        time.sleep(0.5)
    for thread in threads:
        thread.join()
    if not failures:
        admin.execute(f"DROP KEYSPACE {KEYSPACE}")
    for cluster in clusters:
        cluster.shutdown()

    print(", ".join(f"{count} {name}" for name, count in sorted(done.items())))
    if len(sizes) >= 4:
        middle, last = sizes[len(sizes) // 2], sizes[-1]
        print(f"memory: {middle >> 20} MiB in the middle, {last >> 20} MiB at the end")
        if last > middle * GROWTH_MAX + GROWTH_SLACK_BYTES:
            failures.append("memory grows")
    for failure in failures:
        print(f"FAILED {failure}", file=sys.stderr)
    return 1 if failures else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clients", type=int, default=6)
    arguments = parser.parse_args()
    target = os.environ.get("NACRE_TEST_TARGET")
    if target:
        host, port = target.rsplit(":", 1)
        return load(host, int(port), arguments.clients, arguments.seconds, None)
    with Server(shards=2) as server:
        status = load(server.host, server.port, arguments.clients, arguments.seconds, server.process.pid)
        if not server.alive():
            print(f"FAILED the server died:\n{server.log_tail()}", file=sys.stderr)
            return 1
        return status


if __name__ == "__main__":
    sys.exit(main())

"""What runs beside the measured load, and the clients that send it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from cassandra import OperationTimedOut

KEYSPACE = "bench"
PAYLOAD = "x" * 100


@dataclass
class Phase:
    name: str
    what: str
    statements: list[str] = field(default_factory=list)
    clients: int = 0
    creates_per_second: int = 0
    bulk_writers: int = 0


class Beside:
    """Clients that send statements as fast as they are answered, until they are stopped."""

    def __init__(self, connect, phase: Phase):
        self._connect = connect
        self._phase = phase
        self._stop = threading.Event()
        self.answers: Counter = Counter()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "Beside":
        if not (self._phase.clients or self._phase.creates_per_second or self._phase.bulk_writers):
            return self
        self._cluster = self._connect()
        self._session = self._cluster.connect()
        for number in range(self._phase.clients):
            self._start(self._repeat, number)
        if self._phase.creates_per_second:
            self._start(self._create)
        for number in range(self._phase.bulk_writers):
            self._start(self._write, number)
        time.sleep(1)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._threads:
            # What is still running ends with its connections, and does not run into the next phase.
            self._cluster.shutdown()
        for thread in self._threads:
            thread.join()

    def _start(self, work, *arguments) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _count(self, action, what: str) -> None:
        """`what` is told of those that were never answered."""
        try:
            action()
            self.answers["ok"] += 1
        except Exception as failure:  # noqa: BLE001 - whatever comes is counted
            if not self._stop.is_set():  # then it is this client that has ended the connection
                self.answers[f"{type(failure).__name__}{' of ' + what if isinstance(failure, OperationTimedOut) else ''}"] += 1

    def _repeat(self, number: int) -> None:
        statements = self._phase.statements
        while not self._stop.is_set():
            statement = statements[number % len(statements)]
            self._count(lambda text=statement: self._session.execute(text, timeout=120), statement)
            number += self._phase.clients

    def _create(self) -> None:
        began, sent = time.monotonic(), 0
        futures = []
        while not self._stop.is_set():
            due = began + sent / self._phase.creates_per_second
            self._stop.wait(max(0, due - time.monotonic()))
            number = int(began * 1000) + sent
            body = ('(module (memory (export "memory") 1) (global (export "_scylla_abi") i32 (i32.const 16)) (data (i32.const 16) "\\01")'
                    f' (func (export "c") (param i64) (result i64) (i64.add (local.get 0) (i64.const {number}))))')
            futures.append(self._session.execute_async(
                f"CREATE FUNCTION {KEYSPACE}_made.f{sent % 500}(v bigint, n{number} bigint)"
                .replace(f", n{number} bigint", "") .replace("CREATE", "CREATE OR REPLACE")
                + f" RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE wasm AS $${body}$$ WITH export = 'c'", timeout=120))
            sent += 1
            if len(futures) > 400:
                self._count(futures.pop(0).result, "CREATE FUNCTION")
        for each in futures:
            self._count(each.result, "CREATE FUNCTION")

    def _write(self, number: int) -> None:
        insert = self._session.prepare(f"INSERT INTO {KEYSPACE}.bulk (id, n, s) VALUES (?, ?, ?)")
        n = 0
        while not self._stop.is_set():
            # Without a timeout: the driver keeps a request, values and all, for as long as its timeout would be.
            futures = [self._session.execute_async(insert, (number * 1000 + n % 500, n + i, PAYLOAD * 40), timeout=None) for i in range(64)]
            n += 64
            for each in futures:
                self._count(each.result, "an INSERT")

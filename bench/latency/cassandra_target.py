"""A real Apache Cassandra 5 under the same load, with its functions in Java."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from beside import KEYSPACE, Phase

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "cassandra-node"
SETTINGS = """user_defined_functions_enabled: true
"""
FUNCTIONS = {
    "busy_loop": ("four tenths of a second of work in each call",
                  "long end = System.nanoTime() + 400000000L; long n = 0; while (System.nanoTime() < end) n++; return n;"),
    "memory_touch": ("32 MiB touched once, in each call",
                     "byte[] all = new byte[32 << 20]; for (int i = 0; i < all.length; i += 4096) all[i] = 1; return (long) all.length;"),
    "traps": ("an exception in each call", 'throw new RuntimeException("no");'),
}


class Cassandra:
    name = "Cassandra"

    def __init__(self, directory: Path, clients: int, address: str):
        self._clients = clients
        self._directory = directory
        self.host, self.port = address, 9042
        extra = directory.parent / "cassandra.extra.yaml"
        extra.write_text(SETTINGS)
        self._environment = os.environ | {"AUTH": "0", "YAML_EXTRA": str(extra), "HEAP": "2G"}

    def _run(self, *words: str) -> None:
        subprocess.run([str(TOOL), *words], env=self._environment, check=True, stdout=subprocess.DEVNULL)

    def __enter__(self) -> "Cassandra":
        self._run("fetch")
        self._run("start", str(self._directory), self.host)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run([str(TOOL), "stop", str(self._directory)], env=self._environment, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def prepare(self, session) -> None:
        for name, (_, body) in FUNCTIONS.items():
            session.execute(f"CREATE FUNCTION {KEYSPACE}.{name}(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE java AS $${body}$$")
        session.execute(f"CREATE FUNCTION {KEYSPACE}.endless_loop(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE java AS "
                        "$$long n = v; while (n != -1) n = (n + 1) & 0xffff; return n;$$")
        session.execute(f"CREATE FUNCTION {KEYSPACE}.larger(a bigint, b bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE java AS "
                        "$$return a > b ? a : b;$$")
        session.execute(f"CREATE AGGREGATE {KEYSPACE}.largest(bigint) SFUNC larger STYPE bigint INITCOND 0")

    def phases(self) -> list[Phase]:
        call = lambda name: f"SELECT {KEYSPACE}.{name}(v) FROM {KEYSPACE}.few"  # noqa: E731
        return [
            # The compiler of its runtime needs some time; what is measured is what comes after.
            Phase("warm_up", "nothing else, while it warms up"),
            Phase("alone", "nothing else"),
            Phase("scans", "full scans with a built-in aggregate", [f"SELECT max(v) FROM {KEYSPACE}.t"], clients=4),
            Phase("aggregates", "full scans with a Java aggregate", [f"SELECT {KEYSPACE}.largest(v) FROM {KEYSPACE}.t"], clients=4),
            *(Phase(name, what, [call(name)], clients=self._clients) for name, (what, _) in FUNCTIONS.items()),
            Phase("all_functions", "all of these functions", [call(name) for name in FUNCTIONS], clients=4 * len(FUNCTIONS)),
            Phase("endless_loop", "an endless loop", [call("endless_loop")], clients=1),
        ]

    def watch(self, _session) -> "Watch":
        return Watch()

    def is_alive(self) -> bool:
        try:
            os.kill(int((self._directory / "pid").read_text()), 0)
        except (OSError, ValueError):
            return False
        return True


class Watch:
    """Its loops do not tell of their turns."""

    def figures(self) -> dict:
        return {}

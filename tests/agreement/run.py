"""Runs the same random statements on Nacre and on a real Cassandra and reports where they disagree.

    python -m agreement.run [--seed N] [--rounds N] [--statements N] [--nacre HOST:PORT] [--cassandra HOST:PORT]

Servers that are not given are started and stopped, the Cassandra by tools/cassandra-node. A round is a keyspace with a few user types and tables, and statements over them; everything follows from
the round's seed, so `--seed N --rounds 1` replays it. `--trace` prints every statement. The exit status is
1 if there was a disagreement that differences.py doesn't know.

Two answers disagree in substance if one server refuses what the other does, or if rows, columns, codes, warnings
or schema changes differ. If both refuse with the same code and another text, that is counted as a difference of
wording: mostly a statement with two faults, of which each server names another one first.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from agreement import aggregates, reconciliation, schema
from agreement.comparison import Pair, Sent, difference
from agreement.definitions import Definitions
from agreement.differences import known
from agreement.reads import Reads
from agreement.relations import Pools
from agreement.statement import Statement
from agreement.wire import Outcome
from harness.server import ROOT, Server
from agreement.writes import Writes

SIMPLE_STRATEGY = "{'class': 'SimpleStrategy', 'replication_factor': 1}"
SCHEMA_TABLES = (
    ("keyspace_name, durable_writes, replication", "keyspaces"),
    ("keyspace_name, table_name, column_name, clustering_order, column_name_bytes, kind, position, type", "columns"),
    ("keyspace_name, table_name, column_name, kind, type", "dropped_columns"),
    ("keyspace_name, type_name, field_names, field_types", "types"),
    ("keyspace_name, table_name, bloom_filter_fp_chance, caching, comment, compaction, compression, crc_check_chance, "
     "default_time_to_live, flags, gc_grace_seconds, max_index_interval, memtable_flush_period_in_ms, "
     "min_index_interval, speculative_retry", "tables"),
)


class Round:
    def __init__(self, pair: Pair, seed: int, report: "Report", trace: bool):
        self._pair = pair
        self.seed = seed
        self._rng = random.Random(seed)
        self._report = report
        self._trace = trace
        self.keyspace = f"agree_{seed}"
        self._clock = 0
        self.history: list[Sent] = []
        self._user_types: list = []
        self._tables: list[schema.Table] = []

    def run(self, count: int, definitions: float) -> None:
        rng = self._rng
        self._send(Sent(f"DROP KEYSPACE IF EXISTS {self.keyspace}"))
        self.history.clear()
        self._send(Sent(f"CREATE KEYSPACE {self.keyspace} WITH replication = {SIMPLE_STRATEGY}"))
        self._send(Sent(f"USE {self.keyspace}"))
        for number in range(rng.choice((0, 1, 2))):
            kind = schema.random_user_type(rng, self.keyspace, f"t{number}", self._user_types)
            self._statement(Statement([schema.create_user_type(kind)], "create type", lambda: self._user_types.append(kind)))
        for number in range(rng.choice((1, 2))):
            make = schema.plain_table if rng.random() < 0.6 else schema.random_table
            table = make(rng, self.keyspace, f"t_{number}", self._user_types)
            self._statement(Statement([table.create()], "create table", lambda: self._tables.append(table)))
        pools = Pools(rng)
        writes = Writes(rng, pools, timestamps=rng.random() < 0.6)
        reads = Reads(rng, pools)
        changes = Definitions(rng, self.keyspace, self._user_types, self._tables, readd=not writes.timestamps)
        for _ in range(count):
            if not self._tables:
                break
            table = rng.choice(self._tables)
            pick = rng.random()
            if pick < definitions:
                self._statement(changes.statement())
            elif pick < 0.5:
                self._statement(writes.statement(table), table)
            else:
                self._statement(reads.statement(table), table)
        self.compare_state()

    def compare_state(self) -> None:
        """The schema and everything that is stored."""
        self._send(Sent(f"DESCRIBE KEYSPACE {self.keyspace}"), "describe")
        for columns, table in SCHEMA_TABLES:
            self._send(Sent(f"SELECT {columns} FROM system_schema.{table} WHERE keyspace_name = '{self.keyspace}'"), "schema tables")
        for table in self._tables:
            self._statement(Statement([f"SELECT * FROM {self.keyspace}.{table.name}"], "select all"), table)

    def continue_on(self, pair: Pair) -> None:
        self._pair = pair

    def drop(self) -> None:
        self._send(Sent(f"DROP KEYSPACE {self.keyspace}"))

    def _statement(self, statement: Statement, table: schema.Table | None = None) -> None:
        rng = self._rng
        # The time it is, so that what is written is newer than a column that was dropped and came back.
        self._clock = max(self._clock + 1, time.time_ns() // 1000)
        page_size = rng.choice((1, 2, 3, 5, 100, 5000, 5000)) if statement.kind.startswith("select") else None
        if rng.random() < 0.4 and statement.kind.split()[0] in ("select", "insert", "update", "delete", "batch"):
            text, values = statement.bound(rng)
            sent = Sent(text, values, page_size, self._clock)
        else:
            sent = Sent(statement.literal(), None, page_size, self._clock)
        differences = self._report.differences()
        # What the model learns must follow what both servers did, else later statements mean nothing.
        if self._send(sent, statement.kind) and statement.learn is not None:
            statement.learn()
        if table is not None and self._report.differences() > differences:
            # One difference is reported once, not in every later answer.
            self._pair.both(f"TRUNCATE {table.name}")

    def _send(self, sent: Sent, kind: str = "definition") -> bool:
        ours, theirs = self._pair.run(sent)
        self.history.append(sent)
        if self._trace:
            print(f"{len(self.history):5} {sent.text}  {sent.values or ''}")
            for name, one in (("nacre", ours), ("cassandra", theirs)):
                print(f"        {name}: {one.kind if isinstance(one, Outcome) else 'prepared'} {getattr(one, 'text', '')} {len(getattr(one, 'rows', ()))}")
        self._report.count(kind, theirs)
        apart = difference(ours, theirs)
        if apart is not None:
            self._report.disagreement(self, kind, sent, apart)
        return all(isinstance(one, Outcome) and one.kind != "error" for one in (ours, theirs))


class Report:
    def __init__(self, shown_per_class: int):
        self.answers: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
        self.classes: collections.Counter = collections.Counter()
        self.wordings: collections.Counter = collections.Counter()
        self.known: collections.Counter = collections.Counter()
        self._shown_per_class = shown_per_class

    def count(self, kind: str, theirs) -> None:
        if not isinstance(theirs, Outcome):
            word = "prepared"
        elif theirs.kind == "rows":
            word = "rows" if theirs.rows else "no rows"
        else:
            word = theirs.kind
        self.answers[kind][word] += 1

    def differences(self) -> int:
        return sum(self.classes.values()) + sum(self.known.values())

    def disagreement(self, at: Round, kind: str, sent: Sent, apart: str) -> None:
        reason = known(sent.text, apart)
        if reason is not None:
            self.known[reason] += 1
            return
        name = classify(apart)
        counts = self.wordings if is_wording(apart) else self.classes
        counts[name] += 1
        if counts[name] <= self._shown_per_class:
            print(f"\n--seed {at.seed}, statement {len(at.history)} ({kind}):\n   {sent.text}")
            if sent.values is not None:
                print(f"   values {[value.hex() if isinstance(value, bytes) else value for value in sent.values]}")
            if sent.page_size:
                print(f"   page size {sent.page_size}")
            print(f"   {apart}", flush=True)


def classify(apart: str) -> str:
    """Disagreements of one shape count together: names and numbers left out."""
    text = re.sub(r"0x[0-9a-f]{5,}|'[^']*'|\"[^\"]*\"|\b[a-z]?\d+\b", "…", apart)
    text = re.sub(r"Column\(.*", "…", text)
    return text[:160]


def is_wording(apart: str) -> bool:
    codes = re.findall(r"^(?:   not )?error (0x[0-9a-f]{4}) ", apart, re.M)
    return len(codes) == 2 and codes[0] == codes[1] and codes[0] != "0x0000"


def address(text: str) -> tuple[str, int]:
    host, port = text.rsplit(":", 1)
    return host, int(port)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nacre", type=address)
    parser.add_argument("--cassandra", type=address)
    parser.add_argument("--seed", type=int, default=1, help="of the first round; each further one takes the next")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--statements", type=int, default=400, help="a round")
    parser.add_argument("--partitions", type=int, default=100, help="of the comparison of cells, see reconciliation.py")
    parser.add_argument("--definitions", type=float, default=0.02, help="share of statements that change the schema")
    parser.add_argument("--shown", type=int, default=2, help="examples printed of each kind of disagreement")
    parser.add_argument("--trace", action="store_true")
    arguments = parser.parse_args()

    report = Report(arguments.shown)
    with contextlib.ExitStack() as servers:
        nacre = arguments.nacre or servers.enter_context(Server(shards=2))
        cassandra = arguments.cassandra or start_cassandra(servers)
        started = time.monotonic()
        run_rounds(arguments, nacre, cassandra, report)
        seconds = time.monotonic() - started
        place = (nacre.host, nacre.port) if isinstance(nacre, Server) else nacre
        reconciled = reconciliation.agree("{}:{}".format(*place), "{}:{}".format(*cassandra), arguments.seed,
                                          range(arguments.partitions))
    return summary(arguments, report, seconds) or (0 if reconciled else 1)


def start_cassandra(servers: contextlib.ExitStack) -> tuple[str, int]:
    directory = servers.enter_context(tempfile.TemporaryDirectory(prefix="cassandra-"))
    tool = str(ROOT / "tools" / "cassandra-node")
    host = "127.0.0.9"
    settings = Path(directory) / "settings.yaml"
    settings.write_text("user_defined_functions_enabled: true\n")
    subprocess.run([tool, "start", f"{directory}/node", host], check=True,
                   env={"AUTH": "0", "HEAP": "1G", "YAML_EXTRA": str(settings)} | os.environ)
    servers.callback(subprocess.run, [tool, "stop", f"{directory}/node"])
    return host, 9042


def run_rounds(arguments, nacre: Server | tuple[str, int], cassandra: tuple[str, int], report: Report) -> None:
    """A server of our own is killed after each round, and must give the same answers when it is back."""
    owned = isinstance(nacre, Server)
    place = (nacre.host, nacre.port) if owned else nacre
    pair = Pair(place, cassandra)
    aggregates.create(pair)
    pair.close()
    for seed in range(arguments.seed, arguments.seed + arguments.rounds):
        pair = Pair(place, cassandra)
        one = Round(pair, seed, report, arguments.trace)
        one.run(arguments.statements, arguments.definitions)
        if owned:
            pair.close()
            nacre.restart_after_kill()
            pair = Pair(place, cassandra)
            one.continue_on(pair)
            one.compare_state()
        one.drop()
        pair.close()


def summary(arguments, report: Report, seconds: float) -> int:
    print(f"\n{'what':<18}{'sent':>8}  as Cassandra answered")
    for kind, answers in sorted(report.answers.items()):
        print(f"{kind:<18}{sum(answers.values()):>8}  " + ", ".join(f"{name} {count}" for name, count in answers.most_common()))
    for reason, count in report.known.most_common():
        print(f"known ({count}): {reason}")
    for name, count in report.wordings.most_common():
        print(f"WORDING ({count}): {name}")
    for name, count in report.classes.most_common():
        print(f"DISAGREEMENT ({count}): {name}")
    total = sum(sum(answers.values()) for answers in report.answers.values())
    print(f"\n{total} statements, {sum(report.classes.values())} disagreements, {sum(report.wordings.values())} differences of wording, "
          f"{sum(report.known.values())} known differences, seeds {arguments.seed} to {arguments.seed + arguments.rounds - 1}, {seconds:.0f} s")
    return 1 if report.classes else 0


if __name__ == "__main__":
    sys.exit(main())

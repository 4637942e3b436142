"""Random writes with explicit timestamps, full of ties, and TTLs: what remains of each partition must be the same on
Nacre and on a real Cassandra, down to the timestamps and TTLs of single cells.

    PYTHONPATH=tests .venv/bin/python -m agreement.reconciliation --nacre HOST:PORT --cassandra HOST:PORT [--seed N] [--partitions N]

A partition that differs is shown with its writes; `--only N` runs that one alone.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterable

from harness import golden

KEYSPACE = "cells_reconciled"
SCHEMA = (
    f"DROP KEYSPACE IF EXISTS {KEYSPACE}",
    f"CREATE KEYSPACE {KEYSPACE} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}",
    f"USE {KEYSPACE}",
    "CREATE TYPE u (a int, b text)",
    "CREATE TABLE t (p int, c int, s int static, sm map<int, int> static, v int, w text, l list<int>, m map<int, text>, "
    "st set<int>, u u, PRIMARY KEY (p, c))",
)
FIGURED = ("s", "sm", "v", "w", "l", "m", "st", "u")
TIMESTAMPS = 5
# Apart by more than the time that a run takes, so that clocks which tick between two writes decide nothing.
LONG_TTLS = (100_000, 200_000)
SHORT_TTL = 1


class Writer:
    """The writes of one partition."""

    def __init__(self, partition: int, seed: int):
        self._random = random.Random(f"{seed}/{partition}")
        self._partition = partition
        # Which lists a write by index sees must not hang on the second in which it runs.
        self._with_lists = self._random.random() < 0.4
        self.rows_expire = not self._with_lists
        self._ttls = (*LONG_TTLS, SHORT_TTL) if self.rows_expire else LONG_TTLS

    def statements(self) -> list[str]:
        return [self._batch() if self._chance(0.15) else self._write(True) for _ in range(self._random.randint(2, 14))]

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _pick(self, *choices):
        return self._random.choice(choices)

    def _int(self) -> int:
        return self._random.randint(0, 3)

    def _batch(self) -> str:
        """All of it at one time."""
        writes = "; ".join(self._write(False) for _ in range(self._random.randint(2, 4)))
        return f"BEGIN BATCH USING TIMESTAMP {self._random.randint(1, TIMESTAMPS)} {writes}; APPLY BATCH"

    def _using(self, timestamp: bool, ttl: bool) -> str:
        parts = [f"TIMESTAMP {self._random.randint(1, TIMESTAMPS)}"] if timestamp else []
        if ttl and self._chance(0.35):
            parts.append(f"TTL {self._pick(*self._ttls)}")
        return f" USING {' AND '.join(parts)}" if parts else ""

    def _write(self, timestamp: bool) -> str:
        write = self._random.choices((self._insert, self._update, self._delete), (4, 6, 3))[0]
        return write(timestamp)

    def _text(self) -> str:
        return self._pick("''", "'a'", "'b'", "'c'")

    def _whole(self, column: str) -> str:
        if self._chance(0.15):
            return "null"
        count = self._random.randint(0, 3)
        if column in ("s", "v"):
            return str(self._int())
        if column == "w":
            return self._text()
        if column == "l":
            return "[" + ", ".join(str(self._int()) for _ in range(count)) + "]"
        if column == "st":
            return self._set(count)
        if column == "u":
            return self._pick("{a: 1, b: 'x'}", "{a: 2}", "{b: 'y'}", "{a: null, b: 'z'}")
        return self._map(column, count)

    def _set(self, count: int) -> str:
        return "{" + ", ".join(str(self._int()) for _ in range(count)) + "}"

    def _map(self, column: str, count: int) -> str:
        value = self._text if column == "m" else self._int
        return "{" + ", ".join(f"{key}: {value()}" for key in self._random.sample(range(4), count)) + "}"

    def _columns(self) -> list[str]:
        columns = ["v", "w", "m", "st", "u"] + (["l"] if self._with_lists else [])
        return self._random.sample(columns, self._random.randint(0, 2))

    def _static_columns(self) -> list[str]:
        return self._random.sample(["s", "sm"], self._random.randint(1, 2))

    def _insert(self, timestamp: bool) -> str:
        alone = self._chance(0.15)
        columns = self._static_columns() if alone or self._chance(0.15) else []
        names, values = ["p"], [str(self._partition)]
        if not alone:
            columns += self._columns()
            names.append("c")
            values.append(str(self._int()))
        names += columns
        values += [self._whole(column) for column in columns]
        return f"INSERT INTO t ({', '.join(names)}) VALUES ({', '.join(values)}){self._using(timestamp, True)}"

    def _change(self, column: str) -> str:
        if column in ("s", "v", "w") or self._chance(0.35):
            return f"{column} = {self._whole(column)}"
        if column == "u":
            return self._pick("u.a = 1", "u.a = 2", "u.a = null", "u.b = 'b'", "u.b = null")
        if column == "st":
            return f"st = st {self._pick('+', '-')} {self._set(self._random.randint(0, 2))}"
        if column == "l":
            return self._pick(f"l = l + [{self._int()}]", f"l = [{self._int()}] + l", f"l = l - [{self._int()}]",
                              f"l[{self._int()}] = {self._pick('null', '7')}")
        how = self._random.randint(0, 2)
        if how == 0:
            value = "null" if self._chance(0.3) else self._text() if column == "m" else self._int()
            return f"{column}[{self._int()}] = {value}"
        if how == 1:
            return f"{column} = {column} + {self._map(column, self._random.randint(0, 2))}"
        return f"{column} = {column} - {self._set(self._random.randint(0, 2))}"

    def _where(self) -> str:
        rows = f"c IN ({self._int()}, {self._int()})" if self._chance(0.15) else f"c = {self._int()}"
        return f"p = {self._partition} AND {rows}"

    def _update(self, timestamp: bool) -> str:
        static = self._chance(0.2)
        columns = self._static_columns() if static else self._columns() or ["v"]
        changes = ", ".join(self._change(column) for column in columns)
        where = f"p = {self._partition}" if static else self._where()
        return f"UPDATE t{self._using(timestamp, True)} SET {changes} WHERE {where}"

    def _delete(self, timestamp: bool) -> str:
        using = self._using(timestamp, False)
        how = self._random.randint(0, 9)
        if how == 0:
            return f"DELETE FROM t{using} WHERE p = {self._partition}"
        if how <= 2:
            low, high = sorted((self._int(), self._int()))
            bound = self._pick(f"c >= {low} AND c < {high}", f"c > {low}", f"c <= {high}", f"c > {low} AND c <= {high}")
            return f"DELETE FROM t{using} WHERE p = {self._partition} AND {bound}"
        if how == 3:
            column = self._pick("s", "sm", f"sm[{self._int()}]")
            return f"DELETE {column} FROM t{using} WHERE p = {self._partition}"
        if how <= 5:
            return f"DELETE FROM t{using} WHERE {self._where()}"
        choices = ["v", "w", "m", "st", "u", "u.a", f"m[{self._int()}]", f"st[{self._int()}]"]
        choices += ["l", f"l[{self._int()}]"] if self._with_lists else []
        return f"DELETE {self._pick(*choices)} FROM t{using} WHERE {self._where()}"


def coarse(value):
    """A TTL, or a list of them, less the seconds that passed since the write."""
    if value is None:
        return None
    return [coarse(each) for each in value] if isinstance(value, list) else round(value / 1000)


def questions(partition: int, rows_expire: bool) -> list[str]:
    figures = ", ".join(f"writetime({c}), ttl({c})" for c in FIGURED)
    # Once a row's marker has expired, Cassandra forgets older cells of columns that are not asked for.
    some = "*" if rows_expire else "c, v"
    asked = [
        f"SELECT c, {', '.join(FIGURED)}, {figures} FROM t WHERE p = {partition}",
        f"SELECT {some} FROM t WHERE p = {partition} AND c >= 1 AND c < 3 ORDER BY c DESC",
        f"SELECT {some} FROM t WHERE p = {partition} AND c = 2",
    ]
    return asked if rows_expire else [*asked, f"SELECT DISTINCT p, s, sm FROM t WHERE p = {partition}"]


class Side:
    def __init__(self, contact: str):
        host, port = contact.rsplit(":", 1)
        self._client = golden.Client(host, int(port))
        for statement in SCHEMA:
            answer = self._client.answer(statement)
            assert answer == "OK", answer

    def write(self, statement: str) -> str:
        return self._client.answer(statement)

    def read(self, asked: list[str]) -> list:
        answers = []
        for question in asked:
            rows = self._client.execute(question)
            figured = question.startswith("SELECT c, s,")
            answers.append([self._row(row) if figured else tuple(row) for row in rows])
        return answers

    @staticmethod
    def _row(row: tuple) -> tuple:
        plain = 1 + len(FIGURED)
        times = row[plain:]
        return (*row[:plain], *times[0::2], *(coarse(each) for each in times[1::2]))

    def close(self) -> None:
        self._client.answer(f"DROP KEYSPACE {KEYSPACE}")
        self._client.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nacre", required=True, metavar="HOST:PORT")
    parser.add_argument("--cassandra", required=True, metavar="HOST:PORT")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--partitions", type=int, default=300)
    parser.add_argument("--only", type=int, metavar="PARTITION")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.randrange(1 << 32)
    partitions = [arguments.only] if arguments.only is not None else range(arguments.partitions)
    return 0 if agree(arguments.nacre, arguments.cassandra, seed, partitions) else 1


def agree(nacre: str, cassandra: str, seed: int, partitions: Iterable[int]) -> bool:
    """Whether every partition is the same on both; prints those that are not, and a line of counts."""
    sides = [Side(cassandra), Side(nacre)]
    wrong = set()
    writers = {partition: Writer(partition, seed) for partition in partitions}
    writes = {partition: writer.statements() for partition, writer in writers.items()}
    for partition, statements in writes.items():
        for statement in statements:
            expected, actual = (side.write(statement) for side in sides)
            if expected != actual:
                wrong.add(partition)
                print(f"partition {partition}: {statement}\n  Cassandra: {expected}\n  Nacre: {actual}")
    time.sleep(SHORT_TTL + 1.5)
    for partition in partitions:
        asked = questions(partition, writers[partition].rows_expire)
        for question, expected, actual in zip(asked, *(side.read(asked) for side in sides)):
            if repr(expected) != repr(actual):
                wrong.add(partition)
                print(f"partition {partition}: {question}\n  Cassandra: {expected}\n  Nacre: {actual}")
    for partition in sorted(wrong)[:10]:
        print(f"partition {partition} was written by:\n  " + ";\n  ".join(writes[partition]))
    count = sum(len(each) for each in writes.values())
    print(f"seed {seed}: {count} writes in {len(writes)} partitions, {len(wrong)} of them differ")
    for side in sides:
        side.close()
    return not wrong


if __name__ == "__main__":
    sys.exit(main())

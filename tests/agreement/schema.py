"""Random tables and user types."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from agreement.cql_types import List, Map, Native, Set, Tuple, Type, UserType, random_native, random_type


@dataclass
class Column:
    name: str
    type: Type
    kind: str  # partition | clustering | static | regular
    descending: bool = False


@dataclass
class Table:
    keyspace: str
    name: str
    columns: list[Column] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    dropped: list[Column] = field(default_factory=list)
    _names: int = 0

    def of(self, *kinds: str) -> list[Column]:
        return [column for column in self.columns if column.kind in kinds]

    def new_name(self, prefix: str) -> str:
        self._names += 1
        return f"{prefix}{self._names}"

    def create(self) -> str:
        lines = [f"{c.name} {c.type.text()}{' STATIC' if c.kind == 'static' else ''}" for c in self.columns]
        partition = ", ".join(c.name for c in self.of("partition"))
        if len(self.of("partition")) > 1 or self.name.endswith("7"):
            partition = f"({partition})"
        key = ", ".join([partition] + [c.name for c in self.of("clustering")])
        options = list(self.options)
        clustering = self.of("clustering")
        if any(c.descending for c in clustering):
            order = ", ".join(f"{c.name} {'DESC' if c.descending else 'ASC'}" for c in clustering)
            options.insert(0, f"CLUSTERING ORDER BY ({order})")
        text = f"CREATE TABLE {self.name} ({', '.join(lines)}, PRIMARY KEY ({key}))"
        return text + (" WITH " + " AND ".join(options) if options else "")


# What a key column may be: any type but counter and duration, collections frozen.
def key_type(rng: random.Random, user_types: list[UserType]) -> Type:
    if rng.random() < 0.8:
        return random_native(rng, ("duration",))
    return random_type(rng, user_types, 1, True, ("duration",))


OPTIONS = ("default_time_to_live = 864000", "gc_grace_seconds = 100", "comment = 'it''s'", "speculative_retry = 'ALWAYS'",
           "bloom_filter_fp_chance = 0.1", "compression = {'class': 'LZ4Compressor', 'chunk_length_in_kb': 32}",
           "compaction = {'class': 'LeveledCompactionStrategy', 'sstable_size_in_mb': 100}",
           "caching = {'keys': 'NONE', 'rows_per_partition': '10'}", "min_index_interval = 64 AND max_index_interval = 1024",
           "memtable_flush_period_in_ms = 1000", "crc_check_chance = 0.5", "read_repair = 'NONE'", "cdc = false")


def random_user_type(rng: random.Random, keyspace: str, name: str, existing: list[UserType]) -> UserType:
    fields = tuple((rng.choice((f"f{i}", f'"F {i}"', f"f{i}")), random_type(rng, existing, 1, True, ()))
                   for i in range(rng.choice((1, 2, 3))))
    return UserType(keyspace, name, fields, True)


def create_user_type(kind: UserType) -> str:
    fields = ", ".join(f"{name} {part.text()}" for name, part in kind.fields)
    return f"CREATE TYPE {kind.name} ({fields})"


def random_table(rng: random.Random, keyspace: str, name: str, user_types: list[UserType]) -> Table:
    table = Table(keyspace, name)

    def add(prefix: str, kind: str, column_type: Type) -> None:
        column_name = table.new_name(prefix)
        if rng.random() < 0.06:
            column_name = f'"{column_name.upper()} x"'
        # Collections in descending order are taken for other types by Cassandra in several places, and
        # their elements aren't put in order.
        descending = kind == "clustering" and isinstance(column_type, Native) and rng.random() < 0.4
        table.columns.append(Column(column_name, column_type, kind, descending))

    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        add("k", "partition", key_type(rng, user_types))
    for _ in range(rng.choice((0, 1, 1, 2, 2, 3))):
        add("c", "clustering", key_type(rng, user_types))
    if table.of("clustering"):
        for _ in range(rng.choice((0, 0, 1, 2))):
            add("s", "static", random_type(rng, user_types))
    for _ in range(rng.choice((0, 1, 2, 3, 4, 5))):
        add("v", "regular", random_type(rng, user_types))
    if rng.random() < 0.3:
        table.options = rng.sample(OPTIONS, rng.choice((1, 2)))
    return table


def plain_table(rng: random.Random, keyspace: str, name: str, user_types: list[UserType]) -> Table:
    """A table of simple types: deep on reading and writing rather than wide on types."""
    table = Table(keyspace, name)
    simple = lambda: Native(rng.choice(("int", "int", "text", "bigint", "double", "timestamp", "boolean")))  # noqa: E731
    for i in range(rng.choice((1, 1, 2))):
        table.columns.append(Column(table.new_name("k"), Native(rng.choice(("int", "text"))), "partition"))
    for i in range(rng.choice((1, 2, 3))):
        table.columns.append(Column(table.new_name("c"), simple(), "clustering", rng.random() < 0.4))
    for i in range(rng.choice((0, 1, 2))):
        table.columns.append(Column(table.new_name("s"), rng.choice((simple(), List(simple(), False), Map(simple(), simple(), False))), "static"))
    choices = [simple, simple, simple, lambda: List(simple(), False), lambda: Set(simple(), False), lambda: Map(simple(), simple(), False),
               lambda: Tuple((simple(), simple())), lambda: List(simple(), True), lambda: Set(simple(), True), lambda: Map(simple(), simple(), True)]
    if user_types:
        choices += [lambda: UserType(user_types[0].keyspace, user_types[0].name, user_types[0].fields, rng.random() < 0.4)] * 2
    for i in range(rng.choice((2, 3, 4, 5))):
        table.columns.append(Column(table.new_name("v"), rng.choice(choices)(), "regular"))
    return table

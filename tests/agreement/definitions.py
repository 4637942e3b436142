"""Random changes of the schema, right and wrong."""

from __future__ import annotations

import random

from agreement import schema
from agreement.cql_types import UserType, names_type, random_type
from agreement.schema import Column, Table
from agreement.statement import Statement


class Definitions:
    def __init__(self, rng: random.Random, keyspace: str, user_types: list[UserType], tables: list[Table], readd: bool):
        """`readd`: columns that were dropped may come back. Cassandra then hides what is written later with
        a time before the dropping, so not together with explicit timestamps."""
        self._rng = rng
        self._keyspace = keyspace
        self._user_types = user_types
        self._tables = tables
        self._readd = readd

    def statement(self) -> Statement:
        rng = self._rng
        pick = rng.random()
        table = rng.choice(self._tables)
        if pick < 0.25:
            return self._add_column(table)
        if pick < 0.40:
            return self._drop_column(table)
        if pick < 0.48:
            return self._rename(table)
        if pick < 0.62:
            options = " AND ".join(rng.sample(schema.OPTIONS, rng.choice((1, 2))))
            return Statement([f"ALTER TABLE {table.name} WITH {options}"], "alter table")
        if pick < 0.70:
            return Statement([f"ALTER TABLE {table.name} WITH {rng.choice(BAD_OPTIONS)}"], "alter table")
        if pick < 0.76:
            return self._alter_type()
        if pick < 0.82:
            return self._new_type()
        if pick < 0.88:
            return Statement([rng.choice(BAD_STATEMENTS).format(t=table.name, ks=self._keyspace, k=table.columns[0].name)], "wrong definition")
        return self._new_table()

    def _add_column(self, table: Table) -> Statement:
        rng = self._rng
        if self._readd and table.dropped and rng.random() < 0.4:
            old = rng.choice(table.dropped)
            column = Column(old.name, old.type if rng.random() < 0.7 else random_type(rng, self._user_types), old.kind)
        else:
            kind = "static" if table.of("clustering") and rng.random() < 0.2 else "regular"
            column = Column(table.new_name("v"), random_type(rng, self._user_types), kind)
        static = " STATIC" if column.kind == "static" else ""

        def learn() -> None:
            table.columns.append(column)
            table.dropped = [old for old in table.dropped if old.name != column.name]

        return Statement([f"ALTER TABLE {table.name} ADD {column.name} {column.type.text()}{static}"], "alter table", learn)

    def _drop_column(self, table: Table) -> Statement:
        rng = self._rng
        column = rng.choice(table.columns)

        def learn() -> None:
            table.columns.remove(column)
            table.dropped.append(column)

        return Statement([f"ALTER TABLE {table.name} DROP {column.name}"], "alter table", learn)

    def _rename(self, table: Table) -> Statement:
        column = self._rng.choice(table.columns)
        name = table.new_name("r")

        def learn() -> None:
            column.name = name

        return Statement([f"ALTER TABLE {table.name} RENAME {column.name} TO {name}"], "alter table", learn)

    def _used(self, name: str) -> list[Column]:
        return [c for t in self._tables for c in t.columns if uses(c.type, name)]

    def _alter_type(self) -> Statement:
        rng = self._rng
        if not self._user_types:
            return self._new_type()
        kind = rng.choice(self._user_types)
        if rng.random() < 0.5:
            return Statement([f"ALTER TYPE {kind.name} ADD {kind.fields[0][0]} int"], "alter type")
        return Statement([f"ALTER TYPE {rng.choice((kind.name, 'nothing'))} RENAME {rng.choice((kind.fields[0][0], 'zz'))} TO {kind.fields[-1][0]}"], "alter type")

    def _new_type(self) -> Statement:
        rng = self._rng
        name = f"t{len(self._user_types)}" if rng.random() < 0.7 else f"t{rng.randint(0, 3)}"
        kind = schema.random_user_type(rng, self._keyspace, name, self._user_types)
        return Statement([schema.create_user_type(kind)], "create type", lambda: self._user_types.append(kind))

    def _new_table(self) -> Statement:
        rng = self._rng
        table = schema.random_table(rng, self._keyspace, f"tab{rng.randint(0, 99)}", self._user_types)
        return Statement([table.create()], "create table", lambda: self._tables.append(table))


def uses(kind, name: str) -> bool:
    return names_type(kind, name)


BAD_OPTIONS = (
    "nothing = 1", "default_time_to_live = -1", "default_time_to_live = 'x'", "gc_grace_seconds = -1", "bloom_filter_fp_chance = 2",
    "bloom_filter_fp_chance = 0", "comment = 1", "compaction = {'class': 'Nothing'}", "compaction = {}", "compression = {'class': 'Nothing'}",
    "compression = {'chunk_length_in_kb': 3}", "caching = {'keys': 'SOME'}", "caching = {'x': 'ALL'}", "min_index_interval = 0", "max_index_interval = 1",
    "speculative_retry = 'sometimes'", "speculative_retry = '200PERCENTILE'", "crc_check_chance = 3", "read_repair = 'MAYBE'", "id = 5",
    "memtable_flush_period_in_ms = -4", "default_time_to_live = 630720001", "extensions = {'a': 'b'}", "comment = 'a' AND comment = 'b'",
    "compaction = {'class': 'SizeTieredCompactionStrategy', 'min_threshold': '1'}", "compaction = {'class': 'SizeTieredCompactionStrategy', 'x': '1'}",
)

BAD_STATEMENTS = (
    "CREATE TABLE {t} (a int PRIMARY KEY)", "CREATE TABLE IF NOT EXISTS {t} (a int PRIMARY KEY)", "DROP TABLE nothing", "DROP TABLE IF EXISTS nothing",
    "CREATE TABLE bad (a int, b int)", "CREATE TABLE bad (a int PRIMARY KEY, a int)", "CREATE TABLE bad (a int PRIMARY KEY, b int PRIMARY KEY)",
    "CREATE TABLE bad (a list<int> PRIMARY KEY)", "CREATE TABLE bad (a frozen<list<int>> PRIMARY KEY, b list<list<int>>)",
    "CREATE TABLE bad (a int, b duration, PRIMARY KEY (a, b))", "CREATE TABLE bad (a int PRIMARY KEY, b nothing)", "CREATE TABLE bad (a int, PRIMARY KEY (a, b))",
    "CREATE TABLE bad (a int, b int STATIC, PRIMARY KEY (a))", "CREATE TABLE bad (a int, b int, PRIMARY KEY (a, b)) WITH CLUSTERING ORDER BY (a ASC)",
    "CREATE TABLE bad (a int, b int, c int, PRIMARY KEY (a, b, c)) WITH CLUSTERING ORDER BY (c DESC, b ASC)",
    "CREATE TABLE bad (a int, b int, c int, PRIMARY KEY (a, b, c)) WITH CLUSTERING ORDER BY (b DESC)", "CREATE TABLE bad (a int PRIMARY KEY, b set<duration>)",
    "CREATE TABLE bad (a int PRIMARY KEY, b map<duration, int>)", "CREATE TABLE bad (a int PRIMARY KEY, b frozen<int>)", "CREATE TABLE bad (a counter PRIMARY KEY)",
    "CREATE TABLE bad (a int PRIMARY KEY, b list<counter>)", "CREATE TABLE bad (a int PRIMARY KEY, b vector<int, 0>)", "CREATE TABLE bad (a int PRIMARY KEY, b vector<int, 9000>)",
    "CREATE TABLE nothing.bad (a int PRIMARY KEY)", "CREATE TABLE system.bad (a int PRIMARY KEY)", "CREATE TABLE bad () WITH comment = 'x'",
    "CREATE TABLE bad (a int STATIC, b int, c int, PRIMARY KEY (a, b))", "CREATE TABLE \"b ad\" (a int PRIMARY KEY)", "CREATE TYPE bad (a list<list<int>>)",
    "CREATE TYPE bad (a int, a text)", "CREATE TYPE bad (a nothing)", "CREATE TYPE bad (a counter)", "CREATE TYPE bad (a bad)", "CREATE TYPE int (a int)",
    "DROP TYPE nothing", "DROP TYPE IF EXISTS nothing", "DROP TYPE t0", "DROP KEYSPACE nothing", "DROP KEYSPACE IF EXISTS nothing", "DROP KEYSPACE system",
    "CREATE KEYSPACE {ks} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}", "CREATE KEYSPACE bad",
    "CREATE KEYSPACE IF NOT EXISTS {ks} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}",
    "CREATE KEYSPACE bad WITH replication = {{'class': 'Nothing'}}", "CREATE KEYSPACE bad WITH replication = {{'class': 'SimpleStrategy'}}",
    "CREATE KEYSPACE bad WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 'x'}}", "CREATE KEYSPACE bad WITH nothing = 1",
    "CREATE KEYSPACE bad WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}} AND durable_writes = 3", "CREATE KEYSPACE bad WITH replication = {{}}",
    "ALTER KEYSPACE {ks} WITH durable_writes = true", "ALTER KEYSPACE nothing WITH durable_writes = true", "ALTER KEYSPACE IF EXISTS nothing WITH durable_writes = true",
    "ALTER TABLE nothing ADD x int", "ALTER TABLE IF EXISTS nothing ADD x int", "ALTER TABLE {t} ADD {k} int", "ALTER TABLE {t} ADD IF NOT EXISTS {k} int",
    "ALTER TABLE {t} DROP {k}", "ALTER TABLE {t} DROP nothing", "ALTER TABLE {t} DROP IF EXISTS nothing", "ALTER TABLE {t} RENAME nothing TO x",
    "ALTER TABLE {t} RENAME {k} TO {k}", "ALTER TABLE {t} ADD x counter", "ALTER TABLE {t} ADD x nothing", "ALTER TABLE {t} ALTER {k} TYPE text",
    "ALTER TABLE {t} ADD (x int, x text)", "ALTER TABLE {t} WITH CLUSTERING ORDER BY ({k} DESC)", "USE nothing", "TRUNCATE nothing", "TRUNCATE nothing.x",
    "ALTER TYPE nothing ADD a int", "ALTER TYPE IF EXISTS nothing ADD a int", "DROP FUNCTION nothing", "DROP FUNCTION IF EXISTS nothing", "DROP AGGREGATE nothing",
    "DROP AGGREGATE IF EXISTS nothing", "DROP FUNCTION nothing(int)", "INSERT INTO nothing (a) VALUES (1)", "SELECT * FROM nothing", "SELECT * FROM nothing.x",
)

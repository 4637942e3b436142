"""Random changes of the schema, right and wrong."""

from __future__ import annotations

import dataclasses
import random

from agreement import schema
from agreement.cql_types import Native, Type, UserType, names_type, random_type
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
        if pick < 0.15:
            return self._add_column(table)
        if pick < 0.25:
            return self._add_columns(table)
        if pick < 0.35:
            return self._drop_column(table)
        if pick < 0.40:
            return self._drop_columns(table)
        if pick < 0.48:
            return self._rename(table)
        if pick < 0.62:
            options = " AND ".join(rng.sample(schema.OPTIONS + OPTIONS, rng.choice((1, 2))))
            return Statement([f"ALTER TABLE {table.name} WITH {options}"], "alter table")
        if pick < 0.70:
            return Statement([f"ALTER TABLE {table.name} WITH {rng.choice(BAD_OPTIONS)}"], "alter table")
        if pick < 0.73:
            return self._add_field()
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
            # With its own type: another one is refused there only.
            column = Column(old.name, old.type, old.kind)
        else:
            kind = "static" if table.of("clustering") and rng.random() < 0.2 else "regular"
            column = Column(self._new_name(table), random_type(rng, self._user_types), kind)
        if rng.random() < 0.1:
            # One that is there already, perhaps with another type.
            there = rng.choice(table.columns)
            conditional = rng.choice(("", "IF NOT EXISTS "))
            kind = rng.choice((there.type, Native("int"))).text()
            return Statement([f"ALTER TABLE {table.name} ADD {conditional}{there.name} {kind}"], "alter table")
        conditional = rng.choice(("", "", "IF NOT EXISTS "))
        text = f"ALTER TABLE {self._called(table)} ADD {conditional}{declared(column)}"
        return Statement([text], "alter table", lambda: table_learns(table, [column]))

    def _add_columns(self, table: Table) -> Statement:
        rng = self._rng
        columns = [Column(self._new_name(table), random_type(rng, self._user_types), "regular") for _ in range(rng.choice((1, 2, 3)))]
        listed = ", ".join(declared(column) for column in columns)
        return Statement([f"ALTER TABLE {table.name} ADD ({listed})"], "alter table", lambda: table_learns(table, columns))

    def _new_name(self, table: Table) -> str:
        name = table.new_name("v")
        return self._rng.choice((name, name, name, f'"{name.upper()}"', f'"{name} ""x"', name.upper()))

    def _called(self, table: Table) -> str:
        return self._rng.choice((table.name, f"{self._keyspace}.{table.name}", f'"{table.name}"'))

    def _drop_columns(self, table: Table) -> Statement:
        rng = self._rng
        columns = rng.sample(table.columns, min(len(table.columns), rng.choice((1, 2, 2))))
        listed = ", ".join(column.name for column in columns)
        conditional = rng.choice(("", "", "IF EXISTS "))

        def learn() -> None:
            for column in columns:
                table.columns.remove(column)
                table.dropped.append(column)

        return Statement([f"ALTER TABLE {table.name} DROP {conditional}({listed})"], "alter table", learn)

    def _drop_column(self, table: Table) -> Statement:
        rng = self._rng
        column = rng.choice(table.columns)

        def learn() -> None:
            table.columns.remove(column)
            table.dropped.append(column)

        # Before or after everything that was written.
        at = rng.choice(("", "", "", " USING TIMESTAMP 5", " USING TIMESTAMP 1800000000000000"))
        conditional = rng.choice(("", "", "IF EXISTS "))
        return Statement([f"ALTER TABLE {table.name} DROP {conditional}{column.name}{at}"], "alter table", learn)

    def _rename(self, table: Table) -> Statement:
        column = self._rng.choice(table.columns)
        name = table.new_name("r")

        if self._rng.random() < 0.2:
            keys = table.of("partition", "clustering")
            pairs = {column.name: table.new_name("r") for column in self._rng.sample(keys, min(2, len(keys)))}

            def learn_all() -> None:
                for each in keys:
                    each.name = pairs.get(each.name, each.name)

            renames = " AND ".join(f"{old} TO {new}" for old, new in pairs.items())
            return Statement([f"ALTER TABLE {table.name} RENAME {renames}"], "alter table", learn_all)

        def learn() -> None:
            column.name = name

        return Statement([f"ALTER TABLE {table.name} RENAME {column.name} TO {name}"], "alter table", learn)

    def _used(self, name: str) -> list[Column]:
        return [c for t in self._tables for c in t.columns if uses(c.type, name)]

    def _add_field(self) -> Statement:
        """A field more: every column of the type has values with one field more from then on."""
        rng = self._rng
        if not self._user_types:
            return self._new_type()
        kind = rng.choice(self._user_types)
        name = rng.choice((f"g{rng.randint(0, 99)}", f'"G {rng.randint(0, 99)}"', kind.fields[0][0]))
        others = [other for other in self._user_types if other.name != kind.name and not names_user_type(other, kind.name)]
        part = random_type(rng, others, 1, True)
        grown = kind.fields + ((name, part),)

        def learn() -> None:
            self._user_types[:] = [with_fields(one, kind.name, grown) for one in self._user_types]
            for table in self._tables:
                for column in table.columns + table.dropped:
                    column.type = with_fields(column.type, kind.name, grown)

        conditional = rng.choice(("", "", "IF NOT EXISTS "))
        return Statement([f"ALTER TYPE {kind.name} ADD {conditional}{name} {part.text()}"], "alter type",
                         None if name in (field for field, _ in kind.fields) else learn)

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


def declared(column: Column) -> str:
    return f"{column.name} {column.type.text()}{' STATIC' if column.kind == 'static' else ''}"


def table_learns(table: Table, columns: list[Column]) -> None:
    table.columns += columns
    added = {column.name for column in columns}
    table.dropped = [old for old in table.dropped if old.name not in added]


def with_fields(kind: Type, name: str, fields: tuple) -> Type:
    """The type with these fields in the user type of that name, however deep it lies in it."""
    if isinstance(kind, UserType) and kind.name == name:
        return dataclasses.replace(kind, fields=fields)
    changed = {}
    for part in dataclasses.fields(kind):
        value = getattr(kind, part.name)
        if isinstance(value, Type):
            changed[part.name] = with_fields(value, name, fields)
        elif part.name == "parts":
            changed[part.name] = tuple(with_fields(one, name, fields) for one in value)
        elif part.name == "fields":
            changed[part.name] = tuple((field, with_fields(one, name, fields)) for field, one in value)
    return dataclasses.replace(kind, **changed) if changed else kind


def names_user_type(kind: Type, name: str) -> bool:
    return with_fields(kind, name, (("probe", Native("int")),)) != kind


# More than tables are created with: every option and spelling.
OPTIONS = (
    "comment = ''", "additional_write_policy = '95p'", "additional_write_policy = 'NEVER'", "speculative_retry = '50ms'",
    "speculative_retry = 'MAX(99p, 10ms)'", "speculative_retry = 'NONE'", "allow_auto_snapshot = false", "incremental_backups = false",
    "memtable = 'default'", "max_index_interval = 4096", "bloom_filter_fp_chance = 1", "bloom_filter_fp_chance = 1.0", "crc_check_chance = 0",
    "gc_grace_seconds = 0", "default_time_to_live = 0", "compression = {'enabled': 'false'}", "compression = {'enabled': false}",
    "compression = {'class': 'SnappyCompressor', 'chunk_length_in_kb': '64', 'min_compress_ratio': '1.1'}",
    "compression = {'class': 'org.apache.cassandra.io.compress.ZstdCompressor', 'compression_level': '3'}", "compression = {'class': 'DeflateCompressor'}",
    "compression = {'sstable_compression': 'LZ4Compressor'}", "compression = {'class': 'LZ4Compressor', 'lz4_compressor_type': 'high'}",
    "compaction = {'class': 'SizeTieredCompactionStrategy', 'min_threshold': '3', 'max_threshold': 9, 'bucket_low': '0.6'}",
    "compaction = {'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': 'HOURS', 'compaction_window_size': 2}",
    "compaction = {'class': 'UnifiedCompactionStrategy', 'scaling_parameters': 'T4'}", "compaction = {'class': 'LeveledCompactionStrategy', 'fanout_size': 8}",
    "compaction = {'class': 'org.apache.cassandra.db.compaction.LeveledCompactionStrategy', 'enabled': 'false'}",
    "compaction = {'class': 'SizeTieredCompactionStrategy', 'tombstone_threshold': '0.3', 'tombstone_compaction_interval': '100'}",
    "caching = {'keys': 'ALL'}", "caching = {'rows_per_partition': 'ALL'}", "caching = {'keys': 'none', 'rows_per_partition': 7}", "cdc = true", "cdc = 'true'",
    "extensions = {}", "read_repair = 'blocking'", "read_repair = 'NONE' AND comment = 'two'", "gc_grace_seconds = '12'", "default_time_to_live = 12.0",
)


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
    "CREATE KEYSPACE bad WITH replication = {{'class': 'Nothing'}}", 
    "CREATE KEYSPACE bad WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 'x'}}", "CREATE KEYSPACE bad WITH nothing = 1",
    "CREATE KEYSPACE bad WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}} AND durable_writes = 3", "CREATE KEYSPACE bad WITH replication = {{}}",
    "ALTER KEYSPACE {ks} WITH durable_writes = true", "ALTER KEYSPACE nothing WITH durable_writes = true", "ALTER KEYSPACE IF EXISTS nothing WITH durable_writes = true",
    "ALTER TABLE nothing ADD x int", "ALTER TABLE IF EXISTS nothing ADD x int", "ALTER TABLE {t} ADD {k} int", "ALTER TABLE {t} ADD IF NOT EXISTS {k} int",
    "ALTER TABLE {t} DROP {k}", "ALTER TABLE {t} DROP nothing", "ALTER TABLE {t} DROP IF EXISTS nothing", "ALTER TABLE {t} RENAME nothing TO x",
    "ALTER TABLE {t} RENAME {k} TO {k}", "ALTER TABLE {t} ADD x counter", "ALTER TABLE {t} ADD x nothing", "ALTER TABLE {t} ALTER {k} TYPE text",
    "ALTER TABLE {t} ADD (x int, x text)", "ALTER TABLE {t} WITH CLUSTERING ORDER BY ({k} DESC)", "USE nothing", "TRUNCATE nothing", "TRUNCATE nothing.x",
    "CREATE TABLE bad2 (a int PRIMARY KEY, \"B b\" frozen<set<int>>, c \"int\")", "DROP TABLE IF EXISTS {ks}.nothing", "DROP TABLE {ks}.{t}x",
    "CREATE TABLE bad3 (a frozen<tuple<int, duration>> PRIMARY KEY)", "CREATE TABLE bad3 (a int PRIMARY KEY, b tuple<>)", "CREATE TYPE bad ()",
    "CREATE TABLE bad3 (a int PRIMARY KEY, b vector<duration, 2>)", "CREATE TABLE bad3 (a int PRIMARY KEY, b 'Int32Type')", "CREATE TABLE bad3 (a int PRIMARY KEY, b 'Nothing')",
    "CREATE TABLE bad3 (a int PRIMARY KEY) WITH comment = 'a' AND nothing = 'x'", "CREATE TABLE bad3 (a int PRIMARY KEY) WITH CLUSTERING ORDER BY (a DESC)",
    "ALTER TABLE {t} WITH id = 5b1c1a60-2b2e-11ee-be56-0242ac120002", "ALTER TABLE {t} RENAME {k} TO other AND {k} TO another", "ALTER TABLE {t} ADD (y int, {k} int)",
    "ALTER TABLE {t} DROP (nothing, nothing2)", "ALTER TABLE {t} DROP IF EXISTS (nothing, nothing2)", "ALTER TABLE {t} ADD s static int", "ALTER TABLE {t} ADD x int PRIMARY KEY",
    "DROP TABLE {ks}", "ALTER KEYSPACE {ks} WITH replication = {{'class': 'Nothing'}}", "ALTER KEYSPACE {ks} WITH nothing = true",
    "ALTER KEYSPACE {ks} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}} AND durable_writes = false",
    
    "CREATE TYPE IF NOT EXISTS t0 (a int)", "CREATE TYPE {ks}.t0 (a int)", "CREATE TYPE bad (a frozen<bad2>)", "CREATE TYPE \"Bad Type\" (\"A a\" int, b frozen<list<int>>)",
    "DROP TYPE \"Bad Type\"", "DESCRIBE TABLE nothing", "DESCRIBE TYPE t0", "DESCRIBE TABLE {t}", "DESCRIBE {t}", "DESCRIBE KEYSPACE nothing", "DESCRIBE nothing",
    "DESCRIBE TABLE {ks}.{t}", "DESCRIBE TYPE nothing", "DESCRIBE INDEX nothing", "DESCRIBE FUNCTION nothing", "DESCRIBE MATERIALIZED VIEW nothing", "DESCRIBE TABLES",
    "DESCRIBE TYPES", "DESCRIBE ONLY KEYSPACE {ks}",
    "ALTER TYPE nothing ADD a int", "ALTER TYPE IF EXISTS nothing ADD a int", "DROP FUNCTION nothing", "DROP FUNCTION IF EXISTS nothing", "DROP AGGREGATE nothing",
    "DROP AGGREGATE IF EXISTS nothing", "DROP FUNCTION nothing(int)", "INSERT INTO nothing (a) VALUES (1)", "SELECT * FROM nothing", "SELECT * FROM nothing.x",
)

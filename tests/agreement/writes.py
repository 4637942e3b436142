"""Random INSERT, UPDATE, DELETE, BATCH and TRUNCATE."""

from __future__ import annotations

import random

from agreement.cql_types import NULL, List, Map, Set, UserType, Value
from agreement.relations import Pools, Relations, shuffled, where
from agreement.schema import Column, Table
from agreement.statement import Statement, Words, big_int, small_int

# Few timestamps, so that ties are common; a statement without one gets the connection's clock, which
# is far above.
TIMESTAMPS = (1, 2, 3, 10, 10, 10, 11, 1000)
TTLS = (0, 100000, 200000, 630720000)
BAD_TTLS = (-1, 630720001)


class Writes:
    def __init__(self, rng: random.Random, pools: Pools, timestamps: bool):
        self._rng = rng
        self._pools = pools
        self._relations = Relations(rng, pools)
        self.timestamps = timestamps

    def statement(self, table: Table) -> Statement:
        pick = self._rng.random()
        if pick < 0.40:
            return Statement(self.insert(table).parts, "insert")
        if pick < 0.68:
            return Statement(self.update(table).parts, "update")
        if pick < 0.84:
            return Statement(self.delete(table).parts, "delete")
        if pick < 0.85:
            return Statement([f"TRUNCATE {self._rng.choice(('TABLE ', ''))}{table.name}"], "truncate")
        return Statement(self.batch(table).parts, "batch")

    def _using(self, ttl: bool = True) -> Words:
        rng = self._rng
        parts = []
        if self.timestamps and rng.random() < 0.7:
            parts.append(Words().add("TIMESTAMP ", big_int(rng.choice(TIMESTAMPS))))
        if ttl and rng.random() < 0.2:
            number = rng.choice(BAD_TTLS) if rng.random() < 0.03 else rng.choice(TTLS)
            parts.append(Words().add("TTL ", NULL if rng.random() < 0.02 else small_int(number)))
        if rng.random() < 0.5:
            parts.reverse()
        return Words().add(" USING ").joined(" AND ", parts) if parts else Words()

    def _value(self, table: Table, column: Column) -> Value:
        if column.kind not in ("partition", "clustering") and self._rng.random() < 0.1:
            return NULL
        return self._pools.value(table, column)

    def insert(self, table: Table) -> Words:
        rng = self._rng
        keys = table.of("partition", "clustering")
        others = table.of("static", "regular")
        chosen = [c for c in others if rng.random() < 0.6]
        if table.of("static") and rng.random() < 0.15:
            keys, chosen = table.of("partition"), [c for c in chosen if c.kind == "static"]
        columns = keys + chosen
        if rng.random() < 0.02:
            columns = [c for c in columns if rng.random() < 0.8]
        if rng.random() < 0.3:
            rng.shuffle(columns)
        names = [c.name for c in columns]
        values = [self._value(table, c) for c in columns]
        if rng.random() < 0.008:
            names.append(rng.choice((names[0] if names else "x", "nothing", "value")))
            values.append(Value("1", b"\0\0\0\1"))
        if rng.random() < 0.004:
            values = values[:-1]
        return (Words().add(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES (").joined(", ", values).add(")")
                .add(self._using()))

    def _assignment(self, table: Table, column: Column) -> Words:
        rng = self._rng
        kind, name = column.type, column.name
        if isinstance(kind, (List, Set, Map)) and (not kind.frozen or rng.random() < 0.05) and rng.random() < 0.75:
            if isinstance(kind, List):
                pick = rng.random()
                if pick < 0.25:
                    return Words().add(f"{name} = {name} + ", kind.value(rng))
                if pick < 0.4:
                    return Words().add(f"{name} += ", kind.value(rng))
                if pick < 0.6:
                    return Words().add(f"{name} = ", kind.value(rng), f" + {name}")
                if pick < 0.75:
                    return Words().add(rng.choice((f"{name} = {name} - ", f"{name} -= ")), kind.value(rng))
                index = small_int(rng.choice((0, 0, 0, 1, 1, 2, 5, -1)))
                return Words().add(f"{name}[", index, "] = ", NULL if rng.random() < 0.2 else kind.element.value(rng))
            if isinstance(kind, Set):
                if rng.random() < 0.5:
                    return Words().add(rng.choice((f"{name} = {name} + ", f"{name} += ")), kind.value(rng))
                return Words().add(rng.choice((f"{name} = {name} - ", f"{name} -= ")), kind.value(rng))
            pick = rng.random()
            if pick < 0.4:
                return Words().add(rng.choice((f"{name} = {name} + ", f"{name} += ")), kind.value(rng))
            if pick < 0.6:
                return Words().add(rng.choice((f"{name} = {name} - ", f"{name} -= ")), Set(kind.key, True).value(rng))
            return Words().add(f"{name}[", kind.key.value(rng), "] = ", NULL if rng.random() < 0.2 else kind.element.value(rng))
        if isinstance(kind, UserType) and (not kind.frozen or rng.random() < 0.1) and rng.random() < 0.5:
            field, part = rng.choice(kind.fields)
            return Words().add(f"{name}.{field} = ", NULL if rng.random() < 0.15 else part.value(rng))
        if rng.random() < 0.01:
            return Words().add(f"{name} = {name} + ", self._value(table, column))
        return Words().add(f"{name} = ", self._value(table, column))

    def update(self, table: Table) -> Words:
        rng = self._rng
        pool = table.of("regular", "static") if rng.random() < 0.99 else table.columns
        if not pool:
            pool = table.columns
        if table.of("static") and rng.random() < 0.25:
            pool = table.of("static")
        chosen = rng.sample(pool, min(len(pool), rng.choice((1, 1, 2, 3))))
        only_static = all(c.kind == "static" for c in chosen)
        relations = self._relations.partition(table)
        if not only_static or rng.random() < 0.1:
            relations += self._full_clustering(table)
        return (Words().add(f"UPDATE {table.name}", self._using(), " SET ")
                .joined(", ", [self._assignment(table, c) for c in chosen]).add(where(shuffled(rng, relations))))

    def _full_clustering(self, table: Table) -> list[Words]:
        rng = self._rng
        columns = table.of("clustering")
        if columns and rng.random() < 0.05:
            return self._relations.multi_column(table, columns)
        if rng.random() < 0.03:
            return self._relations.clustering(table)
        return [self._relations._in_list(table, c) if rng.random() < 0.08 else self._relations.equal(table, c) for c in columns]

    def delete(self, table: Table) -> Words:
        rng = self._rng
        relations = self._relations.partition(table)
        if rng.random() < 0.45 and table.of("regular", "static"):
            pool = table.of("regular", "static") if rng.random() < 0.98 else table.columns
            chosen = rng.sample(pool, min(len(pool), rng.choice((1, 1, 2))))
            targets = []
            for column in chosen:
                if isinstance(column.type, Map) and rng.random() < 0.6:
                    targets.append(Words().add(f"{column.name}[", column.type.key.value(rng), "]"))
                elif isinstance(column.type, List) and rng.random() < 0.6:
                    targets.append(Words().add(f"{column.name}[", small_int(rng.choice((0, 0, 1, 7))), "]"))
                elif isinstance(column.type, Set) and rng.random() < 0.6:
                    targets.append(Words().add(f"{column.name}[", column.type.element.value(rng), "]"))
                elif isinstance(column.type, UserType) and rng.random() < 0.6:
                    targets.append(Words().add(f"{column.name}.{rng.choice(column.type.fields)[0]}"))
                else:
                    targets.append(Words().add(column.name))
            if not all(c.kind == "static" for c in chosen) or rng.random() < 0.1:
                relations += self._full_clustering(table)
            head = Words().add("DELETE ").joined(", ", targets).add(" FROM ")
        else:
            relations += self._relations.clustering(table, 0.5)
            if rng.random() < 0.02:
                relations += self._relations.filter(table)
            head = Words().add("DELETE FROM ")
        return head.add(table.name, self._using(ttl=rng.random() < 0.01), where(shuffled(rng, relations)))

    def batch(self, table: Table) -> Words:
        rng = self._rng
        head = Words().add(rng.choice(("BEGIN BATCH", "BEGIN UNLOGGED BATCH", "BEGIN BATCH")))
        saved = self.timestamps
        if saved and rng.random() < 0.4:
            head.add(" USING TIMESTAMP ", big_int(rng.choice(TIMESTAMPS)))
            self.timestamps = rng.random() < 0.05
        for _ in range(rng.choice((1, 2, 3, 4))):
            head.add(" ", rng.choice((self.insert, self.update, self.delete))(table), rng.choice((";", "; ")))
        self.timestamps = saved
        return head.add(" APPLY BATCH")

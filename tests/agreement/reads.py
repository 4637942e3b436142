"""Random SELECT."""

from __future__ import annotations

import random

from agreement import aggregates
from agreement.cql_types import NUMBERS, List, Map, Native, Set, UserType, Value, Vector
from agreement.relations import Pools, Relations, shuffled, where
from agreement.schema import Column, Table
from agreement.statement import Statement, Words, small_int

AGGREGATES = ("count", "min", "max", "sum", "avg")
NUMERIC_FUNCTIONS = ("abs", "exp", "log", "log10", "round")
CASTS = ("int", "bigint", "text", "double", "decimal", "varint", "float", "smallint", "tinyint", "ascii", "date", "timestamp", "boolean")


class Reads:
    def __init__(self, rng: random.Random, pools: Pools):
        self._rng = rng
        self._pools = pools
        self._relations = Relations(rng, pools)

    def statement(self, table: Table) -> Statement:
        rng = self._rng
        kind = rng.random()
        if kind < 0.12:
            return Statement(self._everything(table).parts, "select all")
        if kind < 0.2:
            return Statement(self._distinct(table).parts, "select distinct")
        if kind < 0.34:
            return Statement(self._grouped(table).parts, "select grouped")
        return Statement(self._rows(table).parts, "select rows")

    def _everything(self, table: Table) -> Words:
        """The whole table with the times of all cells: what the writes have come to."""
        parts = ["*"] if self._rng.random() < 0.5 else [c.name for c in table.columns]
        if parts != ["*"]:
            for column in table.of("static", "regular"):
                parts.append(f"writetime({column.name})")
                if self._rng.random() < 0.3:
                    parts.append(f"ttl({column.name})")
                if self._rng.random() < 0.3:
                    parts.append(f"maxwritetime({column.name})")
        json = "JSON " if self._rng.random() < 0.1 else ""
        return Words().add(f"SELECT {json}{', '.join(parts)} FROM {table.name}")

    def _limits(self) -> Words:
        rng = self._rng
        words = Words()
        if rng.random() < 0.15:
            words.add(" PER PARTITION LIMIT ", small_int(rng.choice((1, 1, 2, 3, 0 if rng.random() < 0.1 else 2))))
        if rng.random() < 0.25:
            words.add(" LIMIT ", small_int(rng.choice((1, 2, 3, 5, 10, -1 if rng.random() < 0.05 else 4))))
        return words

    def _distinct(self, table: Table) -> Words:
        rng = self._rng
        columns = table.of("partition") + (table.of("static") if rng.random() < 0.5 else [])
        if rng.random() < 0.08:
            columns = rng.sample(table.columns, rng.randint(1, len(table.columns)))
        relations = []
        pick = rng.random()
        if pick < 0.3:
            relations = self._relations.partition(table, 0.3, 0.05)
        elif pick < 0.45:
            relations = self._relations.token(table)
        elif pick < 0.5:
            relations = self._relations.filter(table)
        words = Words().add(f"SELECT DISTINCT {', '.join(c.name for c in columns)} FROM {table.name}")
        return words.add(where(relations), self._limits(), " ALLOW FILTERING" if rng.random() < 0.15 else "")

    def _where(self, table: Table) -> tuple[list[Words], bool]:
        """Relations, and whether a whole partition key is among them."""
        rng = self._rng
        pick = rng.random()
        if pick < 0.5:
            relations = self._relations.partition(table, 0.15, 0.01)
            if rng.random() < 0.75:
                relations += self._relations.clustering(table)
            if rng.random() < 0.12:
                relations += self._relations.filter(table)
            return relations, True
        if pick < 0.62:
            relations = self._relations.token(table)
            if rng.random() < 0.15:
                relations += self._relations.filter(table)
            return relations, False
        if pick < 0.72:
            return [], False
        relations = []
        for _ in range(rng.choice((1, 1, 2, 3))):
            relations += self._relations.filter(table)
        return relations, False

    def _order(self, table: Table, likely: bool) -> str:
        rng = self._rng
        columns = table.of("clustering")
        if not columns or rng.random() > (0.35 if likely else 0.04):
            return ""
        columns = columns[: rng.randint(1, len(columns))]
        reverse = rng.random() < 0.6
        parts = []
        for column in columns:
            descending = column.descending != reverse
            if rng.random() < 0.05:
                descending = not descending
            parts.append(f"{column.name}{' DESC' if descending else rng.choice((' ASC', ''))}")
        if rng.random() < 0.04:
            parts.append(rng.choice(table.columns).name)
        return " ORDER BY " + ", ".join(parts)

    def _rows(self, table: Table) -> Words:
        rng = self._rng
        relations, whole_key = self._where(table)
        if rng.random() < 0.3:
            selection: list[object] = ["*"]
        else:
            selection = [self.selector(table) for _ in range(rng.choice((1, 1, 2, 2, 3)))]
        json = "JSON " if rng.random() < 0.06 else ""
        words = Words().add(f"SELECT {json}").joined(", ", selection).add(f" FROM {table.name}", where(shuffled(rng, relations)))
        words.add(self._order(table, whole_key), self._limits())
        return words.add(" ALLOW FILTERING" if rng.random() < (0.2 if whole_key else 0.7) else "")

    def _grouped(self, table: Table) -> Words:
        rng = self._rng
        relations, whole_key = self._where(table)
        keys = table.of("partition", "clustering")
        group = keys[: rng.randint(1, len(keys))]
        if rng.random() < 0.5:
            group = table.of("partition")
        if rng.random() < 0.05:
            group = rng.sample(table.columns, min(len(table.columns), 2))
        selection: list[object] = [c.name for c in group if rng.random() < 0.7]
        selection += [self._aggregate(table) for _ in range(rng.choice((1, 2, 2)))]
        if rng.random() < 0.1:
            selection.append(rng.choice(table.columns).name)
        words = Words().add("SELECT ").joined(", ", selection).add(f" FROM {table.name}", where(shuffled(rng, relations)))
        if rng.random() < 0.7:
            words.add(" GROUP BY " + ", ".join(c.name for c in group))
        words.add(self._order(table, whole_key) if rng.random() < 0.3 else "", self._limits())
        return words.add(" ALLOW FILTERING" if rng.random() < (0.2 if whole_key else 0.7) else "")

    def _aggregate(self, table: Table) -> Words:
        rng = self._rng
        if rng.random() < 0.15:
            return Words().add(rng.choice(("count(*)", "count(1)", "COUNT(*)", "count(*) AS n")))
        if rng.random() < 0.35:
            return aggregates.call(rng, table)
        return Words().add(f"{rng.choice(AGGREGATES)}(", self._inner(table, rng.choice(table.columns)), ")")

    def _inner(self, table: Table, column: Column) -> Words:
        """A column, perhaps inside a function that suits it."""
        rng = self._rng
        kind, name = column.type, column.name
        if rng.random() < 0.55:
            return Words().add(name)
        if isinstance(kind, Native):
            if kind.name in NUMBERS and rng.random() < 0.6:
                if rng.random() < 0.5:
                    return Words().add(f"{rng.choice(NUMERIC_FUNCTIONS)}({name})")
                operator = rng.choice(("+", "-", "*", "/", "%"))
                return Words().add(f"{name} {operator} ", rng.choice((name, Native(rng.choice(NUMBERS)).sample(rng)[0], "2", "1.5")))
            if kind.name in ("timestamp", "date") and rng.random() < 0.4:
                return Words().add(f"{name} {rng.choice('+-')} ", rng.choice(("1d", "2mo", "1y3d", "36h", "-1mo")))
            if kind.name in ("timestamp", "date", "timeuuid") and rng.random() < 0.6:
                return Words().add(f"{rng.choice(('to_date', 'toTimestamp', 'to_unix_timestamp', 'toDate'))}({name})")
            if rng.random() < 0.5:
                return Words().add(f"{kind.name}{rng.choice(('_as_blob', 'AsBlob'))}({name})".replace("AsBlob", "asblob"))
            return Words().add(f"CAST({name} AS {rng.choice(CASTS)})")
        if isinstance(kind, Map):
            return self._rng.choice((
                lambda: Words().add(f"map_keys({name})"), lambda: Words().add(f"map_values({name})"),
                lambda: Words().add(f"collection_count({name})"), lambda: Words().add(f"{name}[", kind.key.value(rng), "]"),
                lambda: Words().add(f"{name}[", kind.key.value(rng), "..", kind.key.value(rng), "]")))()
        if isinstance(kind, (List, Set)):
            choices = [lambda: Words().add(f"{rng.choice(('collection_count', 'collection_min', 'collection_max', 'collection_sum', 'collection_avg'))}({name})")]
            if isinstance(kind, Set):
                choices += [lambda: Words().add(f"{name}[", kind.element.value(rng), "]"),
                            lambda: Words().add(f"{name}[", kind.element.value(rng), "..]")]
            else:
                choices.append(lambda: Words().add(f"{name}[0]"))
            return rng.choice(choices)()
        if isinstance(kind, UserType):
            return Words().add(f"{name}.{rng.choice(kind.fields)[0]}")
        if isinstance(kind, Vector) and kind.element == Native("float"):
            function = rng.choice(("similarity_cosine", "similarity_euclidean", "similarity_dot_product"))
            return Words().add(f"{function}({name}, ", kind.value(rng), ")")
        return Words().add(f"to_json({name})")

    def selector(self, table: Table) -> Words:
        rng = self._rng
        column = rng.choice(table.columns)
        pick = rng.random()
        if pick < 0.5:
            words = self._inner(table, column)
        elif pick < 0.6:
            words = self._time(column)
        elif pick < 0.64:
            words = Words().add("token(" + ", ".join(c.name for c in table.of("partition")) + ")")
        elif pick < 0.7:
            words = Words().add(f"to_json({column.name})")
        elif pick < 0.75:
            words = self._aggregate(table)
        elif pick < 0.79:
            words = self._masked(column)
        elif pick < 0.83:
            words = self._literal()
        elif pick < 0.85:
            words = Words().add(rng.choice(("nothing", f"nothing({column.name})", f"{column.name}.x", f"min({column.name}, {column.name})")))
        else:
            words = Words().add(column.name)
        if rng.random() < 0.15:
            words.add(rng.choice((" AS x", ' AS "An alias"')))
        return words

    def _time(self, column: Column) -> Words:
        rng = self._rng
        function = rng.choice(("writetime", "ttl", "maxwritetime", "WRITETIME"))
        kind, name = column.type, column.name
        if isinstance(kind, Map) and rng.random() < 0.5:
            return Words().add(f"{function}({name}[", kind.key.value(rng), "])")
        if isinstance(kind, Set) and rng.random() < 0.5:
            return Words().add(f"{function}({name}[", kind.element.value(rng), "])")
        if isinstance(kind, UserType) and rng.random() < 0.5:
            return Words().add(f"{function}({name}.{rng.choice(kind.fields)[0]})")
        return Words().add(f"{function}({name})")

    def _masked(self, column: Column) -> Words:
        rng = self._rng
        shape = rng.choice(("mask_null({0})", "mask_default({0})", "mask_inner({0}, 1, 1)", "mask_outer({0}, 1, 1)", "mask_inner({0}, 1, null, '#')",
                            "mask_hash({0})", "mask_hash({0}, 'SHA-512')"))
        if rng.random() < 0.2:
            return Words().add(f"mask_replace({column.name}, ", column.type.value(rng), ")")
        return Words().add(shape.format(column.name))

    def _literal(self) -> Words:
        rng = self._rng
        name = rng.choice(("int", "text", "bigint", "double", "timestamp", "uuid", "boolean", "decimal", "blob", "date", "duration", "tinyint"))
        value = Native(name).value(rng)
        return Words().add(f"({name})", Value(value.text, value.data, bindable=False)) if rng.random() < 0.8 else Words().add(value.text)




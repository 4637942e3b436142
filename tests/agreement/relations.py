"""WHERE: relations that identify rows, and relations of every other kind, right and wrong."""

from __future__ import annotations

import random

from agreement.cql_types import NULL, List, Map, Set, Type, UserType, Value
from agreement.schema import Column, Table
from agreement.statement import Words, big_int

TOKENS = [-9223372036854775808, -3000000000000000000, 0, 3000000000000000000, 9223372036854775807]


class Pools:
    """A few values for each column, so that statements meet the same rows."""

    def __init__(self, rng: random.Random):
        self._rng = rng
        self._values: dict[tuple[str, str], list[Value]] = {}

    def value(self, table: Table, column: Column) -> Value:
        rng = self._rng
        if rng.random() < 0.004:
            return NULL
        if rng.random() < 0.006:
            return rng.choice((Value("'x'", b"x"), Value("12", b"\0\0\0\x0c"), Value("{}", b"\0\0\0\0"), Value("[1]", bytes(9)), Value("(1, 'a')", bytes(5))))
        if column.kind not in ("partition", "clustering"):
            return column.type.value(rng)
        key = (table.name, column.name)
        if key not in self._values:
            self._values[key] = [column.type.value(rng) for _ in range(3 if column.kind == "partition" else 4)]
        return rng.choice(self._values[key])


def sized(data: bytes | None) -> bytes:
    return (-1).to_bytes(4, "big", signed=True) if data is None else len(data).to_bytes(4, "big") + data


def tuple_value(values: list[Value]) -> Value:
    """`(1, 'a')`, or one marker in its place, but not if it holds maps or sets: these stay there as they were sent,
    in Nacre they are put in order."""
    text = "(" + ", ".join(value.text for value in values) + ")"
    return Value(text, b"".join(sized(value.data) for value in values), bindable="{" not in text)


def list_value(values: list[Value]) -> Value:
    """What follows IN, or one marker in its place."""
    return Value("(" + ", ".join(value.text for value in values) + ")",
                 len(values).to_bytes(4, "big") + b"".join(sized(value.data) for value in values),
                 bindable=all(value.bindable for value in values))


def tuple_literal(values: list[Value]) -> Words:
    return Words().add("(").joined(", ", list(values)).add(")")


class Relations:
    def __init__(self, rng: random.Random, pools: Pools):
        self._rng = rng
        self._pools = pools

    def _in_list(self, table: Table, column: Column) -> Words:
        values = [self._pools.value(table, column) for _ in range(self._rng.choice((0, 1, 2, 2, 3, 3, 40)))]
        if self._rng.random() < 0.3:
            return Words().add(f"{column.name} IN ", list_value(values))
        return Words().add(f"{column.name} IN (").joined(", ", values).add(")")

    def equal(self, table: Table, column: Column) -> Words:
        return Words().add(f"{column.name} = ", self._pools.value(table, column))

    def partition(self, table: Table, in_chance: float = 0.12, gap_chance: float = 0.02) -> list[Words]:
        relations = []
        for column in table.of("partition"):
            if self._rng.random() < gap_chance:
                continue
            relations.append(self._in_list(table, column) if self._rng.random() < in_chance else self.equal(table, column))
        return relations

    def slice_of(self, table: Table, column: Column) -> list[Words]:
        rng = self._rng
        operators = rng.choice(((">",), (">=",), ("<",), ("<=",), (">", "<"), (">=", "<="), (">", "<="), (">=", "<")))
        return [Words().add(f"{column.name} {operator} ", self._pools.value(table, column)) for operator in operators]

    def multi_column(self, table: Table, columns: list[Column]) -> list[Words]:
        rng = self._rng
        names = "(" + ", ".join(c.name for c in columns) + ")"
        row = lambda: tuple_literal([self._pools.value(table, c) for c in columns])  # noqa: E731
        pick = rng.random()
        if pick < 0.2:
            if rng.random() < 0.3:
                return [Words().add(names, " = ", tuple_value([self._pools.value(table, c) for c in columns]))]
            return [Words().add(names, " = ", row())]
        if pick < 0.45:
            if rng.random() < 0.4:
                tuples = [tuple_value([self._pools.value(table, c) for c in columns]) for _ in range(rng.choice((0, 1, 2, 3)))]
                if rng.random() < 0.5:
                    return [Words().add(names, " IN ", list_value(tuples))]
                return [Words().add(names, " IN (").joined(", ", tuples).add(")")]
            rows = [row() for _ in range(rng.choice((1, 2, 3)))]
            return [Words().add(names, " IN (").joined(", ", rows).add(")")]
        operators = rng.choice(((">",), (">=",), ("<",), ("<=",), (">", "<="), (">=", "<")))
        result = []
        for operator in operators:
            shorter = columns[: rng.randint(1, len(columns))] if rng.random() < 0.3 else columns
            result.append(Words().add("(" + ", ".join(c.name for c in shorter) + ")", f" {operator} ",
                                      tuple_literal([self._pools.value(table, c) for c in shorter])))
        return result

    def clustering(self, table: Table, whole_chance: float = 0.4) -> list[Words]:
        """A prefix of the clustering columns, then perhaps a slice, an IN or a multi-column relation."""
        rng = self._rng
        columns = table.of("clustering")
        if not columns:
            return []
        length = len(columns) if rng.random() < whole_chance else rng.randint(0, len(columns))
        relations: list[Words] = []
        for column in columns[:length]:
            relations.append(self._in_list(table, column) if rng.random() < 0.12 else self.equal(table, column))
        rest = columns[length:]
        if rest and rng.random() < 0.7:
            if rng.random() < 0.35:
                relations += self.multi_column(table, rest[: rng.randint(1, len(rest))])
            else:
                relations += self.slice_of(table, rest[0])
        elif relations and rng.random() < 0.1:
            relations = self.multi_column(table, columns[:length])
        return relations

    def token(self, table: Table) -> list[Words]:
        rng = self._rng
        columns = table.of("partition")
        if rng.random() < 0.05:
            columns = list(reversed(columns))
        names = "token(" + ", ".join(c.name for c in columns) + ")"

        def bound() -> Words:
            if rng.random() < 0.5:
                return Words().add(big_int(rng.choice(TOKENS)))
            return Words().add("token").add(tuple_literal([self._pools.value(table, c) for c in columns]))

        operators = rng.choice(((">",), (">=",), ("<",), ("<=",), ("=",), (">", "<="), (">=", "<")))
        return [Words().add(f"{names} {operator} ", bound()) for operator in operators]

    def filter(self, table: Table) -> list[Words]:
        """Anything that may be asked of any column."""
        rng = self._rng
        column = rng.choice(table.columns)
        pick = rng.random()
        kind: Type = column.type
        if isinstance(kind, Map) and pick < 0.6:
            shape = rng.choice(("CONTAINS", "CONTAINS KEY", "entry"))
            if shape == "CONTAINS":
                return [Words().add(f"{column.name} CONTAINS ", kind.element.value(rng))]
            if shape == "CONTAINS KEY":
                return [Words().add(f"{column.name} CONTAINS KEY ", kind.key.value(rng))]
            operator = rng.choice(("=", "=", "=", ">", "<"))
            return [Words().add(f"{column.name}[", kind.key.value(rng), f"] {operator} ", kind.element.value(rng))]
        if isinstance(kind, (List, Set)) and pick < 0.6:
            return [Words().add(f"{column.name} CONTAINS ", kind.element.value(rng))]
        if isinstance(kind, UserType) and pick < 0.3:
            name, part = rng.choice(kind.fields)
            return [Words().add(f"{column.name}.{name} = ", part.value(rng))]
        if pick < 0.03:
            return [Words().add(f"{column.name} IS NOT NULL")]
        if pick < 0.06:
            return [Words().add(f"{column.name} CONTAINS ", column.type.value(rng))]
        if pick < 0.08:
            return [Words().add(f"{column.name} LIKE 'a%'")]
        if pick < 0.10:
            return [Words().add(f"{column.name} != ", self._pools.value(table, column))]
        if pick < 0.2:
            return [self._in_list(table, column)]
        if pick < 0.55:
            return self.slice_of(table, column)
        return [self.equal(table, column)]


def where(relations: list[Words]) -> Words:
    return Words().add(" WHERE ").joined(" AND ", relations) if relations else Words()


def shuffled(rng: random.Random, relations: list[Words]) -> list[Words]:
    if rng.random() < 0.2:
        rng.shuffle(relations)
    return relations


__all__ = ["Pools", "Relations", "shuffled", "where"]

"""A statement as text with values in it, sent as it stands or with bind markers for the values."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Callable

from cassandra.query import UNSET_VALUE

from agreement.cql_types import NULL, Value


@dataclass
class Statement:
    parts: list[object]  # str and Value
    kind: str = ""
    # What the generator's model of the schema learns if the statement succeeds.
    learn: Callable[[], None] | None = None

    def literal(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    def bound(self, rng: random.Random) -> tuple[str, list]:
        """With bind markers for most values, sometimes named ones, and now and then an unset one."""
        text, values = "", []
        named = rng.random() < 0.1
        for part in self.parts:
            if isinstance(part, str):
                text += part
            elif not part.bindable or rng.random() < 0.1:
                text += part.text
            else:
                text += f":v{len(values)}" if named else "?"
                values.append(UNSET_VALUE if rng.random() < 0.01 else part.data)
        return text, values


@dataclass
class Words:
    """Collects the parts of a statement."""

    parts: list[object] = field(default_factory=list)

    def add(self, *parts: object) -> "Words":
        for part in parts:
            if isinstance(part, Words):
                self.parts += part.parts
            else:
                self.parts.append(part)
        return self

    def joined(self, separator: str, items: list) -> "Words":
        for index, item in enumerate(items):
            if index:
                self.parts.append(separator)
            self.add(item)
        return self


def big_int(number: int) -> Value:
    return Value(str(number), number.to_bytes(8, "big", signed=True))


def small_int(number: int) -> Value:
    return Value(str(number), number.to_bytes(4, "big", signed=True))


__all__ = ["NULL", "Statement", "Words", "big_int", "small_int"]

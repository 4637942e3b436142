"""Sends one statement to both servers and says where their answers part."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agreement.wire import Connection, Outcome, Prepared

SYNTAX_ERROR = 0x2000
ROWS_MAX = 4000


@dataclass
class Sent:
    """A statement as it goes out. `values` None: as plain text, otherwise prepared."""

    text: str
    values: list | None = None
    page_size: int | None = None
    timestamp_us: int | None = None
    # Where Cassandra is to get another text: functions are written in other languages there.
    reference_text: str | None = None

    def text_for(self, index: int) -> str:
        return self.reference_text if index == 1 and self.reference_text else self.text


class Pair:
    """A connection to each server; requests go to both before either is waited for."""

    def __init__(self, nacre: tuple[str, int], reference: tuple[str, int]):
        self.nacre = Connection(*nacre)
        self.reference = Connection(*reference)

    def close(self) -> None:
        self.nacre.close()
        self.reference.close()

    def both(self, text: str) -> tuple[Outcome, Outcome]:
        return self.run(Sent(text))

    def run(self, sent: Sent) -> tuple[Outcome | Prepared, Outcome | Prepared]:
        """Prepared is returned only where preparing already differs."""
        sides = (self.nacre, self.reference)
        prepared: list = [None, None]
        if sent.values is not None:
            for side in sides:
                side.send_prepare(sent.text)
            prepared = [side.receive() for side in sides]
            if any(isinstance(one, Outcome) for one in prepared) or difference_prepared(*prepared):
                return tuple(prepared)
        results: list[Outcome | None] = [None, None]
        states: list[bytes | None] = [None, None]
        while any(result is None or state is not None for result, state in zip(results, states)):
            waiting = []
            for index, side in enumerate(sides):
                if results[index] is not None and states[index] is None:
                    continue
                if sent.values is None:
                    side.send_query(sent.text_for(index), sent.page_size, states[index], sent.timestamp_us)
                else:
                    side.send_execute(prepared[index], sent.values, sent.page_size, states[index], sent.timestamp_us)
                waiting.append(index)
            for index in waiting:
                page = sides[index].receive()
                states[index] = page.paging_state
                known = results[index]
                if known is None or page.kind == "error":
                    results[index] = page
                else:
                    known.rows += page.rows
                    known.pages += 1
                    if len(known.rows) > ROWS_MAX:
                        states[index] = None
        return tuple(results)


def difference_prepared(ours: Prepared, theirs: Prepared) -> str | None:
    if ours.markers != theirs.markers:
        return f"markers: {ours.markers}\n   not {theirs.markers}"
    if ours.partition_key != theirs.partition_key:
        return f"partition key indices: {ours.partition_key} not {theirs.partition_key}"
    if ours.columns != theirs.columns:
        return f"result columns: {ours.columns}\n   not {theirs.columns}"
    return None


def show(value: bytes | None, kind) -> str:
    if value is None:
        return "null"
    try:
        return f"{kind.from_binary(value, 5)!r} 0x{value.hex()}"
    except Exception:
        return "0x" + value.hex()


def spelling_apart(value):
    return sorted(map(repr, value.items())) if hasattr(value, "items") else value


def same_value(ours: bytes | None, theirs: bytes | None, name: str, kind) -> bool:
    if ours == theirs:
        return True
    if ours and theirs and kind.typename in ("double", "float"):
        # The sign of a NaN depends on what Java's compiler made of an expression.
        return kind.from_binary(ours, 5) != kind.from_binary(ours, 5) and kind.from_binary(theirs, 5) != kind.from_binary(theirs, 5)
    spelt = {"boolean", "decimal", "varint", "map", "set", "frozen"}
    if ours and theirs and kind.typename in spelt and name.replace('"', "").replace(" ", "").isalnum():
        # 1 and 1.0 are one key. Which of the spellings is kept depends on Cassandra's memtable, and
        # maps inside a tuple of bind values stay there in the order in which they were sent.
        return spelling_apart(kind.from_binary(ours, 5)) == spelling_apart(kind.from_binary(theirs, 5))
    # Seconds left may differ by the second that passed between the two servers.
    if "ttl(" in name and ours is not None and theirs is not None and len(ours) == len(theirs):
        numbers = [[int.from_bytes(side[at:at + 4], "big") for at in range(0, len(side), 4)] for side in (ours, theirs)]
        return all(abs(a - b) <= 3 for a, b in zip(*numbers))
    return False


def plain(text: str) -> str:
    """Without what is particular to a run: identifiers of objects, addresses in memory, the order of functions."""
    text = re.sub(r"@[0-9a-f]{4,}", "@…", text)
    head, listed, tail = text.partition(" signatures: ")
    functions, end, rest = tail.rpartition(")")
    return head + listed + ", ".join(sorted(re.split(r", (?=\w+\.)", functions))) + end + rest


def difference(ours: Outcome | Prepared, theirs: Outcome | Prepared) -> str | None:
    """None if the answers agree; otherwise what differs, for people."""
    if isinstance(ours, Prepared) and isinstance(theirs, Prepared):
        return difference_prepared(ours, theirs)
    ours_kind = ours.kind if isinstance(ours, Outcome) else "prepared"
    theirs_kind = theirs.kind if isinstance(theirs, Outcome) else "prepared"
    if ours_kind != theirs_kind:
        say = lambda one, kind: f"error 0x{one.code:04x} {one.text}" if kind == "error" else kind  # noqa: E731
        return f"{say(ours, ours_kind)}\n   not {say(theirs, theirs_kind)}"
    if ours.kind == "error":
        if ours.code == theirs.code == SYNTAX_ERROR:
            return None
        if (ours.code, plain(ours.text)) != (theirs.code, plain(theirs.text)):
            return f"error 0x{ours.code:04x} {ours.text}\n   not error 0x{theirs.code:04x} {theirs.text}"
        return None
    if ours.columns != theirs.columns:
        return f"columns: {ours.columns}\n   not {theirs.columns}"
    if len(ours.rows) != len(theirs.rows):
        return f"{len(ours.rows)} rows not {len(theirs.rows)}" + rows_apart(ours, theirs)
    for number, (left, right) in enumerate(zip(ours.rows, theirs.rows)):
        for column, kind, a, b in zip(ours.columns, ours.types, left, right):
            if not same_value(a, b, column.name, kind):
                return f"row {number} of {len(ours.rows)}, column {column.name}: {show(a, kind)}\n   not {show(b, kind)}"
    if ours.warnings != theirs.warnings:
        return f"warnings: {ours.warnings}\n   not {theirs.warnings}"
    if ours.change != theirs.change:
        return f"schema change: {ours.change}\n   not {theirs.change}"
    return None


def rows_apart(ours: Outcome, theirs: Outcome) -> str:
    left, right = set(ours.rows), set(theirs.rows)
    lines = []
    for word, rows in (("only here", left - right), ("only there", right - left)):
        for row in list(rows)[:2]:
            lines.append(f"\n   {word}: " + ", ".join(show(value, kind) for value, kind in zip(row, ours.types)))
    return "".join(lines)

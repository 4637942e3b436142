"""sdk/conformance/functions.txt: what it declares, and a check of its cases against a running server."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from functools import cache

from harness import rendering
from harness.golden import Client
from harness.server import ROOT

DIRECTORY = ROOT / "sdk" / "conformance"
OPENING, CLOSING = "([{<", ")]}>"
FUNCTION = re.compile(r"(?P<name>\w+)\((?P<arguments>.*?)\) (?P<null>CALLED|RETURNS NULL) ON NULL INPUT RETURNS (?P<returns>.*?)"
                      r"(?P<deterministic> DETERMINISTIC)?$")
AGGREGATE = re.compile(r"(?P<name>\w+)\((?P<arguments>.*?)\) RETURNS (?P<returns>.*)$")
SCALARS = {"ascii", "bigint", "blob", "boolean", "counter", "date", "decimal", "double", "duration", "float", "inet", "int",
           "smallint", "text", "time", "timestamp", "timeuuid", "tinyint", "uuid", "varint"}


def split(text: str, separator: str = ",") -> list[str]:
    """The parts between separators that stand outside of quotes and brackets."""
    parts, depth, quoted = [""], 0, False
    for i, c in enumerate(text):
        if c == "'":
            quoted = not quoted
        elif not quoted and c in OPENING:
            depth += 1
        elif not quoted and c in CLOSING:
            depth -= 1
        if c == separator and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += c
    return [part.strip() for part in parts if part.strip()]


@dataclass
class Case:
    rows: list[list[str]]
    result: str | None = None
    error: str | None = None


@dataclass
class Declaration:
    """A function, or an aggregate if `null` is empty. `cases` of a function have one row."""

    name: str
    argument_names: list[str]
    argument_types: list[str]
    returns: str
    null: str = ""
    is_deterministic: bool = False
    says: str = ""
    cases: list[Case] = field(default_factory=list)

    @property
    def signature(self) -> str:
        return ", ".join(f"{name} {kind}" for name, kind in zip(self.argument_names, self.argument_types))

    def line(self) -> tuple:
        """What the section nacre.functions has to say of it."""
        return self.argument_types, self.null, self.returns, self.is_deterministic


@dataclass
class Specification:
    types: list[str] = field(default_factory=list)
    functions: dict[str, Declaration] = field(default_factory=dict)
    aggregates: dict[str, Declaration] = field(default_factory=dict)


def read_function(text: str) -> Declaration:
    found = FUNCTION.match(text)
    assert found, text
    arguments = [argument.split(" ", 1) for argument in split(found["arguments"])]
    return Declaration(found["name"], [name for name, _ in arguments], [kind for _, kind in arguments], found["returns"],
                       found["null"], found["deterministic"] is not None)


def read_aggregate(text: str) -> Declaration:
    found = AGGREGATE.match(text)
    assert found, text
    types = split(found["arguments"])
    return Declaration(found["name"], [f"a{i}" for i in range(len(types))], types, found["returns"])


def read_case(text: str) -> Case:
    failing = re.match(r"(?P<arguments>\(.*\)) fails (?P<error>.*)$", text)
    if failing:
        return Case([split(failing["arguments"][1:-1])], error=failing["error"])
    given, result = split(text.replace(" = ", " \1 "), "\1")
    rows = [row[1:-1] for row in split(given[1:-1])] if given.startswith("[") else [given[1:-1]]
    return Case([split(row) for row in rows], result=result)


@cache
def specification() -> Specification:
    made = Specification()
    current = None
    for line in (DIRECTORY / "functions.txt").read_text().splitlines():
        word, _, rest = line.strip().partition(" ")
        if not word or line.startswith("#"):
            continue
        if line.startswith("  "):
            assert current is not None, line
            if word == "says":
                current.says = rest
            else:
                current.cases.append(read_case(line.strip()))
        elif word == "type":
            made.types.append(rest)
        elif word == "function":
            current = read_function(rest)
            made.functions[current.name] = current
        else:
            assert word == "aggregate", line
            current = read_aggregate(rest)
            made.aggregates[current.name] = current
    return made


def with_differences(language: str) -> Specification:
    """As the language's directory has it: cases of its differences.txt replace those of the same arguments."""
    made = copy.deepcopy(specification())
    for line in (DIRECTORY / language / "differences.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, _, text = line.partition(" ")
        case, cases = read_case(text), made.functions[name].cases
        [place] = [i for i, other in enumerate(cases) if other.rows == case.rows]
        cases[place] = case
    return made


# ---- Against a server -------------------------------------------------------------------------------------


def column_type(kind: str) -> str:
    """The type of a column that holds such values whole."""
    if kind == "counter":
        return "bigint"
    return kind if kind in SCALARS or kind.startswith(("tuple", "vector")) else f"frozen<{kind}>"


def selected(client: Client, statement: str) -> list[list[str]]:
    """The rows as literals, so that a decimal's scale, NaN and null differ from all else."""
    result = client.result(statement)
    return [[rendering.literal(value, kind) for value, kind in zip(row, result.column_types)] for row in result]


def check_function(client: Client, function: Declaration) -> None:
    """Every case of its own, then all that do not fail as one batch. The function exists under its name."""
    table = f"cases_of_{function.name}"
    columns = [f"a{i}" for i in range(len(function.argument_types))]
    declared = [f"{name} {column_type(kind)}" for name, kind in zip(columns, function.argument_types)]
    client.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, {', '.join(declared)}, expected {column_type(function.returns)})")
    for number, case in enumerate(function.cases):
        values = ", ".join([str(number), *case.rows[0], case.result or "null"])
        client.execute(f"INSERT INTO {table} (id, {', '.join(columns)}, expected) VALUES ({values})")
    call = f"{function.name}({', '.join(columns)})"
    for number, case in enumerate(function.cases):
        if case.error is not None:
            answer = client.answer(f"SELECT {call} FROM {table} WHERE id = {number}")
            assert answer.startswith("ERROR 0x1400") and case.error in answer, (case.rows, answer)
            client.execute(f"DELETE FROM {table} WHERE id = {number}")
            continue
        [(expected, got)] = selected(client, f"SELECT expected, {call} FROM {table} WHERE id = {number}")
        assert got == expected, f"{function.name}({', '.join(case.rows[0])}) is {got} instead of {expected}"
    for number, expected, got in selected(client, f"SELECT id, expected, {call} FROM {table}"):
        assert got == expected, f"{function.cases[int(number)].rows[0]} beside other rows: {got} instead of {expected}"


def check_aggregate(client: Client, aggregate: Declaration) -> None:
    """Every case as a partition and a group of its own; then all their rows, each a partition, beside the same rows in one."""
    table, spread = f"cases_of_{aggregate.name}", f"rows_of_{aggregate.name}"
    columns = ", ".join(f"a{i}" for i in range(len(aggregate.argument_types)))
    declared = ", ".join(f"a{i} {column_type(kind)}" for i, kind in enumerate(aggregate.argument_types))
    expected_type = column_type(aggregate.returns)
    client.execute(f"CREATE TABLE {table} (p int, c int, {declared}, PRIMARY KEY (p, c))")
    client.execute(f"CREATE TABLE {table}_expected (p int PRIMARY KEY, expected {expected_type})")
    client.execute(f"CREATE TABLE {spread} (id int PRIMARY KEY, {declared})")
    everything = [row for case in aggregate.cases for row in case.rows]
    for p, rows in enumerate([*(case.rows for case in aggregate.cases), everything]):
        for c, row in enumerate(rows):
            client.execute(f"INSERT INTO {table} (p, c, {columns}) VALUES ({p}, {c}, {', '.join(row)})")
    for number, row in enumerate(everything):
        client.execute(f"INSERT INTO {spread} (id, {columns}) VALUES ({number}, {', '.join(row)})")
    call = f"{aggregate.name}({columns})"
    grouped = dict(selected(client, f"SELECT p, {call} FROM {table} GROUP BY p"))
    for p, case in enumerate(aggregate.cases):
        client.execute(f"INSERT INTO {table}_expected (p, expected) VALUES ({p}, {case.result})")
        [[expected]] = selected(client, f"SELECT expected FROM {table}_expected WHERE p = {p}")
        [[got]] = selected(client, f"SELECT {call} FROM {table} WHERE p = {p}")
        assert got == expected, f"{aggregate.name} of {case.rows} is {got} instead of {expected}"
        assert grouped.get(str(p), expected) == expected, f"{aggregate.name} of the group {case.rows} is {grouped[str(p)]}"
    assert len(grouped) == 1 + sum(1 for case in aggregate.cases if case.rows)
    [[whole]] = selected(client, f"SELECT {call} FROM {spread}")
    assert whole == grouped[str(len(aggregate.cases))], f"{aggregate.name} of pieces is {whole}"


# ---- Against a module's section -----------------------------------------------------------------------------


def check_signatures(functions: dict[str, Declaration]) -> None:
    """The module has every function of the specification, with the same types, nulls and determinism."""
    for name, declared in specification().functions.items():
        assert name in functions, f"no line for {name}"
        assert functions[name].line() == declared.line(), name

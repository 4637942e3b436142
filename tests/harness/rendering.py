"""The text form of results that golden files hold: one line a row, values as CQL literals."""

from __future__ import annotations

import datetime
import math
import re

from cassandra import AlreadyExists, FunctionFailure, cqltypes, util

ANSWER = re.compile(r'code=(?P<code>[0-9a-f]{4}) \[[^]]*\] message="(?P<message>.*)"', re.DOTALL)

ERROR_NAMES = {
    0x0000: "Server_error",
    0x000A: "Protocol_error",
    0x0100: "Bad_credentials",
    0x1000: "Unavailable",
    0x1100: "Write_timeout",
    0x1200: "Read_timeout",
    0x1300: "Read_failure",
    0x1400: "Function_failure",
    0x2000: "Syntax_error",
    0x2100: "Unauthorized",
    0x2200: "Invalid",
    0x2300: "Config_error",
    0x2400: "Already_exists",
    0x2500: "Unprepared",
}


def type_name(cql_type) -> str:
    return cql_type.cql_parameterized_type().replace("varchar", "text").replace(", ", ",")


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def literal(value, cql_type) -> str:
    """`value`, as the driver decoded it, written as a CQL literal of `cql_type`."""
    if value is None:
        return "null"
    subtypes = getattr(cql_type, "subtypes", ())
    kind = cql_type.typename
    if kind == "frozen":
        return literal(value, subtypes[0])
    if kind == "list":
        return "[" + ", ".join(literal(v, subtypes[0]) for v in value) + "]"
    if kind == "vector":
        return "[" + ", ".join(literal(v, cql_type.subtype) for v in value) + "]"
    if kind == "set":
        return "{" + ", ".join(literal(v, subtypes[0]) for v in value) + "}"
    if kind == "map":
        pairs = (f"{literal(k, subtypes[0])}: {literal(v, subtypes[1])}" for k, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if kind == "tuple":
        return "(" + ", ".join(literal(v, t) for v, t in zip(value, subtypes)) + ")"
    if issubclass(cql_type, cqltypes.UserType):
        pairs = (f"{n}: {literal(v, t)}" for n, v, t in zip(cql_type.fieldnames, value, subtypes))
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, str):
        return value if kind == "inet" else quoted(value)
    if isinstance(value, (bytes, bytearray)):
        return "0x" + value.hex()
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind == "float":
        return number(float(f"{value:.9g}"))
    if isinstance(value, float):
        return number(value)
    if isinstance(value, datetime.datetime):
        milliseconds = value.microsecond // 1000
        return quoted(value.strftime("%Y-%m-%d %H:%M:%S") + f".{milliseconds:03d}+0000")
    if isinstance(value, (util.Date, util.Time)):
        return quoted(str(value))
    if isinstance(value, util.Duration):
        return f"{value.months}mo{value.days}d{value.nanoseconds}ns"
    return str(value)


def render_rows(result) -> str:
    """Header with names and types, the rows (all pages), and their count."""
    names, column_types = result.column_names, result.column_types
    lines = [" | ".join(f"{n} {type_name(t)}" for n, t in zip(names, column_types))]
    count = 0
    for row in result:
        lines.append(" | ".join(literal(v, t) for v, t in zip(row, column_types)))
        count += 1
    lines.append(f"({count} row{'' if count == 1 else 's'})")
    return "\n".join(lines)


def render_error(code: int, message: str) -> str:
    return f"ERROR {code:#06x} {ERROR_NAMES.get(code, '?')}: {message}"


def render_exception(error: Exception) -> str:
    """What the server answered, out of the driver's exception for it."""
    if isinstance(error, AlreadyExists):
        return render_error(0x2400, f"{error.keyspace}.{error.table}" if error.table else error.keyspace)
    found = ANSWER.search(str(error))
    if found is None:
        raise error
    text = render_error(int(found["code"], 16), found["message"])
    if isinstance(error, FunctionFailure):
        text += f"\n  function {error.keyspace}.{error.function}({', '.join(error.arg_types)})"
    return text

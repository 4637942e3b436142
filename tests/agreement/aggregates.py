"""Functions and aggregates of users: the same in Lua, for Nacre, and in Java, for Cassandra.

They live in a keyspace of their own, made once for all rounds; statements call them by their whole names."""

from __future__ import annotations

import random

from agreement.comparison import Pair, Sent
from agreement.cql_types import Native
from agreement.schema import Table
from agreement.statement import Words

KEYSPACE = "agree_functions"
SIMPLE_STRATEGY = "{'class': 'SimpleStrategy', 'replication_factor': 1}"

# Name, arguments, null rule, return type, the body in Lua and in Java. Several may share a name.
FUNCTIONS = [
    ("plus", "s int, v int", "RETURNS NULL", "int", "return s + v", "return s + v;"),
    ("plus", "s bigint, v bigint", "RETURNS NULL", "bigint", "return s + v", "return s + v;"),
    ("nulls", "s int, v int", "CALLED", "int", "if v == nil then return s + 1 end return s", "return v == null ? s + 1 : s;"),
    ("nulls", "s int, v text", "CALLED", "int", "if v == nil then return s + 1 end return s", "return v == null ? s + 1 : s;"),
    ("rows", "s bigint", "CALLED", "bigint", "return (s or 0) + 1", "return s == null ? 1L : s + 1;"),
    ("dot", "s bigint, a int, b int", "RETURNS NULL", "bigint", "return s + a * b", "return s + (long) a * b;"),
    ("join", "s text, v text", "RETURNS NULL", "text", "return s .. '/' .. v", 'return s + "/" + v;'),
    ("lengths", "s text", "RETURNS NULL", "int", "return utf8.len(s)", "return s.codePointCount(0, s.length());"),
    ("moments", "s tuple<bigint, double>, v double", "RETURNS NULL", "tuple<bigint, double>", "return {s[1] + 1, s[2] + v}",
     "s.setLong(0, s.getLong(0) + 1); s.setDouble(1, s.getDouble(1) + v); return s;"),
    ("mean", "s tuple<bigint, double>", "CALLED", "double", "if s[1] == 0 then return nil end return s[2] / s[1]",
     "if (s.getLong(0) == 0) return null; return s.getDouble(1) / s.getLong(0);"),
    ("spread", "s set<int>, v int", "RETURNS NULL", "set<int>", "s[v] = true return s", "s.add(v); return s;"),
    ("twice", "v int", "RETURNS NULL", "int", "return 2 * v", "return 2 * v;"),
    ("or_zero", "v bigint", "CALLED", "bigint", "return v or 0", "return v == null ? 0L : v;"),
]
# A state that keeps its first value that is not null, of any type.
KEPT = ("int", "bigint", "text", "double", "boolean", "timestamp")
FUNCTIONS += [("keep", f"s {kind}, v {kind}", "CALLED", kind, "if s == nil then return v end return s", "return s == null ? v : s;")
              for kind in KEPT]
AGGREGATES = [
    "total(int) SFUNC plus STYPE int INITCOND 0",
    "total(bigint) SFUNC plus STYPE bigint FINALFUNC or_zero INITCOND -5",
    "nulls(int) SFUNC nulls STYPE int INITCOND 0",
    "nulls(text) SFUNC nulls STYPE int FINALFUNC twice INITCOND 0",
    "counted() SFUNC rows STYPE bigint",
    "counted_or_zero() SFUNC rows STYPE bigint FINALFUNC or_zero",
    "dot(int, int) SFUNC dot STYPE bigint INITCOND 0",
    "joined(text) SFUNC join STYPE text INITCOND ''",
    "length_joined(text) SFUNC join STYPE text FINALFUNC lengths INITCOND '.'",
    "mean(double) SFUNC moments STYPE tuple<bigint, double> FINALFUNC mean INITCOND (0, 0)",
    "spread(int) SFUNC spread STYPE set<int> INITCOND {}",
    *(f"kept({kind}) SFUNC keep STYPE {kind}" for kind in KEPT),
]
NAMES = sorted({text.split("(")[0] for text in AGGREGATES})


def definitions() -> list[Sent]:
    made = [Sent(f"DROP KEYSPACE IF EXISTS {KEYSPACE}"), Sent(f"CREATE KEYSPACE {KEYSPACE} WITH replication = {SIMPLE_STRATEGY}")]
    for name, arguments, null, returns, lua, java in FUNCTIONS:
        head = f"CREATE FUNCTION {KEYSPACE}.{name}_f ({arguments}) {null} ON NULL INPUT RETURNS {returns} LANGUAGE"
        made.append(Sent(f"{head} lua AS $${lua}$$", reference_text=f"{head} java AS $${java}$$"))
    for text in AGGREGATES:
        words = [f"{word}_f" if before in ("SFUNC", "FINALFUNC") else word for before, word in zip(["", *text.split()], text.split())]
        made.append(Sent(f"CREATE AGGREGATE {KEYSPACE}.{' '.join(words)}"))
    return made


def create(pair: Pair) -> None:
    for sent in definitions():
        ours, theirs = pair.run(sent)
        for server, answer in (("Nacre", ours), ("Cassandra", theirs)):
            if answer.kind == "error":
                raise RuntimeError(f"{server} refused {sent.text}: {answer.text}")


def call(rng: random.Random, table: Table) -> Words:
    """A call of an aggregate with columns that may suit it, or do not."""
    name = rng.choice(NAMES)
    count = {"counted": 0, "counted_or_zero": 0, "dot": 2}.get(name, 1)
    if rng.random() < 0.03:
        count = rng.randint(0, 2)
    taken = {text.split("(")[1].split(")")[0].split(", ")[0] for text in AGGREGATES if text.startswith(f"{name}(")}
    fitting = [c for c in table.columns if isinstance(c.type, Native) and c.type.name in taken]
    words = Words().add(f"{KEYSPACE}.{name}(")
    for i in range(count):
        column = rng.choice(fitting if fitting and rng.random() < 0.93 else table.columns)
        argument = column.name
        if isinstance(column.type, Native) and column.type.name == "int" and rng.random() < 0.15:
            argument = f"{KEYSPACE}.twice_f({argument})"
        words.add(", " if i else "", argument)
    words.add(")")
    if name in ("total", "counted") and rng.random() < 0.1:
        return Words().add("CAST(", words, " AS text)")
    return words

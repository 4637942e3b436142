"""What every toolchain's module is put through; a test file per toolchain says which modules there are."""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path

import pytest
from cassandra import FunctionFailure

from expectations import CALLS, NUMBERS, PERSON, VALUES, comparable


def body_of(module: Path) -> str:
    return base64.b64encode(module.read_bytes()).decode()


class Module:
    """One compiled module and a session in which functions are made of it."""

    memory_bytes_max = 6 << 20

    def __init__(self, session, server, keyspace: str, path: Path, lacks: set[str] = frozenset()):
        self.session = session
        self.server = server
        self.keyspace = keyspace
        self.body = body_of(path)
        self.path = path
        self.lacks = lacks
        session.execute(PERSON)
        session.execute("CREATE TABLE one (id int PRIMARY KEY, v bigint, s text)")
        session.execute("INSERT INTO one (id, v, s) VALUES (1, 10, 'text')")

    def create(self, name: str, signature: str, returns: str, null: str = "RETURNS NULL", body: str | None = None) -> None:
        self.session.execute(f"CREATE FUNCTION {name}({signature}) {null} ON NULL INPUT RETURNS {returns}"
                             f" LANGUAGE wasm AS '{body or self.body}'")

    def call(self, name: str, arguments: tuple):
        prepared = self.session.prepare(f"SELECT {name}({', '.join('?' * len(arguments))}) FROM one WHERE id = 1")
        return self.session.execute(prepared, arguments).one()[0]

    def metric(self, what: str, function: str) -> float:
        found = re.search(rf'^nacre_function_{what}{{[^}}]*function="{function}[^"]*"[^}}]*keyspace="{self.keyspace}"[^}}]*}} (\S+)$|'
                          rf'^nacre_function_{what}{{[^}}]*keyspace="{self.keyspace}"[^}}]*function="{function}[^"]*"[^}}]*}} (\S+)$',
                          self.server.metrics(), re.MULTILINE)
        assert found, f"no metric {what} of {function}"
        return float(found[1] or found[2])


def every_type(module: Module, null: str) -> None:
    """`same` for every type under this null rule: what goes in comes out."""
    for cql, values in VALUES.items():
        native = NUMBERS.get(cql) if null == "RETURNS NULL" else None
        name = f"same_{native}" if native else "same"
        if name in module.lacks:
            continue
        module.create(name, f"v {cql}", cql, null)
        for value in [*values, None]:
            answer = module.call(name, (value,))
            assert comparable(answer) == comparable(value), (cql, value, answer)
        module.session.execute(f"DROP FUNCTION {name}")


def nulls(module: Module) -> None:
    """A function may see that an argument is null, and may answer null, under both rules."""
    for cql, values in VALUES.items():
        for null in ("CALLED", "RETURNS NULL"):
            if null == "RETURNS NULL" and cql in NUMBERS:
                continue
            module.create("nothing", f"v {cql}", cql, null)
            assert module.call("nothing", (values[0],)) is None and module.call("nothing", (None,)) is None
            module.session.execute("DROP FUNCTION nothing")
        module.create("was_null", f"v {cql}", "boolean", "CALLED")
        assert module.call("was_null", (None,)) is True and module.call("was_null", (values[0],)) is False, cql
        module.session.execute("DROP FUNCTION was_null")


def calls(module: Module) -> None:
    """The functions of CALLS answer what Python does; where it isn't asked to see nulls, the answer to them is null."""
    for call in CALLS:
        if call.name in module.lacks:
            continue
        module.create(call.name, call.signature, call.returns, call.null)
        for arguments in call.arguments:
            expected = None if call.null == "RETURNS NULL" and None in arguments else call.expected(*arguments)
            assert comparable(module.call(call.name, arguments)) == comparable(expected), (call.name, arguments)


def everywhere(module: Module) -> None:
    """In a SELECT list, nested, in WHERE, in what is written, and as an aggregate's function."""
    session = module.session
    session.execute("CREATE TABLE words (p int, s text, v bigint, PRIMARY KEY (p, s))")
    for i, word in enumerate(["a", "word", "abcdefgh", "für", "xy"]):
        session.execute("INSERT INTO words (p, s, v) VALUES (1, %s, %s)", (word, i))
    module.create("reversed", "s text", "text")
    module.create("added", "a bigint, b bigint", "bigint")
    module.create("longest", "state text, s text", "text")
    session.execute("CREATE AGGREGATE longest_of(text) SFUNC longest STYPE text INITCOND ''")
    session.execute("CREATE AGGREGATE total(bigint) SFUNC added STYPE bigint INITCOND 100")
    assert sorted(session.execute("SELECT reversed(s), reversed(reversed(s)) FROM words")) == sorted(
        (word[::-1], word) for word in ["a", "word", "abcdefgh", "für", "xy"])
    assert session.execute("SELECT longest_of(s), longest_of(reversed(s)), total(v), total(added(v, 1)) FROM words").one() == (
        "abcdefgh", "hgfedcba", 110, 115)
    assert session.execute("SELECT longest_of(s) FROM words WHERE p = 99").one()[0] == ""
    assert session.execute("SELECT v FROM words WHERE p = 1 AND s = reversed('drow')").one()[0] == 1
    assert [row[0] for row in session.execute("SELECT s FROM words WHERE v = added(1, 1) ALLOW FILTERING")] == ["abcdefgh"]
    session.execute("INSERT INTO words (p, s, v) VALUES (2, reversed('olleh'), added(40, 2))")
    assert session.execute("SELECT s, v FROM words WHERE p = 2").one() == ("hello", 42)
    session.execute("UPDATE words SET v = added(v_of, 1) WHERE p = 2 AND s = 'hello'".replace("v_of", "99"))
    assert session.execute("SELECT v FROM words WHERE p = 2").one()[0] == 100
    session.execute("DELETE FROM words WHERE p = 2 AND s = reversed('olleh')")
    assert session.execute("SELECT v FROM words WHERE p = 2").one() is None


def panic(module: Module, match: str = "unreachable") -> None:
    """The guest's own end is one error with the row; the next call is served."""
    module.create("panics_at", "v bigint, at bigint", "bigint")
    with pytest.raises(FunctionFailure, match=rf"{match}.*, called with \(10, 10\)"):
        module.session.execute("SELECT panics_at(v, 10) FROM one")
    assert module.session.execute("SELECT panics_at(v, 11) FROM one").one()[0] == 10


def large_results(module: Module) -> None:
    """Results larger than a page of memory and than a page of rows, in every row."""
    session = module.session
    session.execute("CREATE TABLE rows (id int PRIMARY KEY, s text)")
    for i in range(40):
        session.execute("INSERT INTO rows (id, s) VALUES (%s, %s)", (i, f"{i:03d}"))
    module.create("repeated", "s text, n int", "text")
    statement = session.prepare("SELECT s, repeated(s, 60000) FROM rows")
    statement.fetch_size = 7
    rows = list(session.execute(statement))
    assert len(rows) == 40 and all(text == word * 60_000 for word, text in rows)
    assert len(module.call("repeated", ("x" * 100, 20_000))) == 2_000_000


def as_text(module: Module) -> str:
    """The module as `wasm2wat` shows it, which is how published modules are passed around."""
    done = subprocess.run(["wasm2wat", "--enable-all", str(module.path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # In the strings of data, two dollars would end a literal between dollars.
    return done.stdout.replace("$$", r"$\24")


def spellings(module: Module) -> None:
    """The same module as base64, as quoted text with every quote doubled, and as text between dollars."""
    text = as_text(module)
    session = module.session
    head = "CREATE OR REPLACE FUNCTION fib(n bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE {} AS "
    quoted = text.replace("'", "''")
    for language in ("wasm", "xwasm"):
        for body in (f"'{module.body}'", f"$${module.body}$$", f"'{quoted}'", f"$${text}$$"):
            session.execute(head.format(language) + body)
            assert module.call("fib", (15,)) == 610


def fill_a_million(session) -> None:
    """Ten partitions of a hundred thousand rows; shared by all modules."""
    session.execute("CREATE KEYSPACE IF NOT EXISTS million WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    session.execute("CREATE TABLE IF NOT EXISTS million.rows (p int, c int, s text, PRIMARY KEY (p, c))")
    if session.execute("SELECT s FROM million.rows WHERE p = 9 AND c = 99999").one() is not None:
        return
    rows = 200
    values = " ".join("INSERT INTO million.rows (p, c, s) VALUES (?, ?, ?)" for _ in range(rows))
    insert = session.prepare(f"BEGIN UNLOGGED BATCH {values} APPLY BATCH")
    pending = []
    for p in range(10):
        for first in range(0, 100_000, rows):
            arguments = [each for c in range(first, first + rows) for each in (p, c, f"row {c:05d}")]
            pending.append(session.execute_async(insert, arguments))
            if len(pending) == 32:
                for future in pending:
                    future.result()
                pending.clear()
    for future in pending:
        future.result()


def million_rows(module: Module) -> None:
    """A million texts in and out, in two ways, within as much memory as a few batches take."""
    session = module.session
    fill_a_million(session)
    module.create("reversed", "s text", "text")
    module.create("length_of", "s text", "int")
    ks = module.keyspace
    assert session.execute(f"SELECT min({ks}.reversed(s)), max({ks}.reversed(s)), count(*) FROM million.rows", timeout=300).one() == (
        "00000 wor", "99999 wor", 1_000_000)
    assert session.execute(f"SELECT sum({ks}.length_of(s)) FROM million.rows", timeout=300).one()[0] == 9_000_000
    module.create("longest", "state text, s text", "text")
    session.execute("CREATE AGGREGATE longest_of(text) SFUNC longest STYPE text INITCOND ''")
    assert len(session.execute(f"SELECT {ks}.longest_of(s) FROM million.rows", timeout=300).one()[0]) == 9
    for function in ("reversed", "length_of", "longest"):
        assert module.metric("rows_total", function) >= 1_000_000
        peak = module.metric("memory_peak_bytes", function)
        assert 0 < peak <= module.memory_bytes_max, f"{function}: {peak} bytes"

"""The state of an aggregate stays in the guest: what the server calls, and what becomes of a state that grows too large."""

from __future__ import annotations

import base64
import re
import subprocess

import pytest
from cassandra import FunctionFailure
from cassandra.query import BatchStatement, BatchType

from harness.server import ROOT

ROWS = 9000
STATE = "tuple<bigint, bigint>"
SOURCE = ROOT / "bench" / "guests" / "average_length.cc"
CLANG = ["clang++-19", "--target=wasm32", "-O2", "-std=c++20", "-ffreestanding", "-nostdlib", "-fno-exceptions", "-Wl,--no-entry"]


@pytest.fixture(scope="module")
def modules(tmp_path_factory) -> dict[int, str]:
    """The bench's accumulate_len and merge_len, for versions 2 and 3."""
    made = {}
    for version in (2, 3):
        path = tmp_path_factory.mktemp("module") / f"{version}.wasm"
        exports = ["-Wl,--export=_scylla_abi"] if version == 2 else []
        subprocess.run([*CLANG, *exports, f"-DABI={version}", str(SOURCE), "-o", str(path)], check=True)
        made[version] = base64.b64encode(path.read_bytes()).decode()
    return made


@pytest.fixture
def many(session):
    session.execute("CREATE TABLE many (p int, c int, s text, PRIMARY KEY (p, c))")
    insert = session.prepare("INSERT INTO many (p, c, s) VALUES (?, ?, ?)")
    for p in range(ROWS // 500):
        batch = BatchStatement(BatchType.UNLOGGED)
        for c in range(500):
            batch.add(insert, (p, c, "x" * (c % 20)))
        session.execute(batch)
    return session


def guest_calls(server) -> int:
    return int(re.search(r"^nacre_sandbox_guest_calls_total (\d+)", server.metrics(), re.MULTILINE)[1])


def calls_of(server, session, question: str) -> tuple[int, list]:
    before = guest_calls(server)
    rows = [tuple(row) for row in session.execute(question)]
    return guest_calls(server) - before, rows


@pytest.mark.parametrize("language", ["version 2", "version 3", "Lua", "JavaScript"])
def test_rows_cost_no_calls(server, many, modules, language):
    """Some calls for a batch of thousands of rows and for a piece of the scan; none for a row."""
    session = many
    if language == "Lua":
        session.execute(f"CREATE FUNCTION accumulate_len(acc {STATE}, a text) RETURNS NULL ON NULL INPUT RETURNS {STATE}"
                        " LANGUAGE lua AS 'return {acc[1] + 1, acc[2] + #a}'")
        session.execute(f"CREATE FUNCTION merge_len(a {STATE}, b {STATE}) RETURNS NULL ON NULL INPUT RETURNS {STATE}"
                        " LANGUAGE lua AS 'return {a[1] + b[1], a[2] + b[2]}'")
    elif language == "JavaScript":
        session.execute(f"CREATE FUNCTION accumulate_len(acc {STATE}, a text) RETURNS NULL ON NULL INPUT RETURNS {STATE}"
                        " LANGUAGE javascript AS 'return [acc[0] + 1n, acc[1] + BigInt(a.length)]'")
        session.execute(f"CREATE FUNCTION merge_len(a {STATE}, b {STATE}) RETURNS NULL ON NULL INPUT RETURNS {STATE}"
                        " LANGUAGE javascript AS 'return [a[0] + b[0], a[1] + b[1]]'")
    else:
        source = modules[int(language[-1])]
        session.execute(f"CREATE FUNCTION accumulate_len(acc {STATE}, a text) RETURNS NULL ON NULL INPUT RETURNS {STATE}"
                        f" LANGUAGE wasm AS '{source}'")
        session.execute(f"CREATE FUNCTION merge_len(a {STATE}, b {STATE}) RETURNS NULL ON NULL INPUT RETURNS {STATE}"
                        f" LANGUAGE wasm AS '{source}'")
    session.execute(f"CREATE AGGREGATE lengths(text) SFUNC accumulate_len STYPE {STATE} REDUCEFUNC merge_len INITCOND (0, 0)")
    session.execute(f"CREATE AGGREGATE in_turn(text) SFUNC accumulate_len STYPE {STATE} INITCOND (0, 0)")
    total = ROWS // 20 * sum(range(20))
    for aggregate in ("lengths", "in_turn"):
        calls, rows = calls_of(server, session, f"SELECT {aggregate}(s) FROM many")
        assert rows == [((ROWS, total),)]
        assert calls <= 60, f"{calls} calls for {ROWS} rows"
    calls, rows = calls_of(server, session, "SELECT p, lengths(s) FROM many GROUP BY p")
    assert sorted(rows) == [(p, (500, 25 * sum(range(20)))) for p in range(ROWS // 500)]
    assert calls <= 20 + 4 * len(rows), f"{calls} calls for {len(rows)} groups"
    # Groups of a row each: one call for many of them.
    calls, rows = calls_of(server, session, "SELECT p, c, lengths(s) FROM many GROUP BY p, c LIMIT 4000")
    assert len(rows) == 4000 and all(state == (1, c % 20) for _, c, state in rows)
    assert calls <= 100, f"{calls} calls for {len(rows)} groups"


def test_final_functions_are_called_for_many_groups(server, many):
    session = many
    session.execute("CREATE FUNCTION longer(s int, v text) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS"
                    " 'if #v > s then return #v end return s'")
    session.execute("CREATE FUNCTION shown(s int) RETURNS NULL ON NULL INPUT RETURNS text LANGUAGE lua AS 'return \"up to \" .. s'")
    session.execute("CREATE AGGREGATE longest(text) SFUNC longer STYPE int FINALFUNC shown INITCOND 0")
    session.execute("CREATE AGGREGATE longest_of(text) SFUNC longer STYPE int INITCOND 0")
    without, _ = calls_of(server, session, "SELECT p, c, longest_of(s) FROM many GROUP BY p, c LIMIT 4000")
    calls, rows = calls_of(server, session, "SELECT p, c, longest(s) FROM many GROUP BY p, c LIMIT 4000")
    assert all(text == f"up to {c % 20}" for _, c, text in rows) and len(rows) == 4000
    assert calls - without <= 50


def names_the_state_function(error: FunctionFailure, function: str) -> None:
    assert error.function == function


@pytest.mark.parametrize("where", ["", " WHERE p = 1"])
def test_a_state_that_outgrows_the_memory(guest, many, where):
    guest.session.execute("CREATE FUNCTION grow(s text, v text) RETURNS NULL ON NULL INPUT RETURNS text LANGUAGE lua AS 'return s .. s'")
    guest.session.execute("CREATE FUNCTION both(a text, b text) RETURNS NULL ON NULL INPUT RETURNS text LANGUAGE lua AS 'return a .. b'")
    guest.session.execute("CREATE AGGREGATE grown(text) SFUNC grow STYPE text INITCOND 'x'")
    guest.session.execute("CREATE AGGREGATE merged(text) SFUNC grow STYPE text REDUCEFUNC both INITCOND 'x' WITH check_merge_laws = false")
    for aggregate in ("grown", "merged"):
        with pytest.raises(FunctionFailure, match=r"execution of '[a-z0-9_]+\.grow\[text, text\]' failed: .*memory") as caught:
            guest.session.execute(f"SELECT {aggregate}(s) FROM many{where}")
        names_the_state_function(caught.value, "grow")
    guest.next_query_works()


def test_a_state_that_outgrows_the_memory_of_a_module(guest, many):
    """Version 2, a state that doubles: the module's own allocator finds no room."""
    guest.session.execute("CREATE FUNCTION grow(s blob, v text) RETURNS NULL ON NULL INPUT RETURNS blob LANGUAGE wasm AS $$" + """
(module
  (memory (export "memory") 2)
  (global (export "_scylla_abi") i32 (i32.const 16))
  (data (i32.const 16) "\\02")
  (global $top (mut i32) (i32.const 1024))
  (func $malloc (export "_scylla_malloc") (param $n i32) (result i32) (local $at i32)
    (local.set $at (global.get $top))
    (global.set $top (i32.add (local.get $at) (i32.and (i32.add (local.get $n) (i32.const 15)) (i32.const -8))))
    (block $done (loop $more
      (br_if $done (i32.le_u (global.get $top) (i32.mul (memory.size) (i32.const 65536))))
      (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (return (i32.const 0))))
      (br $more)))
    (local.get $at))
  (func (export "_scylla_free") (param i32))
  (func (export "grow") (param $s i64) (param $v i64) (result i64) (local $size i32) (local $to i32)
    (local.set $size (i32.mul (i32.const 2) (i32.wrap_i64 (i64.shr_u (local.get $s) (i64.const 32)))))
    (local.set $to (call $malloc (local.get $size)))
    (if (i32.eqz (local.get $to)) (then unreachable))
    (i64.or (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 32)) (i64.extend_i32_u (local.get $to)))))
$$""")
    guest.session.execute("CREATE AGGREGATE grown(text) SFUNC grow STYPE blob INITCOND 0x00")
    with pytest.raises(FunctionFailure, match=r"execution of '[a-z0-9_]+\.grow\[blob, text\]' failed: .*unreachable") as caught:
        guest.session.execute("SELECT grown(s) FROM many WHERE p = 1")
    names_the_state_function(caught.value, "grow")
    guest.next_query_works()


def test_a_state_that_is_too_large_to_be_a_result(guest, many):
    """It fits into the guest, but not into what a function may give back."""
    guest.session.execute("CREATE FUNCTION keep(s blob, v text) RETURNS NULL ON NULL INPUT RETURNS blob LANGUAGE lua AS"
                          " 'if #s == 1 then return (\"x\"):rep(70000) end return s' WITH output_bytes_max = 65536")
    guest.session.execute("CREATE AGGREGATE kept(text) SFUNC keep STYPE blob INITCOND 0x00")
    with pytest.raises(FunctionFailure,
                       match=r"execution of '[a-z0-9_]+\.keep\[blob, text\]' failed: .*70000 bytes, output_bytes_max is 65536"):
        guest.session.execute("SELECT kept(s) FROM many WHERE p = 1")
    guest.next_query_works()

"""What the C++ library promises besides types: errors, logs, memory, states, columns; the vectors, in the sandbox."""

from __future__ import annotations

import time

import pytest

from harness import sdk_cpp
from harness.sdk import BUILT
from harness.server import ROOT
from harness.wasm_module import WasmModule, custom_text, imports

SOURCE = ROOT / "tests" / "sdk" / "cpp" / "behaviour.cc"
VECTORS = ROOT / "sdk" / "abi" / "vectors"


@pytest.fixture(scope="module", params=sdk_cpp.COMPILERS)
def path(request):
    return sdk_cpp.module("behaviour", [SOURCE], request.param, f"-I{sdk_cpp.SDK / 'tests'}")


@pytest.fixture(scope="module", params=[3, 2], ids=lambda version: f"version-{version}")
def installed(request, path, connection, new_keyspace):
    name = new_keyspace()
    WasmModule(path, request.param).install(connection)
    connection.execute("CREATE TABLE one (id int PRIMARY KEY, v bigint, s text, l list<int>)")
    connection.execute("INSERT INTO one (id, v, s, l) VALUES (1, 10, 'text', [1, 2])")
    connection.execute("CREATE TABLE rows (p int, c int, v bigint, s text, PRIMARY KEY (p, c))")
    for c in range(50):
        connection.execute(f"INSERT INTO rows (p, c, v, s) VALUES (1, {c}, {(c * 7) % 50}, {'null' if c % 5 == 0 else repr(f'row {c}')})")
    connection.version = request.param
    yield connection
    connection.execute(f"DROP KEYSPACE {name}")


def value(client, expression: str, where: str = "FROM one"):
    return client.execute(f"SELECT {expression} {where}")[0][0]


def blocks(name: str) -> list[str]:
    lines = [line for line in (VECTORS / name).read_text().splitlines() if line and not line.startswith("#")]
    return [block + "\nend\n" for block in ("\n".join(lines) + "\n").split("\nend\n") if block.strip()]


@pytest.mark.parametrize("name", ["encode.txt", "decode.txt", "errors.txt"])
def test_vectors(installed, name):
    installed.execute(f"CREATE TABLE vectors_{name[:-4]} (id int PRIMARY KEY, block text)")
    expected = blocks(name)
    for number, block in enumerate(expected):
        quoted = block.replace("'", "''")
        installed.execute(f"INSERT INTO vectors_{name[:-4]} (id, block) VALUES ({number}, '{quoted}')")
    found = installed.execute(f"SELECT id, check_vector(block) FROM vectors_{name[:-4]}")
    assert len(found) == len(expected)
    assert [(expected[number].split("\n")[0], complaint) for number, complaint in found if complaint is not None] == []
    broken = "decode x\nresult tinyint\nsent 1\naddress 64\nmemory 64 010000000000000000000000000800000000000000000000\nvalue 02\nend\n"
    assert value(installed, f"check_vector('{broken}')") == "row 0 is 00 instead of 02"


def test_errors_have_a_text_and_the_row(installed):
    where = "WHERE p = 1 AND c = 0"
    assert value(installed, "refuses(v)", f"FROM rows {where}") == 0
    answer = installed.answer("SELECT refuses(v) FROM rows")
    if installed.version == 3:
        assert "failed: not 13, which is true, called with (13)" in answer
    else:
        assert "called with (13)" in answer
    assert value(installed, "refuses(v)") == 10


def test_what_the_standard_library_would_throw_ends_the_call(installed):
    assert value(installed, "throws_out_of_range('12345six')") == "six"
    answer = installed.answer("SELECT throws_out_of_range(s) FROM one")
    assert answer.startswith("ERROR 0x1400") and "called with ('text')" in answer
    assert value(installed, "at_index(l, 1)") == 2
    answer = installed.answer("SELECT at_index(l, 2) FROM one")
    assert answer.startswith("ERROR 0x1400") and "called with ([1, 2], 2)" in answer
    if installed.version == 3:
        assert "vector" in answer


def test_the_log(installed, server):
    assert value(installed, "says('hello')") == "hello"
    deadline = time.monotonic() + 10
    while "says hello in 5 bytes" not in server.log.read_text(errors="replace"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_memory(installed):
    assert value(installed, "copies_wrong(150)") == 0
    assert value(installed, "aligned(100)") is True
    assert len(value(installed, "megabytes(3)")) == 3 << 20
    answer = installed.answer("SELECT megabytes(1000) FROM one")
    assert answer.startswith("ERROR 0x1400")
    if installed.version == 3:
        assert "the function's memory is used up" in answer
    sums = installed.execute("SELECT churn(v) FROM rows")
    assert len(sums) == 50 and all(0 < total[0] < 300 * 3000 for total in sums)


def test_memory_is_used_again(installed, server):
    """Hundreds of thousands of allocations in one statement, within a few megabytes."""
    for _ in range(3):
        installed.execute("SELECT churn(v), churn(v + 1000), churn(v + 2000) FROM rows")
    peaks = [float(line.rsplit(" ", 1)[1]) for line in server.metrics().splitlines()
             if line.startswith("nacre_function_memory_peak_bytes") and '"churn' in line]
    assert peaks and max(peaks) < 4 << 20


def test_globals_last_for_a_statement(installed):
    for _ in range(2):
        assert sorted(row[0] for row in installed.execute("SELECT calls_before(v) FROM rows WHERE p = 1")) == list(range(50))


def test_state_functions(installed):
    installed.execute("CREATE AGGREGATE total(bigint) SFUNC added STYPE bigint INITCOND 5")
    installed.execute("CREATE AGGREGATE last_of(text) SFUNC latest STYPE text")
    assert value(installed, "total(v)", "FROM rows") == 5 + sum(range(50))
    assert value(installed, "last_of(s)", "FROM rows WHERE p = 1") == "row 49"
    assert value(installed, "last_of(s)", "FROM rows WHERE p = 2") is None


def test_columns(installed):
    ranks = [row[0] for row in installed.execute("SELECT rank_in_batch(v) FROM rows WHERE p = 1")]
    expected = [(c * 7) % 50 for c in range(50)] if installed.version == 3 else [0] * 50
    assert ranks == expected
    rows = installed.execute("SELECT c, or_dash(s, true), or_dash(s, false), or_dash(s, null) FROM rows WHERE p = 1")
    assert rows == [(c, "-" if c % 5 == 0 else f"row {c}", "-", None) for c in range(50)]
    assert str(value(installed, "column_of_dates('2024-02-28')")) == "2024-02-29"


def test_names_and_shapes_of_declarations(installed, path):
    assert value(installed, "priced(1.5)") == 3.0
    assert value(installed, "length_of(s)") == 4 and value(installed, "length_of(null)") is None
    assert value(installed, "mirrored({x: 1.5, y: -2})") == (-2.0, 1.5)
    assert value(installed, "extent(CAST(v AS double))", "FROM rows") == 49.0
    assert value(installed, "extent(CAST(v AS double))", "FROM rows WHERE p = 2") is None
    lines = custom_text(path.read_bytes(), "nacre.functions").splitlines()
    assert "priced(net double) RETURNS NULL ON NULL INPUT RETURNS double" in lines
    assert "unnamed(a double, b float) RETURNS NULL ON NULL INPUT RETURNS double" in lines


def test_what_is_logged_is_the_only_import(path):
    assert imports(path.read_bytes()) == [("wasi_snapshot_preview1", "fd_write")]


# ---- Sizes ------------------------------------------------------------------------------------------------

FIB = """#include <nacre/function.h>
NACRE_FUNCTION std::int64_t fib(std::int64_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
"""
COMMAS = """#include <nacre/function.h>
NACRE_FUNCTION std::optional<std::string> commas(std::optional<std::vector<std::string>> words);

std::optional<std::string> commas(std::optional<std::vector<std::string>> words) {
    if (!words) return std::nullopt;
    std::string joined;
    for (const auto& word : *words) {
        if (&word != &words->front()) joined += ", ";
        joined += word;
    }
    return joined;
}
"""


@pytest.mark.parametrize("compiler", sdk_cpp.COMPILERS)
@pytest.mark.parametrize("name, source, bytes_max", [("fib", FIB, 1500), ("commas", COMMAS, 7000)])
def test_modules_are_small_and_import_nothing(compiler, name, source, bytes_max):
    BUILT.mkdir(parents=True, exist_ok=True)
    path = BUILT / f"{name}.cc"
    path.write_text(source)
    module = sdk_cpp.module(name, [path], compiler).read_bytes()
    print(f"{name} by {compiler}: {len(module)} bytes")
    assert len(module) < bytes_max and imports(module) == []

"""The crate sdk/rust beyond the conformance functions: its own tests, its compile errors, without std, and moving from scylla-udf."""

from __future__ import annotations

import os
import subprocess
import time

import pytest

from harness import sdk
from harness.server import ROOT
from harness.wasm_module import WasmModule

RUST = ROOT / "tests" / "sdk" / "rust"

# What the compiler says of each mistake in wrong/src/lib.rs, and on which line.
MISTAKES = {
    "unsigned": ("`u32` stands for no CQL type", "CQL types in Rust: bool, i8 tinyint, i16 smallint", "src/lib.rs:8:16"),
    "unsigned_inside": ("`usize` stands for no CQL type", "CQL has no unsigned integers", "src/lib.rs:14:23"),
    "result": ("`char` can't be the result of a function", "results are of CQL types: bool, i8", "src/lib.rs:20:22"),
    "nothing": ("an exported function has a result", "src/lib.rs:26:4"),
    "generic": ("an exported function can't be generic", "src/lib.rs:30:12"),
    "method": ("a function, not a method", "src/lib.rs:39:15"),
    "struct_field": ("`u8` stands for no CQL type", "src/lib.rs:47:10"),
    "no_accumulate": ("an aggregate has at least fn accumulate(&mut self, …)", "src/lib.rs:57:6"),
    "columns": ("a function of columns takes &mut Results<T> or a slice like &mut [f64]", "src/lib.rs:65:15"),
    "option": ("there are the options name = \"…\", deterministic, columns and rows = false", "src/lib.rs:70:12"),
    "name": ("C's library has a `pow` too", "src/lib.rs:76:12"),
}


def test_its_own_tests():
    printed = sdk.cargo(["test", "--locked", "--all-features"], ROOT / "sdk" / "rust")
    assert printed.count("test result: ok") >= 5, printed


def test_it_is_formatted_and_clean():
    sdk.cargo(["fmt", "--all", "--check"], ROOT / "sdk" / "rust")
    for target in ([], ["--target", "wasm32-unknown-unknown"]):
        sdk.cargo(["clippy", "--quiet", "--locked", "--all-features", *target, "--", "-D", "warnings"], ROOT / "sdk" / "rust")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake(mistake):
    with sdk.alone("rust") as target:
        done = subprocess.run(["cargo", "check", "--quiet", "--locked", "--features", mistake], cwd=RUST / "wrong", capture_output=True, text=True,
                              env=os.environ | {"CARGO_TARGET_DIR": str(target), "RUSTFLAGS": ""})
    assert done.returncode != 0
    for part in MISTAKES[mistake]:
        assert part in done.stderr, done.stderr


@pytest.fixture(params=[3, 2], ids=["version-3", "version-2"])
def bare(request, client):
    WasmModule(sdk.rust_module(RUST / "bare", "bare", "wasm32-unknown-unknown"), request.param).install(client, None if request.param == 3 else [
        "fib", "commas", "panics", "says"])
    client.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint)")
    for i in range(4):
        client.execute(f"INSERT INTO t (id, v) VALUES ({i}, {i * i})")
    return client


def only(client, expression: str):
    [(value,)] = client.execute(f"SELECT {expression} FROM t WHERE id = 1")
    return value


def test_without_std(bare, server):
    assert only(bare, "fib(20)") == 6765
    assert only(bare, "commas(['a', 'b'])") == "a, b"
    assert bare.answer("SELECT panics(13) FROM t WHERE id = 1").startswith("ERROR 0x1400")
    assert "13 is not for me" in bare.answer("SELECT panics(13) FROM t WHERE id = 1")
    assert str(only(bare, "says('2024-02-29')")) == "2024-02-29"
    end = time.monotonic() + 5
    while "it is (2024, 2, 29)" not in server.log.read_text():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_name_of_c_has_batches_alone(client):
    module = WasmModule(sdk.rust_module(RUST / "bare", "bare", "wasm32-unknown-unknown"))
    module.install(client)
    client.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint)")
    client.execute("INSERT INTO t (id, v) VALUES (1, 5)")
    client.execute("INSERT INTO t (id, v) VALUES (2, -7)")
    assert only(client, "pow(3.0, 4.0)") == 81.0
    assert client.execute("SELECT range(v) FROM t") == [((-7, 5),)]


def test_moving_from_scylla_udf(client):
    """The very functions of tests/udf/modules/scylla_udf, of which only a line of imports is changed."""
    module = WasmModule(sdk.rust_module(RUST / "moved", "moved", "wasm32-wasip1"))
    module.install(client)
    assert len(module.functions) > 65
    client.execute("CREATE TABLE t (id int PRIMARY KEY)")
    client.execute("INSERT INTO t (id) VALUES (1)")
    for expression, expected in {
        "fib(20)": 6765, "to_fahrenheit(100.0)": 212.0, "reversed('abc')": "cba", "or_else(null, 'b')": "b", "sum_of([1, -2, 3])": 2,
        "joined(['a', 'b'])": "a,b", "version_of(f47ac10b-58cc-4372-a567-0e02b2c3d479)": 4, "is_v6('::1')": True, "scale_of(1.50)": 2,
        "is_negative(-10000000000000000000000000000)": True, "keys_of({'b': 1, 'a': 2})": ["a", "b"], "swapped((1, 'a'))": ("a", 1),
        "older({name: 'Ada', age: 36, tags: ['x']})": ("Ada", 37, ["x"]),
    }.items():
        assert only(client, expression) == expected, expression
    assert str(only(client, "tomorrow('2024-02-28')")) == "2024-02-29"
    assert only(client, "hour_later('2024-01-01T00:00:00.000Z')").isoformat() == "2024-01-01T01:00:00"

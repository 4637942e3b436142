"""The package sdk/assemblyscript beyond the conformance functions: compile errors, files that import each other, errors and logs."""

from __future__ import annotations

import os
import re
import subprocess
import time

import pytest

from harness import sdk
from harness.server import ROOT
from harness.wasm_module import WasmModule

PACKAGE = ROOT / "tests" / "sdk" / "assemblyscript"
MISTAKES = sorted(path.stem for path in (PACKAGE / "wrong").glob("*.ts"))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake(mistake, tmp_path):
    """The first line of the file says on which line the error is, and what it begins with."""
    line, text = re.match(r"// (\d+): (.*)", (PACKAGE / "wrong" / f"{mistake}.ts").read_text()).groups()
    sdk.npm_install(ROOT / "sdk" / "assemblyscript")
    sdk.npm_install(PACKAGE)
    done = subprocess.run(["npx", "asc", f"wrong/{mistake}.ts", "--config", "node_modules/nacre-function/asconfig.json", "--outFile",
                           str(tmp_path / "wrong.wasm")], cwd=PACKAGE, capture_output=True, text=True, env=os.environ)
    assert done.returncode != 0
    assert f"ERROR AS102: User-defined: {text}" in done.stderr, done.stderr
    assert f"wrong/{mistake}.ts({line}," in done.stderr, done.stderr


@pytest.fixture(params=["minimal", "incremental"])
def session(request, client):
    WasmModule(sdk.assemblyscript_module(PACKAGE, "shop", request.param)).install(client)
    client.execute("CREATE TABLE t (id int PRIMARY KEY)")
    client.execute("INSERT INTO t (id) VALUES (1)")
    return client


def only(client, expression: str):
    [(value,)] = client.execute(f"SELECT {expression} FROM t WHERE id = 1")
    return value


def test_types_of_other_files(session):
    assert only(session, "total([{item: 'pearl', price: (1299, 'EUR')}, {item: 'sand', price: (3, 'EUR')}])") == (1302, "EUR")
    assert only(session, "moved([1.0, 2.0], [0.5, -0.5])") == [1.5, 1.5]
    assert only(session, "at_noon('2024-02-29')").isoformat() == "2024-02-29T12:00:00"


def test_errors(session):
    refused = session.answer("SELECT total([]) FROM t WHERE id = 1")
    assert refused.startswith("ERROR 0x1400") and "nothing to add up, called with ([])" in refused
    thrown = session.answer("SELECT total([{item: 'a', price: (1, 'EUR')}, {item: 'b', price: (1, 'CHF')}]) FROM t WHERE id = 1")
    assert thrown.startswith("ERROR 0x1400") and "EUR and CHF" in thrown
    unset = session.answer("SELECT total([{item: 'a', price: (1, null)}]) FROM t WHERE id = 1")
    assert "field currency of Money is null" in unset


def test_the_log(session, server):
    assert only(session, "says('für')") == "für"
    end = time.monotonic() + 5
    while "it says für" not in server.log.read_text():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_memory_is_bounded(session):
    """A hundred megabytes of texts and garbage pass through 32 MiB of memory."""
    session.execute("CREATE TABLE many (id int PRIMARY KEY, s text)")
    for i in range(100):
        session.execute(f"INSERT INTO many (id, s) VALUES ({i}, '{i:03d}')")
    assert session.execute("SELECT max(length_of(padded(s, 300000))) FROM many") == [(300_000,)]
    # Three digits and up to four, a hundred times.
    assert session.execute("SELECT max(wasteful(s, 2000)) FROM many") == [(sum(100 * (3 + len(str(i))) for i in range(2000)),)]

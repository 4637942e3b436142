"""Calls that a server captured, replayed without it."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest
from cassandra import FunctionFailure

from conftest import new_keyspace
from harness.server import BINARY, Server
from test_function_statistics import DIVIDE, cluster_of
from test_functions import create

pytestmark = pytest.mark.nacre_only


@pytest.fixture(scope="module")
def capturing(target, tmp_path_factory):
    directory = tmp_path_factory.mktemp("capturing")
    config = directory / "config.yaml"
    config.write_text("function_capture: all\nfunction_capture_slow_ms: 60\nfunction_capture_files_max: 5\n"
                      "function_quarantine_failures: 0\n")
    with Server(directory / "server", shards=1, config=config) as server, cluster_of(target, server) as cluster:
        session = cluster.connect()
        new_keyspace(session)
        session.execute("CREATE TYPE point (x int, tags frozen<set<text>>)")
        session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint, p point)")
        for i in range(10):
            session.execute("INSERT INTO t (id, v, p) VALUES (%s, %s, {x: 1, tags: {'a', 'b'}})", (i, i))
        yield server, session


def captured(server: Server, before: set[Path], wait_seconds: float = 20) -> Path:
    """The one file that is new since `before`."""
    deadline = time.monotonic() + wait_seconds
    while not (new := files(server) - before):
        assert time.monotonic() < deadline, "nothing was captured:\n" + server.log_tail()
        time.sleep(0.05)
    assert len(new) == 1
    return new.pop()


def files(server: Server) -> set[Path]:
    return set((server.data / "captures").glob("*.capture"))


def replay(path: Path, *options: str) -> tuple[int, str, str]:
    ended = subprocess.run([str(BINARY), "function", "replay", str(path), *options], capture_output=True, text=True,
                           timeout=120, cwd="/")
    return ended.returncode, ended.stdout, ended.stderr


def fail(session, statement: str) -> str:
    with pytest.raises(FunctionFailure) as failure:
        session.execute(statement)
    return re.search(r'message="(.*)"', str(failure.value)).group(1)


def test_a_trap_is_replayed_to_the_same_error(capturing, tmp_path):
    server, session = capturing
    create(session, "divide", DIVIDE)
    before = files(server)
    message = fail(session, "SELECT divide(v) FROM t")
    path = captured(server, before)
    assert path.stat().st_mode & 0o077 == 0
    # On another machine: from a copy, while nothing of the server is needed.
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes())
    status, out, _ = replay(copy)
    assert status == 0, out
    assert "function  ks.divide(bigint), wasm" in out and "10 rows, 10 in the file" in out
    assert out.count(f"failed (trap): {message}") == 2
    assert out.endswith("the same outcome\n")


def test_a_lua_error_is_replayed_to_the_same_error(capturing):
    server, session = capturing
    create(session, "picky", "print('looking', p.x) error('no ' .. math.random(1000000))", "lua", "p point", "int")
    before = files(server)
    message = fail(session, "SELECT picky(p) FROM t WHERE id = 3")
    status, out, _ = replay(captured(server, before))
    assert status == 0, out
    # The same random number, too.
    assert out.count(f"failed (reported): {message}") == 2
    assert "stdout    looking\t1\n" in out


def test_a_fold_is_replayed_from_its_state(capturing):
    server, session = capturing
    create(session, "sum_small", "if s > 1000 then error('too much: ' .. s) end return s + v", "lua", "s bigint, v bigint")
    session.execute("CREATE AGGREGATE total (bigint) SFUNC sum_small STYPE bigint INITCOND 998")
    before = files(server)
    message = fail(session, "SELECT total(v) FROM t")
    status, out, _ = replay(captured(server, before))
    assert status == 0, out
    assert "state     998\n" in out and out.count(message) == 2


def test_a_slow_call_is_replayed_with_its_results(capturing):
    server, session = capturing
    create(session, "slow", "local n = 0 for i = 1, 20000000 do n = n + 1 end return n + v", "lua")
    before = files(server)
    session.execute("SELECT slow(v) FROM t WHERE id = 4")
    path = captured(server, before)
    status, out, _ = replay(path)
    assert status == 0, out
    assert "slow(4) = 20000004\n" in out and out.count("finished, ") == 2
    status, out, _ = replay(path, "--rows", "1")
    assert status == 0 and "slow(4) = 20000004\n" in out


def test_what_is_no_capture_is_refused(capturing, tmp_path):
    server, session = capturing
    create(session, "bad", "error('bad')", "lua")
    before = files(server)
    fail(session, "SELECT bad(v) FROM t WHERE id = 1")
    content = captured(server, before).read_bytes()
    for name, wrong, reason in [
        ("missing", None, "can't be read"), ("empty", b"", "it is not a captured call"),
        ("text", b"hello", "it is not a captured call"), ("short", content[:-5], "damaged: its checksum does not fit"),
        ("changed", content[:100] + b"\xff" + content[101:], "damaged: its checksum does not fit"),
        ("newer", content[:8] + b"\0\0\0\x09" + content[12:], "version 9 of the format"),
    ]:
        if wrong is not None:
            (tmp_path / name).write_bytes(wrong)
        status, out, error = replay(tmp_path / name)
        assert (status, out) == (2, "") and error.startswith(f"nacre: {tmp_path / name}: ") and reason in error


def test_files_are_bounded(capturing):
    server, session = capturing
    create(session, "often", "error('x' .. v)", "lua")
    for _ in range(30):
        fail(session, "SELECT often(v) FROM t WHERE id = 1")
        time.sleep(0.02)
    deadline = time.monotonic() + 20
    while len(files(server)) > 5 or list((server.data / "captures").glob("*.part")):
        assert time.monotonic() < deadline, os.listdir(server.data / "captures")
        time.sleep(0.05)
    page = server.metrics()
    written, dropped = (int(re.search(name + r" (\d+)", page).group(1)) for name in
                        ("\nnacre_function_captures_total", "\nnacre_function_captures_dropped_total"))
    assert written > 5 and written + dropped >= 30


def test_nothing_is_captured_unless_asked_for(target, session, keyspace):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint)")
    session.execute("INSERT INTO t (id, v) VALUES (1, 1)")
    create(session, "bad", "error('bad')", "lua")
    with pytest.raises(FunctionFailure):
        session.execute("SELECT bad(v) FROM t")
    assert not (target.server.data / "captures").exists()

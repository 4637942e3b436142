"""A guest may talk as long as it likes: so much of it is kept, and talking costs its own time."""

from __future__ import annotations

import time

import pytest

from conftest import LIMITS
from harness.wat import function, module

IMPORT = '(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))'
# One vector of 64 characters, the last of them a line's end.
LINE = '(data (i32.const 32) "\\40\\00\\00\\00\\40\\00\\00\\00") (data (i32.const 64) "' + "flood" * 12 + 'end\\0a")'
WRITE = "(call $write (i32.const {fd}) (i32.const 32) (i32.const 1) (i32.const 24))"


def talker(body: str, more: str = LINE, memory: str = "1") -> str:
    return IMPORT + module(more, function(body), memory=memory).removeprefix("(module")


def logged(guest) -> str:
    time.sleep(0.05)
    return guest.server.log.read_text(errors="replace")


def lines_about(guest, word: str) -> list[str]:
    return [line for line in logged(guest).splitlines() if guest.keyspace in line and word in line]


@pytest.mark.parametrize("fd", [1, 2])
def test_a_line_is_logged_with_its_function(guest, fd):
    guest.create(talker("(drop " + WRITE.format(fd=fd) + ") (local.get 0)"))
    assert guest.call() == 10
    lines = lines_about(guest, "floodflood")
    assert len(lines) == 1 and f"{guest.keyspace}.f" in lines[0]


def test_an_endless_flood(guest):
    guest.create(talker("(loop $l (drop " + WRITE.format(fd=1) + ") (br $l)) (i64.const 0)"))
    before = guest.server.log.stat().st_size
    guest.fails("more than 20 ms of CPU time")
    time.sleep(0.05)
    # Each line has a head of its own.
    assert guest.server.log.stat().st_size - before < 6 * LIMITS["function_log_bytes_per_statement_max"]
    assert 10 < len(lines_about(guest, "floodflood")) <= LIMITS["function_log_bytes_per_statement_max"] // 64


def test_a_flood_of_empty_lines(guest):
    guest.create(talker("(loop $l (drop " + WRITE.format(fd=1) + ") (br $l)) (i64.const 0)",
                        '(data (i32.const 32) "\\40\\00\\00\\00\\01\\00\\00\\00") (data (i32.const 64) "\\0a")'))
    before = guest.server.log.stat().st_size
    guest.fails("more than 20 ms of CPU time")
    time.sleep(0.1)
    assert guest.server.log.stat().st_size - before < 150 * LIMITS["function_log_bytes_per_statement_max"]


def test_a_flood_without_a_line_end(guest):
    guest.create(talker("(loop $l (drop " + WRITE.format(fd=1) + ") (br $l)) (i64.const 0)", LINE.replace("\\0a", "!")))
    guest.fails("more than 20 ms of CPU time")
    assert all(len(line) < 2 * LIMITS["function_log_bytes_per_statement_max"] for line in lines_about(guest, "floodflood"))


def test_one_write_of_the_whole_memory(guest):
    """A thousand vectors of a megabyte each: the guest hears that all was written, the log has its share."""
    vectors = "".join("\\00\\00\\00\\00\\00\\00\\10\\00" for _ in range(1024))
    guest.create(talker("(i64.extend_i32_u (call $write (i32.const 1) (i32.const 4096) (i32.const 1024) (i32.const 24)))",
                        f'(data (i32.const 4096) "{vectors}")', memory="17"))
    began = time.monotonic()
    assert guest.call() in (0, 21)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("call, errno", [
    ("(call $write (i32.const 1) (i32.const -4) (i32.const 1) (i32.const 24))", 21),
    ("(call $write (i32.const 1) (i32.const 32) (i32.const -1) (i32.const 24))", 28),
    ("(call $write (i32.const 1) (i32.const 65532) (i32.const 1) (i32.const 24))", 21),
    ("(call $write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const -1))", 21),
    ("(call $write (i32.const 0) (i32.const 32) (i32.const 1) (i32.const 24))", 8),
    ("(call $write (i32.const 3) (i32.const 32) (i32.const 1) (i32.const 24))", 8),
    ("(call $write (i32.const -1) (i32.const 32) (i32.const 1) (i32.const 24))", 8),
])
def test_bad_writes_are_errors_to_the_guest(guest, call, errno):
    guest.create(talker(f"(i64.extend_i32_u {call})"))
    assert guest.call() == errno


def test_a_flood_by_lua(guest):
    guest.create("for i = 1, 1000000 do print('lua floods ' .. i) end return v", language="lua")
    before = guest.server.log.stat().st_size
    guest.fails("more than 20 ms of CPU time")
    time.sleep(0.05)
    assert guest.server.log.stat().st_size - before < 20 * LIMITS["function_log_bytes_per_statement_max"]


def test_two_hundred_floods_leave_nothing_behind(guest):
    guest.create(talker("(loop $l (drop " + WRITE.format(fd=1) + ") (br $l)) (i64.const 0)"))
    guest.repeated("more than 20 ms of CPU time")

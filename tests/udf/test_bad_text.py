"""Bytes that are no UTF-8: in the names of a module, in its results, in what it logs."""

from __future__ import annotations

import time

import pytest

from harness.wat import as_base64, constant, function, identity, module, name, section

BAD = {
    "a lone continuation": b"\x80", "a lone lead": b"abc\xc3", "overlong": b"\xc0\xaf", "overlong of three": b"\xe0\x80\xaf",
    "a surrogate": b"\xed\xa0\x80", "behind the last code point": b"\xf4\x90\x80\x80", "five bytes": b"\xf8\x88\x80\x80\x80",
    "0xff": b"a\xffb", "cut within a character": "für".encode()[:2], "UTF-16": "text".encode("utf-16"),
}


@pytest.mark.parametrize("bad", BAD)
def test_results(guest, bad):
    guest.create(constant(BAD[bad]), returns="text")
    guest.fails("its result is not a valid text")
    guest.session.execute("DROP FUNCTION f")
    guest.create(constant(BAD[bad]), returns="blob")
    assert guest.call() == BAD[bad]


@pytest.mark.parametrize("returns, value", [
    ("list<text>", b"\0\0\0\1\0\0\0\1\xff"), ("set<text>", b"\0\0\0\1\0\0\0\1\xff"),
    ("map<int, text>", b"\0\0\0\1\0\0\0\4\0\0\0\7\0\0\0\1\xff"), ("tuple<int, text>", b"\xff\xff\xff\xff\0\0\0\1\xff"),
    ("ascii", "ü".encode()), ("ascii", b"\x80"), ("list<ascii>", b"\0\0\0\1\0\0\0\1\xff"),
])
def test_results_inside_of_others(guest, returns, value):
    guest.create(constant(value), returns=returns)
    guest.fails(f"its result is not a valid {returns}")


@pytest.mark.parametrize("good", ["", "\0", "für", "日本語", "\U0001f600", "\U0010ffff", "\ufeff", "a\0b", "‮txet"])
def test_what_looks_odd_but_is_text(guest, good):
    guest.create(constant(good.encode()), returns="text")
    assert guest.call() == good


@pytest.mark.parametrize("bad", BAD)
def test_names_of_exports(guest, bad):
    guest.refused(as_base64(identity(exports=[name(BAD[bad]) + b"\x00\x00"])), "Compilation failed: .*malformed UTF-8 encoding")


@pytest.mark.parametrize("bad", BAD)
def test_names_of_imports(guest, bad):
    imports = section(2, b"\x01" + name(BAD[bad]) + name(b"f") + b"\x00\x00")
    whole = identity()
    at = whole.index(section(3, b"\x01\x00"))
    guest.refused(as_base64(whole[:at] + imports + whole[at:]), "Compilation failed: .*malformed UTF-8 encoding")


@pytest.mark.parametrize("bad", BAD)
def test_names_in_the_name_section_do_not_matter(guest, bad):
    """Traps would show them; what is no text there is no reason to refuse a module."""
    inner = b"\x01\x00" + name(BAD[bad])
    body = identity(codes=[b"\x05\x00\x00\x20\x00\x0b"], after=section(0, name("name") + b"\x01" + bytes([len(inner)]) + inner))
    guest.create(as_base64(body))
    guest.fails(r"`unreachable` instruction executed, called with \(10\)")


def test_names_of_custom_sections(guest):
    guest.refused(as_base64(identity(after=section(0, name(b"\xff\xfe")))), "Compilation failed: .*malformed UTF-8 encoding")


def test_a_log_that_is_no_text(guest):
    guest.create('(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))'
                 + module('(data (i32.const 32) "\\40\\00\\00\\00\\06\\00\\00\\00") (data (i32.const 64) "\\ff\\00\\1b[2\\0a")',
                          function("(drop (call $write (i32.const 2) (i32.const 32) (i32.const 1) (i32.const 48)))"
                                   " (local.get 0)")).removeprefix("(module"))
    assert guest.call() == 10
    # A guest may not write control sequences to an operator's terminal.
    def lines() -> list[str]:
        return [line for line in guest.server.log.read_text(errors="surrogateescape").split("\n") if f"{guest.keyspace}.f" in line]

    # The log is written behind the answer's back.
    give_up = time.monotonic() + 10
    while not lines() and time.monotonic() < give_up:
        time.sleep(0.01)
    [line] = lines()
    assert line.endswith(r"\xff\x00\x1b[2")


def test_an_error_that_is_no_text(guest):
    guest.create(r"error('\xff\27[2J' .. string.rep('x', 100000))", language="lua")
    failure = guest.fails(r"\\xff\\x1b\[2Jxxxx")
    assert "…" in str(failure)


def test_two_hundred_bad_texts_leave_nothing_behind(guest):
    guest.create(constant(b"\xff"), returns="text")
    guest.repeated("its result is not a valid text")

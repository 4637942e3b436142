"""No byte of memory, table or global that a guest wrote is seen by another statement, client or function."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from cassandra.concurrent import execute_concurrent

from conftest import connect
from harness.spies import COUNTER, PAGES, SPY_READS, SPY_WRITES
from harness.wat import allocator, function, module


def create(guest, name: str, body: str, **declaration) -> None:
    guest.create(body.replace('(export "f")', f'(export "{name}")'), name=name, options=f"WITH memory_bytes_max = {PAGES << 16}", **declaration)


def test_each_statement_begins_anew(guest):
    guest.create(COUNTER)
    assert [guest.call() for _ in range(50)] == [1_001_001] * 50


def test_the_rows_of_one_statement_share_an_instance(guest):
    """As far as they are on one shard: that is what batches are for, and no promise."""
    guest.create(COUNTER)
    seen = sorted(row[0] % 1000 for row in guest.session.execute("SELECT f(v) FROM t"))
    assert seen[0] == 1 and seen[-1] <= 4


def test_what_one_function_wrote_another_does_not_find(guest):
    create(guest, "writes", SPY_WRITES)
    create(guest, "reads", SPY_READS)
    for i in range(40):
        assert guest.call("writes(v)", f"WHERE id = {i % 4}") == PAGES
        assert guest.call("reads(v)", f"WHERE id = {i % 4}") == 0


def test_nor_does_it_while_both_run_at_once(guest):
    create(guest, "writes", SPY_WRITES)
    create(guest, "reads", SPY_READS)
    calls = [(f"SELECT {'writes' if i % 2 else 'reads'}(v) FROM t WHERE id = {i % 4}", None) for i in range(200)]
    answers = [result.one()[0] for _, result in execute_concurrent(guest.session, calls, concurrency=8)]
    assert set(answers[0::2]) == {0} and set(answers[1::2]) == {PAGES}


def test_nor_after_a_trap(guest):
    create(guest, "writes", SPY_WRITES.replace("(i64.extend_i32_u (memory.size))", "unreachable"))
    create(guest, "reads", SPY_READS)
    for i in range(20):
        with pytest.raises(Exception, match="unreachable"):
            guest.call("writes(v)")
        assert guest.call("reads(v)", f"WHERE id = {i % 4}") == 0


def test_nor_do_other_clients(guest):
    create(guest, "writes", SPY_WRITES)
    create(guest, "reads", SPY_READS)
    clusters = [connect(guest.server) for _ in range(3)]
    try:
        sessions = [cluster.connect(guest.keyspace) for cluster in clusters]
        with ThreadPoolExecutor(3) as pool:
            def work(number: int) -> set:
                what = "writes(v)" if number == 0 else "reads(v)"
                return {sessions[number].execute(f"SELECT {what} FROM t WHERE id = {i % 4}").one()[0] for i in range(40)}
            assert list(pool.map(work, range(3))) == [{PAGES}, {0}, {0}]
    finally:
        for cluster in clusters:
            cluster.shutdown()


@pytest.mark.parametrize("version", [1, 2])
def test_arguments_of_earlier_statements_are_gone(guest, version):
    """The function looks for a secret in all of its memory, where an earlier statement's argument was."""
    look = ("(local.set $end (i32.shl (memory.size) (i32.const 16)))"
            " (loop $l (if (i64.eq (i64.load (local.get $at)) (i64.const 0x7465726365732d41)) (then (local.set $found"
            " (i32.add (local.get $found) (i32.const 1))))) (local.set $at (i32.add (local.get $at) (i32.const 1)))"
            " (br_if $l (i32.lt_u (local.get $at) (i32.sub (local.get $end) (i32.const 8)))))")
    guest.create(module(allocator(), function(f"{look} (local.get $found)", returns="i32").replace(
        "(result i32)  (local", "(result i32) (local").replace(
        '(export "f") (param i64) (result i32)', '(export "f") (param i64) (result i32) (local $end i32) (local $at i32) (local $found i32)'),
        version=version), signature="s text", returns="int")
    for _ in range(10):
        assert guest.session.execute("SELECT f('A-secret') FROM t WHERE id = 1").one()[0] == 1
        assert guest.session.execute("SELECT f('nothing') FROM t WHERE id = 1").one()[0] == 0


def test_lua_too(guest):
    guest.create("leaked = (leaked or 0) + 1; string.leak = (string.leak or 0) + 1; local m = getmetatable('')"
                 " ; if m then m.leak = (m.leak or 0) + 1 end"
                 " ; return leaked * 100 + string.leak * 10 + (m and m.leak or 0)", language="lua", signature="v bigint")
    try:
        first = guest.call()
    except Exception as failure:  # a chunk that may not write globals is as good
        assert "global" in str(failure) or "nil" in str(failure) or "readonly" in str(failure), failure
        return
    assert [guest.call() for _ in range(20)] == [first] * 20
    guest.create("return leaked == nil and string.leak == nil", language="lua", returns="boolean", name="g")
    assert guest.call("g(v)") is True

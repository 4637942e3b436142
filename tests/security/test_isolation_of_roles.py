"""What a guest wrote for one role is not there for another, whoever else is served meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.spies import COUNTER, PAGES, SPY_READS, SPY_WRITES

ROUNDS = 30
# Gives how often it was called in each place where Lua could keep something. JavaScript has none: all of it is frozen.
LEAKS = "leaked = (leaked or 0) + 1; string.leak = (string.leak or 0) + 1; return leaked * 100 + string.leak"


@pytest.fixture
def roles(superuser, role, keyspace):
    """Two roles that may do the same, and a third that may only read."""
    names = [role, f"{role}_b", f"{role}_c"]
    for name in names[1:]:
        superuser.execute(f"CREATE ROLE {name} WITH PASSWORD = '{name}' AND LOGIN = true")
    for name in names:
        superuser.execute(f"GRANT SELECT ON {keyspace}.t TO {name}")
    for name in names[:2]:
        superuser.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN KEYSPACE {keyspace} TO {name}")
    yield names
    for name in names[1:]:
        superuser.execute(f"DROP ROLE {name}")


@pytest.fixture
def create(superuser, keyspace):
    def make(name: str, body: str, language: str = "wasm") -> None:
        body = body.replace('(export "f")', f'(export "{name}")')
        options = f"WITH memory_bytes_max = {PAGES << 16}" if language == "wasm" else ""
        superuser.execute(f"CREATE FUNCTION {keyspace}.{name}(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint"
                          f" LANGUAGE {language} AS $${body}$$ {options}")
    return make


def answers(session, keyspace: str, function: str) -> set[int]:
    return {session.execute(f"SELECT {keyspace}.{function}(CAST(v AS bigint)) FROM {keyspace}.t WHERE k = {i % 10}").one()[0] for i in range(ROUNDS)}


def test_memory_tables_and_globals(connect, roles, keyspace, create):
    create("writes", SPY_WRITES)
    create("reads", SPY_READS)
    first, second = connect(roles[0]), connect(roles[1])
    # In turn, so that the second finds the places that the first left; then both at once, the other way round.
    for _ in range(5):
        assert answers(first, keyspace, "writes") == {PAGES}
        assert answers(second, keyspace, "reads") == {0}
    with ThreadPoolExecutor(2) as pool:
        for reader, writer in ((first, second), (second, first)):
            wrote = pool.submit(answers, writer, keyspace, "writes")
            assert answers(reader, keyspace, "reads") == {0}
            assert wrote.result() == {PAGES}


def test_the_same_function(connect, roles, keyspace, create):
    create("counts", COUNTER)
    sessions = [connect(name) for name in roles[:2]]
    with ThreadPoolExecutor(2) as pool:
        for seen in pool.map(lambda session: answers(session, keyspace, "counts"), sessions):
            assert seen == {1_001_001}


def test_lua(connect, roles, keyspace, create):
    create("leaks", LEAKS, "lua")
    sessions = [connect(name) for name in roles[:2]]
    with ThreadPoolExecutor(2) as pool:
        for seen in pool.map(lambda session: answers(session, keyspace, "leaks"), sessions):
            assert seen == {101}


def test_a_role_without_permission_sees_no_log_of_others(connect, superuser, roles, keyspace):
    """What functions print may be of anybody's rows."""
    superuser.execute(f"CREATE FUNCTION {keyspace}.tells(v int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS $$print('row', v) return v$$")
    connect(roles[0]).execute(f"SELECT {keyspace}.tells(v) FROM {keyspace}.t WHERE k = 7")
    select = f"SELECT line FROM system_views.function_logs WHERE keyspace_name = '{keyspace}' ALLOW FILTERING"
    assert superuser.execute(select).all() == [("row\t7",)]
    with pytest.raises(Exception, match="no SELECT permission"):
        connect(roles[2]).execute(select)

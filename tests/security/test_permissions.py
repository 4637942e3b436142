"""When permissions hold: at each execution, on every connection, from the moment that the statement which changed them was answered."""

from __future__ import annotations

import threading

import pytest
from cassandra import Unauthorized
from cassandra.query import BatchStatement, SimpleStatement

from conftest import LOGINS, cluster_of, server_with
from harness.raw_request import Connection, error_of

FUNCTION = "(a int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS 'return a'"


def test_prepared_statement_is_checked_at_each_execution(connect, superuser, role, keyspace):
    superuser.execute(f"CREATE FUNCTION {keyspace}.f {FUNCTION}")
    session = connect(role)
    with pytest.raises(Unauthorized, match=f"no SELECT permission on <table {keyspace}.t>"):
        session.prepare(f"SELECT {keyspace}.f(v) FROM {keyspace}.t WHERE k = ?")
    superuser.execute(f"GRANT SELECT ON {keyspace}.t TO {role}")
    with pytest.raises(Unauthorized, match=rf"no EXECUTE permission on <function {keyspace}.f\(int\)>"):
        session.prepare(f"SELECT {keyspace}.f(v) FROM {keyspace}.t WHERE k = ?")
    superuser.execute(f"GRANT EXECUTE ON FUNCTION {keyspace}.f(int) TO {role}")
    select = session.prepare(f"SELECT {keyspace}.f(v) FROM {keyspace}.t WHERE k = ?")
    for _ in range(3):
        assert session.execute(select, (3,)).one() == (3,)
        superuser.execute(f"REVOKE EXECUTE ON FUNCTION {keyspace}.f(int) FROM {role}")
        with pytest.raises(Unauthorized, match="no EXECUTE permission"):
            session.execute(select, (3,))
        superuser.execute(f"GRANT EXECUTE ON FUNCTION {keyspace}.f(int) TO {role}")


def test_what_others_have_prepared_is_checked_too(connect, superuser, role, keyspace):
    session = connect(role, protocol_version=4)
    prepared = superuser.prepare(f"INSERT INTO {keyspace}.t (k, v) VALUES (?, ?)")
    connection = Connection(session.cluster)
    code, text = error_of(connection.execute(prepared, values=[1, 2]))
    assert (code, text) == (0x2100, f"User {role} has no MODIFY permission on <table {keyspace}.t> or any of its parents")
    connection.close()


def test_next_page_is_another_execution(connect, superuser, role, keyspace):
    superuser.execute(f"GRANT SELECT ON {keyspace}.t TO {role}")
    session = connect(role)
    page = session.execute(SimpleStatement(f"SELECT k FROM {keyspace}.t", fetch_size=3))
    assert len(page.current_rows) == 3
    superuser.execute(f"REVOKE SELECT ON {keyspace}.t FROM {role}")
    with pytest.raises(Unauthorized):
        page.fetch_next_page()


def test_batch_is_refused_as_a_whole(connect, superuser, role, keyspace):
    superuser.execute(f"CREATE TABLE {keyspace}.u (k int PRIMARY KEY)")
    superuser.execute(f"GRANT MODIFY ON {keyspace}.t TO {role}")
    session = connect(role)
    insert = session.prepare(f"INSERT INTO {keyspace}.t (k, v) VALUES (?, ?)")
    batch = BatchStatement()
    batch.add(insert, (100, 1))
    session.execute(batch)
    batch = BatchStatement()
    batch.add(insert, (101, 1))
    batch.add(f"INSERT INTO {keyspace}.u (k) VALUES (1)")
    with pytest.raises(Unauthorized, match=f"no MODIFY permission on <table {keyspace}.u>"):
        session.execute(batch)
    assert superuser.execute(f"SELECT count(*) FROM {keyspace}.t WHERE k IN (100, 101)").one() == (1,)


def test_every_shard_knows_at_once(server, superuser, role, keyspace):
    """Connections are dealt to the shards in turn."""
    clusters = [cluster_of(server, (role, role)) for _ in range(4)]
    sessions = [cluster.connect() for cluster in clusters]

    def may() -> list[bool]:
        found = []
        for session in sessions:
            try:
                session.execute(f"SELECT k FROM {keyspace}.t WHERE k = 1")
                found.append(True)
            except Unauthorized:
                found.append(False)
        return found

    for _ in range(10):
        assert may() == [False] * 4
        superuser.execute(f"GRANT SELECT ON {keyspace}.t TO {role}")
        assert may() == [True] * 4
        superuser.execute(f"REVOKE SELECT ON {keyspace}.t FROM {role}")
    for cluster in clusters:
        cluster.shutdown()


def test_who_writes_the_tables_of_roles_is_heard(connect, superuser, role, keyspace):
    """As in Cassandra, a superuser may mend roles by hand."""
    session = connect(role)
    superuser.execute(f"UPDATE system_auth.roles SET is_superuser = true WHERE role = '{role}'")
    assert session.execute(f"SELECT v FROM {keyspace}.t WHERE k = 1").one() == (1,)
    superuser.execute(f"UPDATE system_auth.roles SET is_superuser = false WHERE role = '{role}'")
    with pytest.raises(Unauthorized):
        session.execute(f"SELECT v FROM {keyspace}.t WHERE k = 1")
    superuser.execute(f"INSERT INTO system_auth.role_permissions (role, resource, permissions) VALUES ('{role}', 'data/{keyspace}', {{'SELECT'}})")
    assert session.execute(f"SELECT v FROM {keyspace}.t WHERE k = 1").one() == (1,)
    superuser.execute(f"DELETE FROM system_auth.role_permissions WHERE role = '{role}'")
    with pytest.raises(Unauthorized):
        session.execute(f"SELECT v FROM {keyspace}.t WHERE k = 1")


def test_dropped_keyspace_takes_all_its_permissions_along(connect, superuser, role, keyspace):
    """Cassandra keeps those on its tables and functions, for whoever makes some of the same name."""
    superuser.execute(f"CREATE FUNCTION {keyspace}.f {FUNCTION}")
    for resource in (f"KEYSPACE {keyspace}", f"{keyspace}.t", f"ALL TABLES IN KEYSPACE {keyspace}",
                     f"ALL FUNCTIONS IN KEYSPACE {keyspace}", f"FUNCTION {keyspace}.f(int)"):
        superuser.execute(f"GRANT ALL ON {resource} TO {role}")
    superuser.execute(f"DROP KEYSPACE {keyspace}")
    assert list(superuser.execute(f"LIST ALL OF {role}")) == []
    assert not [resource for (resource,) in superuser.execute("SELECT resource FROM system_auth.resource_role_permissons_index")
                if f"/{keyspace}" in resource]


def test_maker_of_what_is_dropped_and_made_again(connect, superuser, role, keyspace):
    superuser.execute(f"GRANT CREATE ON KEYSPACE {keyspace} TO {role}")
    session = connect(role)
    session.execute(f"CREATE TABLE {keyspace}.own (k int PRIMARY KEY)")
    session.execute(f"INSERT INTO {keyspace}.own (k) VALUES (1)")
    session.execute(f"DROP TABLE {keyspace}.own")
    superuser.execute(f"CREATE TABLE {keyspace}.own (k int PRIMARY KEY)")
    with pytest.raises(Unauthorized):
        session.execute(f"SELECT * FROM {keyspace}.own")


def test_table_like_another_needs_both(connect, superuser, role, keyspace):
    session = connect(role)
    statement = f"CREATE TABLE {keyspace}.copy LIKE {keyspace}.t"
    with pytest.raises(Unauthorized, match=f"no SELECT permission on <table {keyspace}.t>"):
        session.execute(statement)
    superuser.execute(f"GRANT SELECT ON {keyspace}.t TO {role}")
    with pytest.raises(Unauthorized, match=f"no CREATE permission on <all tables in {keyspace}>"):
        session.execute(statement)
    superuser.execute(f"GRANT CREATE ON KEYSPACE {keyspace} TO {role}")
    session.execute(statement)


@pytest.mark.parametrize("part", ["s", "r", "e"])
def test_every_part_of_an_aggregate_is_asked_for(connect, superuser, role, keyspace, part):
    """Reduce functions, which Cassandra has not, as well."""
    for name, arguments in (("s", "a int, b int"), ("r", "a int, b int"), ("e", "a int")):
        superuser.execute(f"CREATE FUNCTION {keyspace}.{name} ({arguments}) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS 'return a'")
    aggregate = f"AGGREGATE {keyspace}.g (int) SFUNC s STYPE int REDUCEFUNC r FINALFUNC e INITCOND 0"
    superuser.execute(f"CREATE {aggregate}")
    superuser.execute(f"GRANT SELECT ON {keyspace}.t TO {role}")
    superuser.execute(f"GRANT CREATE, ALTER, EXECUTE ON ALL FUNCTIONS IN KEYSPACE {keyspace} TO {role}")
    session = connect(role)
    select = f"SELECT {keyspace}.g(v) FROM {keyspace}.t"
    assert session.execute(select).one() == (0,)
    superuser.execute(f"REVOKE EXECUTE ON ALL FUNCTIONS IN KEYSPACE {keyspace} FROM {role}")
    types = {"s": "int, int", "r": "int, int", "e": "int"}
    for name in {"s", "r", "e"} - {part}:
        superuser.execute(f"GRANT EXECUTE ON FUNCTION {keyspace}.{name}({types[name]}) TO {role}")
    superuser.execute(f"GRANT EXECUTE ON FUNCTION {keyspace}.g(int) TO {role}")
    refused = rf"no EXECUTE permission on <function {keyspace}.{part}\({types[part]}\)>"
    with pytest.raises(Unauthorized, match=refused):
        session.execute(select)
    with pytest.raises(Unauthorized, match=refused):
        session.execute(f"CREATE OR REPLACE {aggregate}")
    superuser.execute(f"GRANT EXECUTE ON FUNCTION {keyspace}.{part}({types[part]}) TO {role}")
    assert session.execute(select).one() == (0,)
    session.execute(f"CREATE OR REPLACE {aggregate}")


def test_function_in_an_initial_condition(connect, superuser, role, keyspace):
    """It is called when the aggregate is made, and not by who uses the aggregate."""
    superuser.execute(f"CREATE FUNCTION {keyspace}.f {FUNCTION}")
    superuser.execute(f"CREATE FUNCTION {keyspace}.s (a int, b int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS 'return a + b'")
    superuser.execute(f"GRANT CREATE ON ALL FUNCTIONS IN KEYSPACE {keyspace} TO {role}")
    superuser.execute(f"GRANT EXECUTE ON FUNCTION {keyspace}.s(int, int) TO {role}")
    superuser.execute(f"GRANT SELECT ON {keyspace}.t TO {role}")
    session = connect(role)
    statement = f"CREATE AGGREGATE {keyspace}.g (int) SFUNC s STYPE int INITCOND {keyspace}.f(100)"
    with pytest.raises(Unauthorized, match=rf"no EXECUTE permission on <function {keyspace}.f\(int\)>"):
        session.execute(statement)
    superuser.execute(f"GRANT EXECUTE ON FUNCTION {keyspace}.f(int) TO {role}")
    session.execute(statement)
    superuser.execute(f"REVOKE EXECUTE ON FUNCTION {keyspace}.f(int) FROM {role}")
    assert session.execute(f"SELECT {keyspace}.g(v) FROM {keyspace}.t").one() == (145,)


def test_functions_in_odd_places(connect, superuser, role, keyspace):
    """Also where Cassandra does not look: the index of a list, the key of an element."""
    superuser.execute(f"CREATE FUNCTION {keyspace}.f {FUNCTION.replace('RETURNS int', 'RETURNS int MONOTONIC')}")
    superuser.execute(f"CREATE TABLE {keyspace}.c (k int PRIMARY KEY, l list<int>, m map<int, int>, s set<int>)")
    superuser.execute(f"INSERT INTO {keyspace}.c (k, l, m, s) VALUES (1, [1], {{1: 1}}, {{1}})")
    superuser.execute(f"CREATE TABLE {keyspace}.d (k int, c int, PRIMARY KEY (k, c))")
    superuser.execute(f"GRANT SELECT, MODIFY ON KEYSPACE {keyspace} TO {role}")
    session = connect(role)
    f = f"{keyspace}.f"
    for statement in (f"UPDATE {keyspace}.c SET l[{f}(0)] = 1 WHERE k = 1",
                      f"UPDATE {keyspace}.c SET m[{f}(0)] = 1 WHERE k = 1",
                      f"DELETE l[{f}(0)] FROM {keyspace}.c WHERE k = 1",
                      f"DELETE m[{f}(0)], s[{f}(0)] FROM {keyspace}.c WHERE k = 1",
                      f"SELECT m[{f}(1)] FROM {keyspace}.c",
                      f"SELECT k FROM {keyspace}.c WHERE m[{f}(1)] = 1 ALLOW FILTERING",
                      f"SELECT k FROM {keyspace}.c WHERE l CONTAINS {f}(1) ALLOW FILTERING",
                      f"SELECT (map<int, int>) {{{f}(k): {f}(k)}} FROM {keyspace}.c",
                      f"SELECT (tuple<int, int>) (k, {f}(k)) FROM {keyspace}.c",
                      f"SELECT -{f}(k) FROM {keyspace}.c",
                      f"INSERT INTO {keyspace}.c (k, s) VALUES (1, {{{f}(1)}})",
                      f"DELETE FROM {keyspace}.d WHERE k = 1 AND c > {f}(1)",
                      f"SELECT c FROM {keyspace}.d WHERE k = 1 AND (c) > ({f}(1))",
                      f"SELECT count(*) FROM {keyspace}.d WHERE k = 1 GROUP BY k, {f}(c)"):
        with pytest.raises(Exception) as caught:
            session.execute(statement)
        assert f"no EXECUTE permission on <function {keyspace}.f(int)>" in str(caught.value), statement
        superuser.execute(statement)


def test_change_and_permission_are_one(tmp_path):
    """Killed in the middle of making and dropping tables, a server never has a table without its maker's permissions
    nor permissions on a table that is gone."""
    with server_with(tmp_path, **LOGINS) as server:
        cluster = cluster_of(server)
        session = cluster.connect()
        session.execute("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        session.execute("CREATE ROLE maker WITH PASSWORD = 'maker' AND LOGIN = true")
        session.execute("GRANT CREATE ON KEYSPACE ks TO maker")
        cluster.shutdown()
        for _ in range(5):
            cluster = cluster_of(server, ("maker", "maker"))
            session = cluster.connect()

            def make_and_drop() -> None:
                try:
                    for i in range(10_000):
                        session.execute(f"CREATE TABLE IF NOT EXISTS ks.t{i % 3} (k int PRIMARY KEY)")
                        session.execute(f"DROP TABLE ks.t{i % 3}")
                except Exception:  # noqa: BLE001: the server is gone
                    return

            worker = threading.Thread(target=make_and_drop)
            worker.start()
            worker.join(0.15)
            server.kill()
            cluster.shutdown()
            worker.join()
            server.start()
            cluster = cluster_of(server)
            session = cluster.connect()
            tables = {name for (name,) in session.execute("SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'ks'")}
            granted = {resource.removeprefix("data/ks/") for (resource,) in session.execute(
                "SELECT resource FROM system_auth.role_permissions WHERE role = 'maker'") if resource.startswith("data/ks/")}
            assert tables == granted
            cluster.shutdown()

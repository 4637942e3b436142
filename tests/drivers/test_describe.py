"""DESCRIBE: what it prints makes the same schema again."""

from __future__ import annotations

import pytest
from cassandra import InvalidRequest
from cassandra.query import SimpleStatement

from harness.server import CLUSTER

SCHEMA = (
    'CREATE TYPE inner (x int, "Q q" frozen<set<text>>)',
    "CREATE TYPE outer (i frozen<inner>, l list<frozen<inner>>, t tuple<int, frozen<inner>>)",
    'CREATE TABLE t (a int, b text, "C" timeuuid, s int static, m map<text, frozen<outer>>, u inner,'
    ' PRIMARY KEY ((a, b), "C")) WITH CLUSTERING ORDER BY ("C" DESC)',
    'CREATE TABLE "Select" (a int PRIMARY KEY) WITH comment = \'it\'\'s "x"\' AND gc_grace_seconds = 5'
    " AND compaction = {'class': 'LeveledCompactionStrategy', 'sstable_size_in_mb': 7}"
    " AND compression = {'enabled': false} AND caching = {'keys': 'NONE', 'rows_per_partition': '5'}"
    " AND default_time_to_live = 9 AND speculative_retry = 'MIN(50p,7ms)'",
    "CREATE TABLE counts (a frozen<inner> PRIMARY KEY, c counter)",
    "CREATE TABLE v (a int PRIMARY KEY, v vector<float, 3>, d duration, i inet, tt tuple<int, frozen<list<text>>>)",
    "ALTER TABLE v DROP i",
    "ALTER TABLE v ADD i inet",
    "ALTER TABLE t DROP m",
)


@pytest.mark.parametrize("suffix", ["", " WITH INTERNALS"])
def test_what_is_described_can_be_replayed(session, keyspace, suffix):
    for statement in SCHEMA:
        session.execute(statement)

    def described() -> list[tuple]:
        return [tuple(row) for row in session.execute(f"DESCRIBE KEYSPACE {keyspace}{suffix}")]

    before = described()
    assert [row[1] for row in before] == ["keyspace", "type", "type", "table", "table", "table", "table"]
    session.execute(f"DROP KEYSPACE {keyspace}")
    for row in before:
        for statement in row[3].split(";\n"):
            session.execute(statement)
    assert described() == before


def test_dropped_columns_are_kept_and_told(session, keyspace):
    session.execute("CREATE TYPE u (x int)")
    session.execute("CREATE TABLE t (a int, b int, s int static, f frozen<u>, PRIMARY KEY (a, b))")
    session.execute("ALTER TABLE t DROP s USING TIMESTAMP 5000")
    session.execute("ALTER TABLE t DROP f")
    rows = session.execute(
        "SELECT column_name, kind, type FROM system_schema.dropped_columns WHERE keyspace_name = %s", (keyspace,)
    )
    assert [tuple(row) for row in rows] == [("f", "regular", "frozen<tuple<int>>"), ("s", "static", "int")]
    text = tuple(session.execute("DESCRIBE TABLE t WITH INTERNALS").one())[3]
    assert f"ALTER TABLE {keyspace}.t DROP s USING TIMESTAMP 5000;" in text


def pages(session, text: str, size: int) -> list[list[tuple]]:
    result = session.execute(SimpleStatement(text, fetch_size=size))
    found = [list(result.current_rows)]
    while result.has_more_pages:
        result.fetch_next_page()
        found.append(list(result.current_rows))
    return found


def test_descriptions_come_in_pages(target, session, keyspace):
    # A node of Cassandra ends with an empty page if the page before it was full.
    fewest_rows = 0 if CLUSTER or target.server is None else 1
    for number in range(5):
        session.execute(f"CREATE TABLE t{number} (id int PRIMARY KEY)")
    for text in (f"DESCRIBE KEYSPACE {keyspace}", "DESCRIBE TABLES", "DESCRIBE KEYSPACES", "DESCRIBE FULL SCHEMA", "DESCRIBE CLUSTER"):
        whole = [row for page in pages(session, text, 100_000) for row in page]
        for size in (1, 2, 3, len(whole)):
            cut = pages(session, text, size)
            assert [row for page in cut for row in page] == whole
            assert [len(page) for page in cut[:-1]] == [size] * (len(cut) - 1)
            assert fewest_rows <= len(cut[-1]) <= size


def test_pages_go_on_elsewhere_until_the_schema_changes(target, session, keyspace):
    for number in range(3):
        session.execute(f"CREATE TABLE t{number} (id int PRIMARY KEY)")
    text = f"DESCRIBE KEYSPACE {keyspace}"
    statement = SimpleStatement(text, fetch_size=2)
    first = session.execute(statement)
    others = [target.cluster(protocol_version=4) for _ in range(2)]
    try:
        for other in others:
            rest = other.connect().execute(statement, paging_state=first.paging_state)
            assert [row[2] for row in rest.current_rows] == ["t1", "t2"]
    finally:
        for other in others:
            other.shutdown()
    session.execute("CREATE TABLE another (id int PRIMARY KEY)")
    with pytest.raises(InvalidRequest, match="The schema has changed since the previous page of the DESCRIBE statement result. Please retry"):
        session.execute(statement, paging_state=first.paging_state)
    with pytest.raises(Exception, match="Invalid value for the paging state"):
        session.execute(statement, paging_state=b"nonsense")


@pytest.mark.nacre_only  # it would take Cassandra minutes
def test_a_large_schema_without_pages(session, keyspace):
    for number in range(300):
        session.execute(f"CREATE TABLE t{number} (id int PRIMARY KEY, v text)")
    described = session.execute(SimpleStatement(f"DESCRIBE KEYSPACE {keyspace}", fetch_size=None))
    assert [row[2] for row in described] == [keyspace] + sorted(f"t{number}" for number in range(300))

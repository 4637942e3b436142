"""Prepared statements: what the client is told of markers and rows, what it may send, what a changed schema does."""

from __future__ import annotations

import pytest
from cassandra import InvalidRequest
from cassandra.query import UNSET_VALUE

from harness.raw_request import NULL, UNSET, Connection, error_of

INVALID, UNPREPARED, PROTOCOL_ERROR = 0x2200, 0x2500, 0x000A

MARKERS = [
    ("SELECT * FROM t WHERE k = ? AND c > ?", "k:int c:int", [0]),
    ("SELECT * FROM t WHERE k IN ?", "in(k):list<int>", None),
    ("SELECT * FROM t WHERE k IN (?, ?)", "k:int k:int", [1]),
    ("SELECT * FROM t WHERE k IN (?)", "k:int", [0]),
    ("SELECT * FROM t WHERE k = :k AND c = :k", "k:int k:int", [0]),
    ('SELECT * FROM t WHERE k = :K AND c = :"K"', "k:int K:int", [0]),
    ("SELECT * FROM t WHERE k = ? PER PARTITION LIMIT ? LIMIT ?", "k:int [per_partition_limit]:int [limit]:int", [0]),
    ("SELECT * FROM t WHERE token(k) > ? AND token(k) <= token(?)", "partition key token:bigint arg0(system.token):int", None),
    ("SELECT * FROM wide WHERE k = ? AND (a, b) > (?, ?)", "k:int a:int b:text", [0]),
    ("SELECT * FROM wide WHERE k = ? AND (a, b) = ?", "k:int (a,b):frozen<tuple<int, text>>", [0]),
    ("SELECT * FROM wide WHERE k = ? AND (a, b) IN ?", "k:int in(a,b):list<frozen<tuple<int, text>>>", [0]),
    ("SELECT * FROM wide WHERE k = ? AND (a, b) IN ((?, ?), (?, 'x'))", "k:int a:int b:text a:int", [0]),
    ("SELECT * FROM wide WHERE k = ? AND (a, b) IN (?)", "k:int (a,b):frozen<tuple<int, text>>", [0]),
    ("SELECT * FROM wide WHERE m CONTAINS ? AND m CONTAINS KEY ? AND l CONTAINS ? AND m[?] = ? ALLOW FILTERING",
     "value(m):int key(m):text value(l):int key(m):text value(m):int", None),
    ("SELECT (int)?, intasblob(?), k FROM t WHERE k = ?", "[selection]:int [selection]:int k:int", [2]),
    ("SELECT * FROM two WHERE b = ? AND a = ?", "b:text a:int", [1, 0]),
    ("SELECT * FROM two WHERE b = ? AND a = 1", "b:text", None),
    ("INSERT INTO t (c, k, v) VALUES (?, ?, ?) USING TTL ? AND TIMESTAMP ?", "c:int k:int v:int [ttl]:int [timestamp]:bigint", [1]),
    ("UPDATE t USING TTL ? SET v = ? WHERE k = ? AND c IN ?", "[ttl]:int v:int k:int in(c):list<int>", [2]),
    ("DELETE FROM t USING TIMESTAMP ? WHERE k = ? AND c > ?", "[timestamp]:bigint k:int c:int", [1]),
    ("BEGIN BATCH INSERT INTO t (k, c) VALUES (?, ?); DELETE FROM t WHERE k = ? AND c = ?; APPLY BATCH", "k:int c:int k:int c:int", [2]),
]


@pytest.fixture
def tables(session):
    session.execute("CREATE TABLE t (k int, c int, v int, PRIMARY KEY (k, c))")
    session.execute("CREATE TABLE two (a int, b text, PRIMARY KEY ((a, b)))")
    session.execute("CREATE TABLE wide (k int, a int, b text, m map<text, int>, l list<int>, PRIMARY KEY (k, a, b))")
    for c in range(5):
        session.execute(f"INSERT INTO t (k, c, v) VALUES (1, {c}, {c * 10})")


@pytest.fixture
def raw(target, keyspace, tables):
    cluster = target.cluster()
    cluster.connect()
    connection = Connection(cluster)
    connection.query(f"USE {keyspace}")
    yield connection
    connection.close()
    cluster.shutdown()


@pytest.mark.parametrize("text,markers,routing", MARKERS)
def test_markers(session, tables, text, markers, routing):
    prepared = session.prepare(text)
    told = " ".join(f"{c.name}:{c.type.cql_parameterized_type().replace('varchar', 'text')}" for c in prepared.column_metadata)
    assert told == markers
    assert (list(prepared.routing_key_indexes) if prepared.routing_key_indexes else None) == routing


def test_a_batch_over_two_tables_has_no_route(raw):
    prepared = raw.prepare("BEGIN BATCH INSERT INTO t (k, c) VALUES (?, ?); INSERT INTO two (a, b) VALUES (?, ?); APPLY BATCH")
    assert [column.name for column in prepared.bind_metadata] == ["k", "c", "a", "b"]
    assert not prepared.pk_indexes


@pytest.mark.parametrize("text", ["SELECT ? FROM t", "SELECT cast(? as text) FROM t", "SELECT v + ? FROM t", "SELECT * FROM t WHERE k = ? + ?"])
def test_markers_without_a_type(session, tables, text):
    with pytest.raises(InvalidRequest, match="Cannot infer type|Ambiguous"):
        session.prepare(text)


def test_values_by_name(raw):
    text = "SELECT v FROM t WHERE k = :k AND c = :c"
    assert raw.query(text, values=[2, 1], names=["c", "k"]).parsed_rows == [(20,)]
    assert raw.query(text, values=[1, 2]).parsed_rows == [(20,)]
    assert raw.query("SELECT v FROM t WHERE k = :x AND c = :x", values=[1], names=["x"]).parsed_rows == [(10,)]
    assert error_of(raw.query(text, values=[1], names=["k"])) == (INVALID, "Invalid amount of bind variables")
    assert error_of(raw.query(text, values=[1, 2], names=["k", "other"])) == (INVALID, "Invalid amount of bind variables")


@pytest.mark.parametrize("values", [None, [], [1], [1, 1, 1]])
def test_wrong_number_of_values(raw, values):
    text = "SELECT v FROM t WHERE k = ? AND c = ?"
    assert error_of(raw.query(text, values=values)) == (INVALID, "Invalid amount of bind variables")
    given = len(values or ())
    assert error_of(raw.execute(raw.prepare(text), values=values)) == (
        INVALID, f"there were 2 markers(?) in CQL but {given} bound variables")


@pytest.mark.parametrize("text,values,message", [
    ("SELECT v FROM t WHERE k = ? AND c = ?", [1, b"\0\0"], "Expected 4 or 0 byte int (2)"),
    ("SELECT v FROM t WHERE k = ? AND c = ?", [1, NULL], "Invalid null value in condition for column c"),
    ("SELECT v FROM t WHERE k = ? AND c = ?", [1, UNSET], "Invalid unset value for column c"),
    ("SELECT v FROM t WHERE k = ? AND c > ?", [1, UNSET], "Invalid unset value for column c"),
    ("SELECT v FROM t WHERE k IN ?", [NULL], "Invalid null value for column k"),
    ("SELECT v FROM t WHERE v = ? ALLOW FILTERING", [NULL], "Unsupported null value for column v"),
    ("SELECT v FROM t WHERE v = ? ALLOW FILTERING", [UNSET], "Unsupported unset value for column v"),
    ("SELECT v FROM wide WHERE m[?] = ? ALLOW FILTERING", [b"a", NULL], None),
    ("SELECT k FROM wide WHERE m[?] = ? ALLOW FILTERING", [UNSET, 1], "Unsupported unset map key for column m"),
    ("SELECT v FROM t WHERE token(k) > ?", [NULL], "Invalid null token value"),
    ("SELECT v FROM t WHERE k = 1 LIMIT ?", [NULL], "Invalid null value of limit"),
    ("SELECT v FROM t WHERE k = 1 LIMIT ?", [0], "LIMIT must be strictly positive"),
    ("SELECT v FROM t WHERE k = 1 PER PARTITION LIMIT ?", [-1], "LIMIT must be strictly positive"),
    ("SELECT v FROM t WHERE k = blobasint(?)", [UNSET], "Invalid unset value for argument in call to function blobasint"),
    ("SELECT k FROM wide WHERE k = 1 AND (a, b) = (?, ?)", [1, UNSET], "Invalid unset value for tuple field number 1"),
    ("SELECT k FROM wide WHERE k = 1 AND (a, b) IN ?", [NULL], "Invalid null value for IN restriction"),
])
def test_values_that_are_refused(raw, text, values, message):
    code, told = error_of(raw.query(text, values=values))
    assert code == INVALID
    assert message is None or told == message


def test_unset_limits_are_none(raw):
    assert len(raw.query("SELECT v FROM t WHERE k = 1 LIMIT ?", values=[UNSET]).parsed_rows) == 5
    assert len(raw.query("SELECT v FROM t WHERE k = 1 PER PARTITION LIMIT ?", values=[UNSET]).parsed_rows) == 5


@pytest.mark.parametrize("level", [1, 4, 5, 6, 7, 8, 9, 10])
def test_consistency_of_reads(raw, level):
    assert raw.query("SELECT v FROM t WHERE k = 1 AND c = 1", consistency=level).parsed_rows == [(10,)]


def test_consistency_that_is_refused(raw, target, keyspace):
    read, write = f"SELECT v FROM {keyspace}.t WHERE k = 1", f"INSERT INTO {keyspace}.t (k, c) VALUES (9, 9)"
    assert error_of(raw.query(read, consistency=0)) == (INVALID, "ANY ConsistencyLevel is only supported for writes")
    assert error_of(raw.query(write, consistency=8)) == (INVALID, "You must use conditional updates for serializable writes")
    assert error_of(raw.query(write, consistency=0x77)) == (PROTOCOL_ERROR, "Unknown code 119 for a consistency level")


@pytest.mark.nacre_only
def test_definitions_have_no_markers(raw):
    raw.query("CREATE FUNCTION plus(s int, v int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS 'return s + v'")
    text = "CREATE AGGREGATE total(int) SFUNC plus STYPE int INITCOND ?"
    refusal = (INVALID, "A definition can't have bind markers: write the value in its place")
    assert error_of(raw.query(text, values=[1])) == refusal
    assert error_of(raw.execute(raw.prepare(text), values=[1])) == refusal


def test_keyspace_of_one_request(raw, keyspace):
    raw.query("USE system")
    assert raw.query("SELECT v FROM t WHERE k = 1 AND c = 1", keyspace=keyspace).parsed_rows == [(10,)]
    assert error_of(raw.query("SELECT v FROM t", keyspace="nowhere_at_all")) == (INVALID, "Keyspace 'nowhere_at_all' does not exist")


def test_now_in_seconds(raw):
    raw.query("INSERT INTO t (k, c, v) VALUES (7, 7, 7) USING TTL 100", now_seconds=1000)
    read = "SELECT v, ttl(v) FROM t WHERE k = 7"
    assert raw.query(read, now_seconds=1050).parsed_rows == [(7, 50)]
    assert raw.query(read, now_seconds=1100).parsed_rows == []


def test_custom_payload_is_ignored(raw):
    answer = raw.query("SELECT v FROM t WHERE k = 1 AND c = 1", custom_payload={"who": b"knows"})
    assert answer.parsed_rows == [(10,)]
    assert not answer.custom_payload


@pytest.mark.parametrize("version", [3, 4, 5])
def test_a_column_that_is_added(target, keyspace, session, tables, version):
    """The rows of SELECT * get it, whatever the client believes."""
    cluster = target.cluster(protocol_version=version)
    try:
        mine = cluster.connect(keyspace)
        select = mine.prepare("SELECT * FROM t WHERE k = ? AND c = ?")
        assert mine.execute(select, (1, 1)).one() == (1, 1, 10)
        session.execute("ALTER TABLE t ADD added text")
        session.execute("INSERT INTO t (k, c, added) VALUES (1, 1, 'new')")
        rows = mine.execute(select, (1, 1))
        assert list(rows.column_names) == ["k", "c", "added", "v"]
        assert rows.one() == (1, 1, "new", 10)
        session.execute("ALTER TABLE t DROP added")
        assert mine.execute(select, (1, 1)).one() == (1, 1, 10)
    finally:
        cluster.shutdown()


def test_skipped_metadata(raw):
    prepared = raw.prepare("SELECT c, v FROM t WHERE k = ? AND c = ?")
    answer = raw.execute(prepared, prepared.column_metadata, values=[1, 1], skip_metadata=True)
    assert answer.parsed_rows == [(1, 10)]
    assert getattr(answer, "result_metadata_id", None) is None


@pytest.mark.nacre_only  # Cassandra forgets the statement then, and the driver has to prepare it again
def test_metadata_id_changes(raw):
    prepared = raw.prepare("SELECT * FROM t WHERE k = ? AND c = ?")
    raw.query("ALTER TABLE t ADD added text")
    answer = raw.execute(prepared, prepared.column_metadata, values=[1, 1], skip_metadata=True)
    assert answer.parsed_rows == [(1, 1, None, 10)]
    assert answer.result_metadata_id != prepared.result_metadata_id
    assert raw.prepare("SELECT * FROM t WHERE k = ? AND c = ?").result_metadata_id == answer.result_metadata_id


def test_a_table_made_anew(raw):
    """A statement whose values are others now is forgotten: its client must prepare it again."""
    prepared = raw.prepare("INSERT INTO two (a, b) VALUES (?, ?)")
    raw.query("DROP TABLE two")
    assert error_of(raw.execute(prepared, values=[1, b"x"]))[0] == UNPREPARED
    raw.query("CREATE TABLE two (a int, b int, PRIMARY KEY ((a, b)))")
    assert error_of(raw.execute(prepared, values=[1, b"x"]))[0] == UNPREPARED
    again = raw.prepare("INSERT INTO two (a, b) VALUES (?, ?)")
    raw.execute(again, values=[1, 2])
    assert raw.query("SELECT * FROM two").parsed_rows == [(1, 2)]


def test_an_unknown_statement(raw):
    prepared = raw.prepare("SELECT * FROM t")
    prepared.query_id = b"0123456789abcdef"
    code, told = error_of(raw.execute(prepared))
    assert code == UNPREPARED
    assert told.startswith("Prepared query with ID 30313233343536373839616263646566 not found")


@pytest.mark.nacre_only  # it would take long on a server with a larger cache
def test_more_statements_than_the_cache_holds(session, tables):
    """The first is forgotten, and the driver prepares it again unnoticed."""
    first = session.prepare("SELECT v FROM t WHERE k = ? AND c = ?")
    padding = " " * 200_000
    for number in range(60):
        session.prepare(f"SELECT v AS v{number} FROM t WHERE k = ? {padding}")
    assert session.execute(first, (1, 1)).one() == (10,)


def test_warnings(session, tables):
    def told(text: str):
        return session.execute(text).response_future.warnings

    assert told("SELECT count(*) FROM t") == ["Aggregation query used without partition key"]
    assert told("SELECT count(*) FROM t WHERE k IN (1, 2)") == [
        "Aggregation query used on multiple partition keys (IN restriction)"]
    assert not told("SELECT count(*) FROM t WHERE k = 1")
    assert not told("SELECT * FROM t WHERE k IN (1, 2)")


def test_unset_in_a_tuple_list(session, tables):
    select = session.prepare("SELECT a FROM wide WHERE k = ? AND (a, b) IN ?")
    with pytest.raises(InvalidRequest, match="Invalid unset value for in\\(a,b\\)"):
        session.execute(select, (1, UNSET_VALUE))

"""No request and no result, however large, holds up the loop of a shard: the work on them yields, or is done beside it."""

from __future__ import annotations

import os

import pytest
from cassandra.protocol import SyntaxException
from cassandra.query import BatchStatement, SimpleStatement

from harness.turns import LongTurns

pytestmark = pytest.mark.nacre_only

KEYS = 60_000
ELEMENTS = 65_000
BLOB_BYTES = 24 << 20
NESTED = 50_000


@pytest.fixture(scope="module")
def tables(target):
    # The driver's version 5 loses bytes of large bodies.
    cluster = target.cluster(protocol_version=4)
    session = cluster.connect()
    session.execute("CREATE KEYSPACE large_requests WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    session.set_keyspace("large_requests")
    session.execute("CREATE TABLE t (id int, n int, s text, l list<int>, m map<int, text>, PRIMARY KEY (id, n))")
    session.execute("CREATE TABLE b (id int PRIMARY KEY, v blob)")
    yield session
    session.execute("DROP KEYSPACE large_requests")
    cluster.shutdown()


@pytest.fixture
def session(tables):
    turns = LongTurns(tables)
    yield tables
    turns.check()


def unpaged(session, text: str) -> list:
    return session.execute(SimpleStatement(text, fetch_size=None)).current_rows


def test_keys_by_the_thousand(session):
    assert unpaged(session, f"SELECT * FROM b WHERE id IN ({','.join(map(str, range(KEYS)))})") == []
    assert list(session.execute(session.prepare("SELECT v FROM b WHERE id IN ?"), [range(KEYS)])) == []
    assert list(session.execute(session.prepare("SELECT s FROM t WHERE id = 1 AND n IN ?"), [range(KEYS)])) == []


def test_a_batch_of_many_rows_and_their_page(session):
    insert = session.prepare("INSERT INTO t (id, n, s) VALUES (1, ?, ?)")
    batch = BatchStatement()
    for n in range(KEYS):
        batch.add(insert, (n, "ten bytes."))
    session.execute(batch)
    assert len(unpaged(session, "SELECT n, s FROM t WHERE id = 1")) == KEYS
    assert [n for n, in unpaged(session, "SELECT n FROM t WHERE id IN (1, 2) ORDER BY n DESC")] == list(reversed(range(KEYS)))
    assert unpaged(session, "SELECT count(*) FROM t WHERE s = 'other' ALLOW FILTERING") == [(0,)]
    assert len(unpaged(session, "SELECT n, count(*) FROM t WHERE id = 1 GROUP BY n")) == KEYS
    session.execute("DELETE FROM t WHERE id = 1")


def test_a_blob_of_many_mebibytes(session):
    value = os.urandom(BLOB_BYTES)
    session.execute(session.prepare("INSERT INTO b (id, v) VALUES (-1, ?)"), [value])
    assert session.execute("SELECT v FROM b WHERE id = -1").one() == (value,)
    assert session.execute("SELECT id FROM b WHERE v = 0x00 ALLOW FILTERING").all() == []
    assert session.execute("SELECT max(v) FROM b").one() == (value,)
    session.execute("DELETE FROM b WHERE id = -1")


def test_collections_of_many_elements(session):
    session.execute(session.prepare("UPDATE t SET l = l + ?, m = m + ? WHERE id = 3 AND n = 1"),
                    [list(range(ELEMENTS)), {i: f"value {i}" for i in range(ELEMENTS)}])
    session.execute(f"UPDATE t SET l[{ELEMENTS - 1}] = -1, m[0] = 'changed' WHERE id = 3 AND n = 1")
    read = session.execute("SELECT l, m FROM t WHERE id = 3 AND n = 1").one()
    assert read[0] == [*range(ELEMENTS - 1), -1] and len(read[1]) == ELEMENTS and read[1][0] == "changed"
    assert len(session.execute("SELECT to_json(m) FROM t WHERE id = 3 AND n = 1").one()[0]) > ELEMENTS * 10
    session.execute(f"""INSERT INTO t JSON '{{"id": 4, "n": 1, "l": [{','.join(map(str, range(ELEMENTS)))}]}}'""")
    assert len(session.execute("SELECT l FROM t WHERE id = 4").one()[0]) == ELEMENTS
    session.execute("DELETE FROM t WHERE id IN (3, 4)")


@pytest.mark.parametrize("text", [
    pytest.param("SELECT id FROM b WHERE id = 1" + " + 1" * NESTED, id="sums"),
    pytest.param("SELECT id FROM b WHERE id = " + "(" * NESTED + "1" + ")" * NESTED, id="parentheses"),
])
def test_deep_texts(session, text):
    with pytest.raises(SyntaxException, match="nested"):
        session.execute(text)


def test_wide_rows_of_results_and_tables(session):
    session.execute("INSERT INTO t (id, n, s) VALUES (5, 1, 'x')")
    columns = 3000
    assert unpaged(session, f"SELECT {','.join(['s'] * columns)} FROM t WHERE id = 5")[0] == ("x",) * columns
    session.execute(f"CREATE TABLE wide (id int PRIMARY KEY, {','.join(f'c{i} int' for i in range(1000))})")
    session.execute("ALTER TABLE wide ADD another int")
    assert unpaged(session, "SELECT * FROM wide") == []
    assert session.execute("DESCRIBE SCHEMA").all()

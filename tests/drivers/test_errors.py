"""Errors as the drivers' exceptions."""

from __future__ import annotations

import pytest
from cassandra import InvalidRequest
from cassandra.protocol import ConfigurationException, SyntaxException


@pytest.mark.parametrize("text", ["", "SELEC 1", "SELECT * FROM", "SELECT * FROM t WHERE a = 'unterminated", "$$", "\x00", "';--", "(" * 10_000])
def test_syntax_errors(session, text):
    with pytest.raises(SyntaxException):
        session.execute(text)
    assert session.execute("SELECT key FROM system.local").one()[0] == "local"


def test_a_megabyte_of_text(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
    value = "x" * 1_000_000
    session.execute(f"INSERT INTO t (id, v) VALUES (1, '{value}')")
    assert session.execute("SELECT v FROM t WHERE id = 1").one()[0] == value


def test_a_nameless_keyspace(session):
    with pytest.raises(ConfigurationException):
        session.execute("CREATE KEYSPACE k WITH replication = {'class': 'NoSuchStrategy'}")
    with pytest.raises((InvalidRequest, ConfigurationException)):
        session.execute("CREATE KEYSPACE k WITH durable_writes = true")


def test_errors_do_not_spoil_the_session(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY)")
    for i in range(200):
        with pytest.raises(InvalidRequest):
            session.execute("SELECT nothing FROM t")
        session.execute(f"INSERT INTO t (id) VALUES ({i})")
    assert session.execute("SELECT count(*) FROM t").one()[0] == 200

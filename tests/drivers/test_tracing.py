"""Tracing: what a client that asks for a trace is shown."""

from __future__ import annotations

import pytest
from cassandra import InvalidRequest
from cassandra.query import BatchStatement, SimpleStatement


def test_a_query_has_a_trace(session, keyspace):
    session.execute("CREATE TABLE t (a int PRIMARY KEY, b int)")
    session.execute("INSERT INTO t (a, b) VALUES (1, 2)")
    text = "SELECT b FROM t WHERE a = 1"
    result = session.execute(text, trace=True)
    assert result.one() == (2,)
    trace = result.get_query_trace()
    assert trace.request_type == "Execute CQL3 query"
    assert trace.parameters["query"] == text
    assert trace.duration.total_seconds() < 60
    assert trace.coordinator
    assert trace.client
    assert len(trace.events) >= 3
    assert trace.events[0].description == "Parsing " + text
    assert any(event.description == "Executing single-partition query on t" for event in trace.events)
    # Others have clocks of their own.
    elapsed = [event.source_elapsed for event in trace.events if event.source == trace.coordinator]
    assert elapsed == sorted(elapsed)
    assert elapsed[-1] <= trace.duration


def test_writes_and_prepared_statements_have_traces(session, keyspace):
    session.execute("CREATE TABLE t (a int PRIMARY KEY, b int)")
    insert = session.prepare("INSERT INTO t (a, b) VALUES (?, ?)")
    trace = session.execute(insert, (1, 2), trace=True).get_query_trace()
    assert trace.request_type == "Execute CQL3 prepared query"
    assert trace.events
    batch = BatchStatement()
    batch.add(insert, (3, 4))
    batch.add(insert, (5, 6))
    trace = session.execute(batch, trace=True).get_query_trace()
    assert trace.request_type == "Execute batch of CQL3 queries"
    assert trace.events


def test_nobody_is_traced_who_does_not_ask(session, keyspace):
    session.execute("CREATE TABLE t (a int PRIMARY KEY)")
    assert session.execute("SELECT * FROM t").get_query_trace() is None


def test_a_trace_expires(session, keyspace):
    session.execute("CREATE TABLE t (a int PRIMARY KEY)")
    trace = session.execute(SimpleStatement("SELECT * FROM t"), trace=True).get_query_trace()
    (left,) = session.execute(
        "SELECT ttl(duration) AS left FROM system_traces.sessions WHERE session_id = %s", (trace.trace_id,)
    ).one()
    assert 86_000 < left <= 86_400


def test_a_failing_statement_leaves_the_connection_usable(session, keyspace):
    session.execute("CREATE TABLE t (a int PRIMARY KEY)")
    with pytest.raises(InvalidRequest):
        session.execute("SELECT nothing FROM t", trace=True)
    assert list(session.execute("SELECT * FROM t")) == []

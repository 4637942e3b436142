"""The examples that Node.js builds; tests/examples has the others."""

from __future__ import annotations

import random
import statistics

import pytest

from harness import examples

ROWS = 20_000


@pytest.mark.parametrize("name", examples.BY_NODE)
def test_an_example_keeps_the_laws_of_merging(client, name):
    for statement in examples.statements(name):
        assert client.answer(statement) == "OK"


def test_standard_deviation(client):
    for statement in examples.statements("standard_deviation"):
        client.execute(statement)
    client.execute("CREATE TABLE readings (p int, c int, v double, PRIMARY KEY (p, c))")
    rng = random.Random(3)
    rows = {(i // 500, i): None if rng.random() < 0.05 else 1e9 + rng.gauss(0, 1) for i in range(ROWS)}
    for p in range(ROWS // 500):
        inserts = "; ".join(f"INSERT INTO readings (p, c, v) VALUES ({p}, {c}, {'null' if v is None else repr(v)})"
                            for (q, c), v in rows.items() if q == p)
        client.execute(f"BEGIN UNLOGGED BATCH {inserts}; APPLY BATCH")

    def expected(found: list) -> float:
        return pytest.approx(statistics.stdev(v for v in found if v is not None), rel=1e-6)
    assert client.execute("SELECT standard_deviation(v) FROM readings")[0][0] == expected(list(rows.values()))
    groups = client.execute("SELECT p, standard_deviation(v) FROM readings GROUP BY p")
    assert len(groups) == ROWS // 500
    for p, got in groups:
        assert got == expected([v for (q, _), v in rows.items() if q == p])
    assert client.execute("SELECT standard_deviation(v) FROM readings WHERE p = -1") == [(None,)]
    assert client.execute("SELECT standard_deviation(v) FROM readings WHERE p = 1 AND c = 501") == [(None,)]

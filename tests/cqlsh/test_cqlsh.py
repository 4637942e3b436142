"""The real cqlsh, as a user runs it: statements, scripts and descriptions."""

from __future__ import annotations

import pytest

from harness.cqlsh import cells
from harness.server import ROOT

SEED_SESSION = ROOT / "tests" / "cql" / "seed-session.cql"


def test_version_and_cluster(cqlsh):
    version = cqlsh("-e", "SHOW VERSION")
    assert "CQL spec 3.4.7" in version and "Native protocol v5" in version
    assert "Partitioner: Murmur3Partitioner" in cqlsh("-e", "DESCRIBE CLUSTER")


def test_statements_from_the_command_line(cqlsh):
    cqlsh("-k", "shell", "-e", "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t (id, v) VALUES (1, 'one')")
    output = cqlsh("-k", "shell", "-e", "SELECT * FROM t")
    assert cells(output)[0] == ["id", "v"] and ["1", "one"] in cells(output) and "(1 rows)" in output


def test_statements_from_a_file_and_from_standard_input(cqlsh, tmp_path):
    script = tmp_path / "script.cql"
    script.write_text("USE shell;\nCREATE TABLE t (id int PRIMARY KEY, v text);\n"
                      "INSERT INTO t (id, v)\n  VALUES (1, 'it''s; here'); -- comment\nSELECT v FROM t;\n")
    assert "it's; here" in cqlsh("-f", str(script))
    assert "it's; here" in cqlsh(text="SELECT v FROM shell.t;\n")


def test_errors_are_shown_and_change_the_status(cqlsh):
    done = cqlsh.unchecked("-e", "SELECT * FROM shell.nothing")
    assert done.returncode != 0 and "InvalidRequest" in done.stderr and "code=2200" in done.stderr
    done = cqlsh.unchecked("-e", "SELEC")
    assert done.returncode != 0 and "SyntaxException" in done.stderr


def test_describe(cqlsh):
    cqlsh("-k", "shell", "-e", "CREATE TABLE t (p int, c text, v double, PRIMARY KEY (p, c)) WITH CLUSTERING ORDER BY (c DESC)")
    assert "shell" in cqlsh("-e", "DESCRIBE KEYSPACES").split()
    assert "t" in cqlsh("-k", "shell", "-e", "DESCRIBE TABLES").split()
    table = cqlsh("-e", "DESCRIBE TABLE shell.t")
    assert "CREATE TABLE shell.t (" in table and "WITH CLUSTERING ORDER BY (c DESC)" in table
    keyspace = cqlsh("-e", "DESCRIBE KEYSPACE shell")
    assert "CREATE KEYSPACE shell WITH replication" in keyspace and "CREATE TABLE shell.t (" in keyspace
    assert "CREATE TABLE shell.t (" in cqlsh("-e", "DESCRIBE SCHEMA")


def test_described_schema_can_be_replayed(cqlsh, tmp_path):
    cqlsh("-k", "shell", "-e", "CREATE TABLE t (p int, c text, v double, PRIMARY KEY (p, c)); CREATE TABLE u (id int PRIMARY KEY)")
    described = cqlsh("-e", "DESCRIBE KEYSPACE shell")
    script = tmp_path / "dump.cql"
    script.write_text(described)
    cqlsh("-e", "DROP KEYSPACE shell")
    cqlsh("-f", str(script))
    assert cqlsh("-e", "DESCRIBE KEYSPACE shell") == described


def test_paging_and_consistency(cqlsh):
    inserts = "".join(f"INSERT INTO t (id) VALUES ({i});\n" for i in range(250))
    cqlsh("-k", "shell", text="CREATE TABLE t (id int PRIMARY KEY);\n" + inserts)
    output = cqlsh("-k", "shell", text="PAGING 100;\nCONSISTENCY ONE;\nSELECT id FROM t;\nPAGING OFF;\nSELECT id FROM t;\n")
    assert output.count("(250 rows)") == 2
    expanded = cqlsh("-k", "shell", text="EXPAND ON;\nSELECT id FROM t WHERE id = 7;\n")
    assert "@ Row 1" in expanded


def test_copy_out_and_in(cqlsh, tmp_path):
    table = tmp_path / "t.csv"
    cqlsh("-k", "shell", text="CREATE TABLE t (id int PRIMARY KEY, v text);\n"
          + "".join(f"INSERT INTO t (id, v) VALUES ({i}, 'v{i}');\n" for i in range(20)))
    cqlsh("-k", "shell", "-e", f"COPY t TO '{table}'")
    assert len(table.read_text().splitlines()) == 20
    cqlsh("-k", "shell", "-e", f"TRUNCATE t; COPY t FROM '{table}'")
    assert "20" in cqlsh("-k", "shell", "-e", "SELECT count(*) FROM t").split()


@pytest.mark.nacre_only
def test_seed_session(cqlsh, tmp_path):
    cqlsh("-e", "DROP KEYSPACE IF EXISTS ks")
    output = cqlsh("-f", str(SEED_SESSION))
    rows = cells(output)
    first = rows.index(["id", "ks.inv(id)", "ks.mult(id, ks.inv(id))"])
    assert rows[first + 2 : first + 6] == [
        ["7", "0.142857", "1"], ["1", "1", "1"], ["0", "Infinity", "NaN"], ["4", "0.25", "1"],
    ]
    assert ["The average string length is 6.3333333333333!"] in rows
    last = rows.index(["n", "ks.fib(n)"])
    assert rows[last + 2 : last + 11] == [[str(n), str(f)] for n, f in enumerate([1, 1, 2, 3, 5, 8, 13, 21, 34], 1)]


@pytest.mark.nacre_only
def test_describe_functions(cqlsh):
    cqlsh("-k", "shell", text="""
CREATE FUNCTION add_all(s bigint, v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS 'return s + v';
CREATE AGGREGATE total(bigint) SFUNC add_all STYPE bigint INITCOND 0;
""")
    described = cqlsh("-e", "DESCRIBE FUNCTION shell.add_all")
    assert "CREATE FUNCTION shell.add_all(s bigint, v bigint)" in described
    assert "RETURNS NULL ON NULL INPUT" in described and "LANGUAGE lua" in described and "$$return s + v$$" in described
    described = cqlsh("-e", "DESCRIBE AGGREGATE shell.total")
    for part in ("CREATE AGGREGATE shell.total(bigint)", "SFUNC add_all", "STYPE bigint", "INITCOND 0"):
        assert part in described
    assert "add_all" in cqlsh("-k", "shell", "-e", "DESCRIBE FUNCTIONS")

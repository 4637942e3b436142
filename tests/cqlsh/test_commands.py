"""cqlsh's own commands and its way of reading statements."""

from __future__ import annotations

from harness.cqlsh import cells


def test_source_and_capture(cqlsh, tmp_path):
    inner, captured = tmp_path / "inner.cql", tmp_path / "captured.txt"
    inner.write_text("CREATE TABLE t (id int PRIMARY KEY);\nINSERT INTO t (id) VALUES (42);\n")
    output = cqlsh("-k", "shell", text=f"SOURCE '{inner}';\nCAPTURE '{captured}';\nSELECT id FROM t;\n")
    assert "Now capturing query output" in output and "(1 rows)" not in output
    assert ["42"] in cells(captured.read_text())


def test_paging(cqlsh):
    cqlsh("-k", "shell", text="CREATE TABLE t (id int PRIMARY KEY);\n" + "".join(f"INSERT INTO t (id) VALUES ({i});\n" for i in range(30)))
    output = cqlsh("-k", "shell", text="PAGING;\nPAGING OFF;\nSELECT id FROM t;\nPAGING ON;\nPAGING 7;\nSELECT id FROM t;\n")
    assert "PAGING is ON" in output and "PAGING set to OFF" in output and "Page size: 7" in output
    assert output.count("(30 rows)") == 2
    assert sorted(int(row[0]) for row in cells(output) if row[0].isdigit()) == sorted([*range(30)] * 2)


def test_consistency(cqlsh):
    output = cqlsh("-k", "shell", text="CONSISTENCY\nCONSISTENCY QUORUM\nCONSISTENCY\nSERIAL CONSISTENCY\nSERIAL CONSISTENCY LOCAL_SERIAL\n"
                   "CREATE TABLE t (id int PRIMARY KEY);\nINSERT INTO t (id) VALUES (1);\nSELECT * FROM t;\n")
    for said in ("Current consistency level is ONE.", "Consistency level set to QUORUM.", "Current consistency level is QUORUM.",
                 "Current serial consistency level is SERIAL.", "Serial consistency level set to LOCAL_SERIAL.", "(1 rows)"):
        assert said in output, said


def test_tracing(cqlsh):
    cqlsh("-k", "shell", "-e", "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t (id) VALUES (7)")
    output = cqlsh("-k", "shell", text="TRACING ON;\nSELECT * FROM t;\nTRACING OFF;\nSELECT * FROM t;\n")
    assert output.count("(1 rows)") == 2 and output.count("Tracing session:") == 1 and "Request complete" in output


def test_expand(cqlsh):
    cqlsh("-k", "shell", "-e", "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t (id, v) VALUES (7, 'seven')")
    output = cqlsh("-k", "shell", text="EXPAND ON\nSELECT * FROM t;\nEXPAND OFF\nSELECT * FROM t;\n")
    assert "@ Row 1" in output and ["id", "7"] in cells(output) and ["v", "seven"] in cells(output) and ["7", "seven"] in cells(output)


def test_show(cqlsh, address):
    assert ":".join(address) in cqlsh("-e", "SHOW HOST")
    assert "CQL spec 3.4" in cqlsh("-e", "SHOW VERSION")


def test_login_without_authentication(cqlsh):
    """The server asks for no password, so any name goes on."""
    assert "local" in cqlsh("-u", "anybody", "-p", "anything", "-e", "SELECT key FROM system.local")


def test_errors_tell_their_lines(cqlsh, tmp_path):
    script = tmp_path / "script.cql"
    script.write_text("USE shell;\nCREATE TABLE t (id int PRIMARY KEY);\n\nINSERT INTO t (id)\n  VALUES ('x');\nINSERT INTO t (id) VALUES (5);\nSELEC;\n")
    done = cqlsh.unchecked("-f", str(script))
    # cqlsh names the line after the statement's last.
    assert f"{script}:6:InvalidRequest" in done.stderr and f"{script}:8:SyntaxException" in done.stderr, done.stderr
    assert ["5"] in cells(cqlsh("-e", "SELECT id FROM shell.t")), "cqlsh goes on after an error in a file"


def test_unicode(cqlsh):
    cqlsh("-k", "shell", text="CREATE TABLE t (id int PRIMARY KEY, \"größe\" text);\nINSERT INTO t (id, \"größe\") VALUES (1, 'äöü 漢字 🐚');\n")
    output = cqlsh("-k", "shell", "-e", "SELECT * FROM t WHERE \"größe\" = 'äöü 漢字 🐚' ALLOW FILTERING")
    assert ["1", "äöü 漢字 🐚"] in cells(output) and ["id", "größe"] in cells(output)


def test_functions_over_several_lines(cqlsh, language):
    body = {"lua": "local twice = 2 * v; -- it's; \"here\"\nreturn twice", "java": "int twice = 2 * v; // it's; \"here\"\nreturn twice;"}
    cqlsh("-k", "shell", text=f"""CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t (id) VALUES (21);
CREATE FUNCTION twice(v int)
  RETURNS NULL ON NULL INPUT
  RETURNS int
  LANGUAGE {language}
  AS $$
{body[language]}
$$;
""")
    assert ["42"] in cells(cqlsh("-k", "shell", "-e", "SELECT twice(id) FROM t"))


def test_describe_of_every_kind(cqlsh, language):
    cqlsh("-k", "shell", text=f"""CREATE TYPE person (name text, age int);
CREATE TABLE t (p int, c text, s text STATIC, v frozen<person>, PRIMARY KEY (p, c));
CREATE FUNCTION plus(a int, b int) CALLED ON NULL INPUT RETURNS int LANGUAGE {language} AS 'return a + b;';
CREATE AGGREGATE total(int) SFUNC plus STYPE int INITCOND 0;
""")
    for what, wanted in {
        "KEYSPACE shell": ["CREATE KEYSPACE shell", "CREATE TYPE shell.person", "CREATE TABLE shell.t", "CREATE FUNCTION shell.plus",
                           "CREATE AGGREGATE shell.total"],
        "TYPES": ["person"], "TYPE person": ["CREATE TYPE shell.person ("],
        "TABLES": ["t"], "TABLE t": ["CREATE TABLE shell.t (", "s text static"],
        "FUNCTIONS": ["plus"], "FUNCTION plus": ["CREATE FUNCTION shell.plus(a int, b int)"],
        "AGGREGATES": ["total"], "AGGREGATE total": ["CREATE AGGREGATE shell.total(int)"],
        "t": ["CREATE TABLE shell.t ("], "shell": ["CREATE KEYSPACE shell"], "CLUSTER": ["Cluster:", "Partitioner:"],
        "SCHEMA": ["CREATE KEYSPACE shell"],
    }.items():
        output = cqlsh("-k", "shell", "-e", f"DESCRIBE {what}")
        for part in wanted:
            assert part in output, (what, output)
    done = cqlsh.unchecked("-k", "shell", "-e", "DESCRIBE TABLE nothing")
    assert done.returncode != 0 and "'nothing' not found in keyspace 'shell'" in done.stderr, done.stderr

"""COPY TO and COPY FROM."""

from __future__ import annotations

import csv

TYPES = {
    "a": ("ascii", "'plain'"),
    "bi": ("bigint", "-9223372036854775808"),
    "bl": ("blob", "0x00ff7f"),
    "bo": ("boolean", "true"),
    "da": ("date", "'2026-02-03'"),
    "de": ("decimal", "-1234567890123456789.0987654321"),
    "do_": ("double", "1.5e-300"),
    "du": ("duration", "1y2mo3w4d5h6m7s8ms9us10ns"),
    "fl": ("float", "-0.25"),
    "ine": ("inet", "'2001:db8::1'"),
    "i": ("int", "-2147483648"),
    "si": ("smallint", "-32768"),
    "te": ("text", "'it''s, \"quoted\", äöü 漢字'"),
    "ti": ("time", "'23:59:59.123456789'"),
    "ts": ("timestamp", "'2026-02-03T04:05:06.789Z'"),
    "tu": ("timeuuid", "50554d6e-29bb-11e5-b345-feff819cdc9f"),
    "ty": ("tinyint", "-128"),
    "u": ("uuid", "6f3c7d9e-1c51-4a4b-8f5f-2b7f9b7a9c11"),
    "vi": ("varint", "123456789012345678901234567890"),
    "l": ("list<int>", "[3, 1, 3]"),
    "s": ("set<text>", "{'a, b', 'c'}"),
    "m": ("map<text, bigint>", "{'one': 1, 'two': 2}"),
    "n": ("frozen<map<int, frozen<list<text>>>>", "{1: ['x', 'y'], 2: []}"),
    "tup": ("tuple<int, text>", "(7, 'seven')"),
    "per": ("frozen<person>", "{name: 'Ada', age: 36}"),
    "vec": ("vector<float, 3>", "[1.5, -2, 0]"),
}


def test_all_types_out_and_in(cqlsh, tmp_path):
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in TYPES.items())
    values = ", ".join(literal for _, literal in TYPES.values())
    cqlsh("-k", "shell", text=f"""CREATE TYPE person (name text, age int);
CREATE TABLE t (id int PRIMARY KEY, {columns});
INSERT INTO t (id, {', '.join(TYPES)}) VALUES (1, {values});
INSERT INTO t (id) VALUES (2);
""")
    before = cqlsh("-k", "shell", "-e", "EXPAND ON; SELECT * FROM t")
    out = tmp_path / "t.csv"
    assert "2 rows exported" in cqlsh("-k", "shell", "-e", f"COPY t TO '{out}' WITH HEADER = TRUE")
    assert len(list(csv.reader(out.open(encoding="utf-8"), escapechar="\\"))) == 3
    cqlsh("-k", "shell", "-e", "TRUNCATE t")
    # With prepared statements cqlsh itself can't bring in durations and user types.
    assert "2 rows imported" in cqlsh("-k", "shell", "-e", f"COPY t FROM '{out}' WITH HEADER = TRUE AND PREPAREDSTATEMENTS = FALSE")
    assert cqlsh("-k", "shell", "-e", "EXPAND ON; SELECT * FROM t") == before


def test_options(cqlsh, tmp_path):
    source = tmp_path / "in.csv"
    cqlsh("-k", "shell", "-e", "CREATE TABLE t (id int PRIMARY KEY, v text)")
    source.write_text("v|id\none|1\ntwo|2\nnone|3\n")
    output = cqlsh("-k", "shell", "-e", f"COPY t (v, id) FROM '{source}' WITH HEADER = TRUE AND DELIMITER = '|' AND NULL = 'none'"
                   " AND CHUNKSIZE = 1 AND MAXBATCHSIZE = 2 AND NUMPROCESSES = 1")
    assert "3 rows imported" in output
    out = tmp_path / "out.csv"
    cqlsh("-k", "shell", "-e", f"COPY t (id, v) TO '{out}' WITH DELIMITER = ';' AND NULL = 'nothing' AND PAGESIZE = 1 AND QUOTE = '#'")
    assert sorted(out.read_text().split()) == ["1;one", "2;two", "3;nothing"]


def test_thousands_of_rows(cqlsh, tmp_path):
    rows = 5000
    source = tmp_path / "in.csv"
    source.write_text("".join(f"{i % 50},{i},value {i}\n" for i in range(rows)))
    cqlsh("-k", "shell", "-e", "CREATE TABLE t (p int, c int, v text, PRIMARY KEY (p, c))")
    assert f"{rows} rows imported" in cqlsh("-k", "shell", "-e", f"COPY t FROM '{source}' WITH CHUNKSIZE = 500 AND MAXBATCHSIZE = 20")
    out = tmp_path / "out.csv"
    assert f"{rows} rows exported" in cqlsh("-k", "shell", "-e", f"COPY t TO '{out}'")
    assert sorted(out.read_text().splitlines()) == sorted(source.read_text().splitlines())


def test_wrong_rows_are_told_and_kept_out(cqlsh, tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("1,2026-01-01\nnot a number,2026-01-01\n3\n4,no date\n5,2026-01-05,too many\n6,2026-01-06\n")
    errors = tmp_path / "errors.csv"
    cqlsh("-k", "shell", "-e", "CREATE TABLE t (id int PRIMARY KEY, v date)")
    done = cqlsh.unchecked("-k", "shell", "-e", f"COPY t FROM '{source}' WITH ERRFILE = '{errors}' AND MAXATTEMPTS = 2")
    assert "Failed to import" in done.stdout + done.stderr
    assert sorted(row[0] for row in rows_of(cqlsh("-k", "shell", "-e", "SELECT id FROM t"))) == ["1", "6"]
    assert sorted(errors.read_text().splitlines()) == ["3", "4,no date", "5,2026-01-05,too many", "not a number,2026-01-01"]


def rows_of(output: str) -> list[list[str]]:
    lines = [line for line in output.splitlines() if line.strip() and not line.startswith("(")]
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]

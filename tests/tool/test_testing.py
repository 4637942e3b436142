"""check, test and bench: what they find, without a server."""

from __future__ import annotations

import pytest

from harness.tool import function, succeed


@pytest.fixture
def script(tmp_path):
    def make(body: str, cases: str):
        (tmp_path / "f.lua").write_text(body)
        (tmp_path / "f.cases").write_text(cases)
        return lambda signature, *more: function("test", tmp_path / "f.lua", "--signature", signature, "--cases", tmp_path / "f.cases", *more)
    return make


INT = "f(a int) RETURNS NULL ON NULL INPUT RETURNS int"
CALLED = "f(a int) CALLED ON NULL INPUT RETURNS int"


def test_cases_pass_and_fail(script):
    run = script("if a == 13 then error('no such number') end return a + 1", "f\n  (1) = 2\n  (null) = null\n  (13) fails no such number\n")
    done = run(INT)
    assert done.status == 0 and "3 cases" in done.out
    run = script("return a", "f\n  (1) = 2\n  (3) fails never\n  (5) = 5\n")
    done = run(INT)
    assert done.status == 1
    assert "line 2: f(1) is 1 instead of 2" in done.out and "line 3: f(3) is 3 and does not fail" in done.out
    assert run(INT, "--json").json()["failed"] == 2


def test_nulls_are_tried(script):
    done = script("return #('x'):rep(a) ", "f\n  (1) = 1\n")(CALLED, "--no-edges")
    assert "f(null)" in done.out


def test_a_function_that_traps_on_an_edge_value(tmp_path):
    path = tmp_path / "d.wat"
    path.write_text("""(module (@custom "nacre.functions" "d(n int) RETURNS NULL ON NULL INPUT RETURNS int\\n")
      (memory (export "memory") 1) (data (i32.const 16) "\\01\\00\\00\\00") (global (export "_scylla_abi") i32 (i32.const 16))
      (func (export "d") (param i32) (result i32) (i32.div_s (i32.const 10) (local.get 0))))""")
    done = function("test", path)
    assert done.status == 1 and "edge value: d(0)" in done.out and "integer divide by zero" in done.out
    cases = tmp_path / "d.cases"
    cases.write_text("d\n  (2) = 5\n  (0) fails divide by zero\n  edges n = 1, -1\n")
    assert function("test", path, "--cases", cases).status == 0
    assert function("test", path, "--no-edges").status == 0


def test_csv(script, tmp_path):
    (tmp_path / "rows.csv").write_text('a,result\n1,2\n,\n"3",5\n')
    done = script("return a + 1", "f\n  csv rows.csv\n")(INT)
    assert done.status == 1 and "rows.csv, row 3: f(3) is 4 instead of 5" in done.out
    (tmp_path / "rows.csv").write_text("b,result\n1,2\n")
    assert script("return a", "f\n  csv rows.csv\n")(INT).status == 2


def test_a_file_of_cases_that_is_wrong(script):
    for text in ("g\n  (1) = 1\n", "f\n  (1, 2) = 1\n", "f\n  ('x') = 1\n", "f\n  [(1)] = 1\n", "f\n  1 = 1\n"):
        done = script("return a", text)(INT)
        assert done.status == 2 and ("line " in done.err or ".cases:" in done.err), (text, done)


AGGREGATE = """language: lua
functions:
  - {signature: 'step(s int, v int) RETURNS NULL ON NULL INPUT RETURNS int', source: step.lua}
  - {signature: 'merge(a int, b int) RETURNS NULL ON NULL INPUT RETURNS int', source: merge.lua}
declarations: ['CREATE AGGREGATE total (int) SFUNC step STYPE int REDUCEFUNC merge INITCOND 0']
tests: total.cases
"""


def test_aggregates_are_taken_to_pieces(tmp_path):
    (tmp_path / "nacre.yaml").write_text(AGGREGATE)
    (tmp_path / "step.lua").write_text("return s + v")
    (tmp_path / "merge.lua").write_text("return a + b")
    (tmp_path / "total.cases").write_text("total\n  [] = 0\n  [(1), (2), (3), (null)] = 6\n")
    done = succeed("test", tmp_path)
    assert "total(int): 2 cases" in done.out
    (tmp_path / "merge.lua").write_text("return a - b")
    done = function("test", tmp_path)
    assert done.status == 1 and "in pieces before rows 1 merged from the left" in done.out and "breaks the law of" in done.out
    checked = function("check", tmp_path)
    assert checked.status == 0 and "breaks the law" in checked.out


def test_check_says_what_a_server_says(tmp_path):
    (tmp_path / "f.lua").write_text("return a +")
    done = function("check", tmp_path / "f.lua", "--signature", INT)
    assert done.status == 1 and "0x2200" in done.out and "near" in done.out
    assert function("check", tmp_path / "f.lua", "--signature", "f(a no_type) CALLED ON NULL INPUT RETURNS int").status == 1
    assert function("check", tmp_path / "f.lua", "--signature", "f(a int) RETURNS int").status == 1


def test_fuel_counts_what_a_row_does(tmp_path):
    path = tmp_path / "count.wat"
    path.write_text("""(module (@custom "nacre.functions" "count_to(n bigint) RETURNS NULL ON NULL INPUT RETURNS bigint\\n")
      (memory (export "memory") 1) (data (i32.const 16) "\\01\\00\\00\\00") (global (export "_scylla_abi") i32 (i32.const 16))
      (func (export "count_to") (param i64) (result i64) (local i64)
        (loop (local.set 1 (i64.add (local.get 1) (i64.const 1))) (br_if 0 (i64.lt_s (local.get 1) (local.get 0))))
        (local.get 1)))""")
    def fuel(n: int) -> float:
        [measured] = succeed("bench", path, "--row", f"({n})", "--seconds", "0.05", "--batch", "100", "--json").json()
        assert measured["ns_per_row"] > 0
        return measured["fuel_per_row"]
    few, many = fuel(1000), fuel(2000)
    assert few > 1000 and abs((many - few) - 1000 * 8) <= 1000, (few, many)
    (tmp_path / "rows.csv").write_text("n\n1000\n2000\n")
    [mean] = succeed("bench", path, "--csv", tmp_path / "rows.csv", "--seconds", "0.05", "--batch", "100", "--json").json()
    assert abs(mean["fuel_per_row"] - (few + many) / 2) <= 1

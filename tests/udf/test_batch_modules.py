"""Modules of ABI 3: columns in, a column out, as a C compiler makes them without any library of ours."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from pathlib import Path

import pytest
from cassandra import FunctionFailure, InvalidRequest
from cassandra.concurrent import execute_concurrent_with_args

SOURCE = Path(__file__).with_name("batch_module.c")


@pytest.fixture(scope="module")
def module(tmp_path_factory) -> str:
    made = tmp_path_factory.mktemp("module") / "module.wasm"
    subprocess.run(["clang-19", "--target=wasm32", "-O2", "-nostdlib", "-Wl,--no-entry", "-Wl,--export=nacre_row",
                    "-o", str(made), str(SOURCE)], check=True)
    return base64.b64encode(made.read_bytes()).decode()


@pytest.fixture
def rows(session):
    session.execute("CREATE TABLE many (id int PRIMARY KEY, v bigint, s text)")
    insert = session.prepare("INSERT INTO many (id, v, s) VALUES (?, ?, ?)")
    for i in range(300):
        session.execute(insert, (i, None if i % 7 == 0 else i * 100, None if i % 5 == 0 else "word " * (i % 10)))
    return list(session.execute("SELECT v, s FROM many"))


def test_numbers(guest, rows, module):
    guest.create(module, name="next")
    assert [row[0] for row in guest.session.execute("SELECT next(v) FROM many")] == [
        None if v is None else v + 1 for v, _ in rows]


def test_text_and_nulls_by_a_guest_that_finishes_early(guest, rows, module):
    guest.create(module, name="shout", signature="v text", returns="text", null="CALLED")
    assert [row[0] for row in guest.session.execute("SELECT shout(s) FROM many")] == [
        "…" if s is None else s.upper() for _, s in rows]


def test_aggregates_keep_their_state_in_the_guest_and_merge(guest, rows, module):
    guest.create(module, name="sum", signature="s bigint, v bigint")
    guest.session.execute("CREATE AGGREGATE total(bigint) SFUNC sum STYPE bigint REDUCEFUNC sum INITCOND 0")
    guest.create(module, name="larger", signature="a bigint, b bigint")
    guest.session.execute("CREATE AGGREGATE largest(bigint) SFUNC larger STYPE bigint REDUCEFUNC larger INITCOND -1")
    total, largest = guest.session.execute("SELECT total(v), largest(v) FROM many").one()
    assert (total, largest) == (sum(v for v, _ in rows if v is not None), max(v for v, _ in rows if v is not None))
    # As many rows as both shards share.
    guest.session.execute("CREATE TABLE shared (id int PRIMARY KEY, v bigint)")
    insert = guest.session.prepare("INSERT INTO shared (id, v) VALUES (?, ?)")
    values = [None if i % 7 == 0 else i * 100 - 3 for i in range(6000)]
    execute_concurrent_with_args(guest.session, insert, enumerate(values), concurrency=100)
    found = [v for v in values if v is not None]
    assert guest.session.execute("SELECT total(v), largest(v) FROM shared").one() == (sum(found), max(found))
    for row in guest.session.execute("SELECT id, total(v), v FROM many GROUP BY id"):
        assert row[1] == (row[2] or 0)


def test_one_module_serves_functions_under_names_of_their_own(guest, rows, module):
    guest.session.execute("CREATE FUNCTION successor(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint DETERMINISTIC"
                          f" LANGUAGE wasm AS '{module}' WITH export = 'next'")
    digest = hashlib.sha256(module.encode()).hexdigest()
    guest.session.execute("CREATE FUNCTION loud(v text) CALLED ON NULL INPUT RETURNS text LANGUAGE wasm"
                          f" AS 'sha256:{digest}' WITH export = 'shout'")
    assert guest.session.execute("SELECT successor(v), loud(s) FROM t WHERE id = 1").one() == (11, "ROW 1")
    with pytest.raises(InvalidRequest, match="it declares shout.* RETURNS text DETERMINISTIC, the module has shout"):
        guest.session.execute("CREATE FUNCTION other(v text) CALLED ON NULL INPUT RETURNS text DETERMINISTIC"
                              f" LANGUAGE wasm AS 'sha256:{digest}' WITH export = 'shout'")


def test_an_error_of_a_row_has_its_words_and_arguments(guest, module):
    guest.session.execute("UPDATE t SET v = 13 WHERE id = 2")
    guest.create(module, name="next")
    with pytest.raises(FunctionFailure, match=r"next\[bigint\]' failed: thirteen has no successor, called with \(13\)"):
        list(guest.session.execute("SELECT next(v) FROM t"))
    guest.next_query_works()


@pytest.mark.parametrize("declaration, said", [
    ({"signature": "v int"}, r"next\(int\) RETURNS NULL"),
    ({"signature": "v bigint, w bigint"}, r"next\(bigint, bigint\) RETURNS NULL"),
    ({"returns": "int"}, r"next\(bigint\) RETURNS NULL ON NULL INPUT RETURNS int,"),
    ({"null": "CALLED"}, r"next\(bigint\) CALLED ON NULL INPUT"),
])
def test_the_declaration_must_be_what_the_module_says(guest, module, declaration, said):
    guest.refused(module, "The declaration does not fit the module: it declares " + said
                  + r".* the module has next\(bigint\) RETURNS NULL ON NULL INPUT RETURNS bigint DETERMINISTIC",
                  name="next", **declaration)
    guest.refused(module, "Function unheard was not found", name="unheard")

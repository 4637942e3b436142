"""init → build → check → test → bench → deploy → SELECT → list, show, logs, drop, in every language with its real toolchain, each under two
minutes; the programs that are missing are named."""

from __future__ import annotations

import time

import pytest

from harness.tool import function, succeed

SECONDS_MAX = 120
COMPILED = ["cpp", "rust", "assemblyscript", "wat"]
LANGUAGES = [*COMPILED, "lua", "javascript"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_nothing_to_an_answer(language, tmp_path, contact, client):
    began = time.monotonic()
    project, keyspace = tmp_path / f"walk_{language}", f"walk_{language}"
    succeed("init", project, "--language", language)
    assert (project / "README.md").exists() and (project / "tests" / "functions.cases").exists()
    if language in COMPILED:
        built = succeed("build", "--json", cwd=project).json()
        assert 0 < built["bytes"] < 64 << 10, built
    checked = succeed("check", "--json", cwd=project).json()
    assert all(one["ok"] for one in checked) and any(one["what"] == "fib(bigint)" for one in checked)
    tested = succeed("test", "--json", cwd=project).json()
    assert tested["failed"] == 0 and tested["passed"] >= 8
    [measured] = succeed("bench", "--function", "fib", "--row", "(15)", "--seconds", "0.05", "--json", cwd=project).json()
    assert measured["ns_per_row"] > 0 and measured["fuel_per_row"] > 1000
    deployed = succeed("deploy", "--create-keyspace", *contact, cwd=project)
    assert f"{keyspace}.fib(n)" in deployed.out

    assert client.execute(f"SELECT {keyspace}.fib(20) FROM system.local")[0][0] == 6765
    if language != "wat":
        assert client.execute(f"SELECT {keyspace}.commas(['a', 'b']) FROM system.local")[0][0] == "a, b"

    listed = succeed("list", "--keyspace", keyspace, *contact).out
    assert "fib(bigint)" in listed
    shown = succeed("show", f"{keyspace}.fib", *contact, "--json").json()
    assert shown[0]["figures"]["rows"] >= 1 and shown[0]["figures"]["cpu_ns_per_row"] > 0
    succeed("deploy", *contact, cwd=project)
    assert succeed("logs", "fib", "--keyspace", keyspace, *contact).out == ""
    succeed("drop", f"{keyspace}.fib(bigint)", *contact)
    assert function("show", f"{keyspace}.fib", *contact).status == 1
    client.execute(f"DROP KEYSPACE {keyspace}")
    assert time.monotonic() - began < SECONDS_MAX


@pytest.mark.parametrize("language, program", [("cpp", "python3"), ("rust", "cargo"), ("assemblyscript", "Node.js")])
def test_a_missing_toolchain_is_named(language, program, tmp_path):
    project = tmp_path / "project"
    succeed("init", project, "--language", language)
    done = function("build", cwd=project, PATH="")
    assert done.status == 3 and program in done.err and "install" in done.err, done


def test_errors_of_the_compiler_are_shown(tmp_path):
    project = tmp_path / "project"
    succeed("init", project, "--language", "cpp")
    source = project / "src" / "functions.cc"
    source.write_text(source.read_text().replace("return text;", "return texts;"))
    done = function("build", cwd=project)
    assert done.status == 1 and "functions.cc:" in done.err and "texts" in done.err

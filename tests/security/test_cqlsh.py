"""cqlsh with a name and a password."""

from __future__ import annotations

import pytest

from harness import cqlsh


@pytest.fixture
def shell(server, tmp_path):
    def run(*arguments: str, text: str | None = None):
        return cqlsh.run(server.host, server.port, *arguments, text=text, home=tmp_path)
    return run


def test_login_on_the_command_line(shell, role):
    done = shell("-u", role, "-p", role, "-e", "LIST ROLES")
    assert done.returncode == 0, done.stderr
    assert cqlsh.cells(done.stdout)[2] == [role, "False", "True", "{}", "ALL"]


def test_wrong_password(shell, role):
    done = shell("-u", role, "-p", "no", "-e", "LIST ROLES")
    assert done.returncode == 1
    assert f"Provided username {role} and/or password are incorrect" in done.stderr


def test_login_command(shell, role, keyspace):
    done = shell("-u", role, "-p", role, text=f"SELECT v FROM {keyspace}.t WHERE k = 7;\n"
                 f"LOGIN cassandra 'cassandra'\nSELECT v FROM {keyspace}.t WHERE k = 7;\nLIST ALL PERMISSIONS OF {role};\n")
    assert f"User {role} has no SELECT permission on <table {keyspace}.t> or any of its parents" in done.stderr
    assert ["7"] in cqlsh.cells(done.stdout)


def test_everybody_may_describe(shell, role, keyspace):
    done = shell("-u", role, "-p", role, "-e", f"DESCRIBE TABLE {keyspace}.t")
    assert done.returncode == 0 and f"CREATE TABLE {keyspace}.t" in done.stdout


def test_copy_with_permission_alone(shell, superuser, role, keyspace, tmp_path):
    superuser.execute(f"GRANT SELECT, MODIFY ON {keyspace}.t TO {role}")
    file = tmp_path / "rows.csv"
    out = shell("-u", role, "-p", role, "-e", f"COPY {keyspace}.t TO '{file}'")
    assert out.returncode == 0, out.stderr
    assert len(file.read_text().splitlines()) == 10
    back = shell("-u", role, "-p", role, "-e", f"COPY {keyspace}.t FROM '{file}'")
    assert back.returncode == 0, back.stderr

"""Golden CQL: runs a script statement by statement and writes down, or compares, every answer.

A golden file holds each statement behind `> ` and under it the answer. `<...>` in an expected answer
stands for any text. In a script, `-- @any` before a statement says that its answer is not fixed, only
that it is no error, and `-- @login ROLE [PASSWORD]` that from here on the client is this role (its password is
its name, unless it is given); such a script begins as the superuser `cassandra`.

    python -m harness.golden --contact HOST:PORT SCRIPT.cql ...    write the golden files from a server;
                                                                   drops every keyspace and role on it first
    --java     the server is a Cassandra: functions in Lua that only return something are given to it in Java
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path

from cassandra import DriverException, OperationTimedOut, RequestExecutionException, RequestValidationException
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import FallthroughRetryPolicy, WhiteListRoundRobinPolicy
from cassandra.protocol import ErrorMessage, _ProtocolHandler
from cassandra.query import SimpleStatement, tuple_factory

from harness import cql_script, rendering

REQUEST_SECONDS_MAX = 60.0
DATA_STATEMENTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
SUPERUSER = ("cassandra", "cassandra")
# A Cassandra believes for so long what it knew of roles (tools/cassandra-node).
ROLES_SECONDS = 0.25


class Client:
    """A driver session that gives every answer as text."""

    def __init__(self, host: str, port: int, page_size: int | None = None, prepared: bool = False,
                 keyspace: str | None = None, protocol_version: int = 5, login: tuple[str, str] | None = None):
        self._options = dict(host=host, port=port, page_size=page_size, prepared=prepared, protocol_version=protocol_version)
        self.login = login
        profile = ExecutionProfile(
            load_balancing_policy=WhiteListRoundRobinPolicy([host]),
            retry_policy=FallthroughRetryPolicy(),
            row_factory=tuple_factory,
            request_timeout=REQUEST_SECONDS_MAX,
        )
        self._cluster = Cluster([host], port=port, protocol_version=protocol_version,
                                execution_profiles={EXEC_PROFILE_DEFAULT: profile},
                                connect_timeout=20, control_connection_timeout=20,
                                schema_metadata_enabled=False, token_metadata_enabled=False,
                                auth_provider=PlainTextAuthProvider(*login) if login else None)
        self._session = self._cluster.connect()
        # The compiled decoder can't read a null inside a list, which ttl() of a collection gives.
        self._session.client_protocol_handler = _ProtocolHandler
        self._session.default_fetch_size = page_size or 5000
        self._prepared = prepared
        if keyspace and keyspace in self.keyspaces():
            self._session.set_keyspace(keyspace)

    @property
    def keyspace(self) -> str | None:
        return self._session.keyspace

    def answer(self, text: str) -> str:
        try:
            if self._prepared and text.split(None, 1)[0].upper() in DATA_STATEMENTS:
                result = self._session.execute(self._session.prepare(text).bind(()))
            else:
                result = self._session.execute(SimpleStatement(text))
            rows = result.column_names is not None
            lines = [f"WARNING {warning}" for warning in result.response_future.warnings or ()]
            lines.append(rendering.render_rows(result) if rows else "OK")
            return "\n".join(lines)
        except OperationTimedOut:
            return f"NO ANSWER within {REQUEST_SECONDS_MAX:.0f} s"
        except (RequestExecutionException, RequestValidationException, DriverException, ErrorMessage) as error:
            return rendering.render_exception(error)

    def logged_in_as(self, role: str, password: str) -> "Client":
        """Another client in place of this one."""
        self.close()
        return Client(**self._options, login=(role, password))

    def result(self, text: str):
        return self._session.execute(SimpleStatement(text))

    def execute(self, text: str) -> list[tuple]:
        return list(self.result(text))

    def keyspaces(self) -> list[str]:
        return [name for (name,) in self._session.execute("SELECT keyspace_name FROM system_schema.keyspaces")]

    def drop_user_keyspaces(self) -> None:
        for name in self.keyspaces():
            if not name.startswith("system"):
                self._session.execute(f'DROP KEYSPACE "{name}"')

    def drop_roles(self) -> None:
        for (name,) in self._session.execute("SELECT role FROM system_auth.roles"):
            if name != SUPERUSER[0]:
                self._session.execute(f"DROP ROLE '{name}'")

    def close(self) -> None:
        self._cluster.shutdown()


def without_foreign_words(answer: str) -> str:
    """Drops the wording of Cassandra's parser, and its release: cqlsh 6.2 wants to hear 5.0.0."""
    answer = answer.replace("'5.0.8'", "'5.0.0'")
    return re.sub(r"^(ERROR 0x2000 Syntax_error:) line .*", r"\1 <...>", answer, flags=re.DOTALL)


def write_golden(path: Path, exchanges: list[tuple[str, str]]) -> None:
    blocks = []
    for text, answer in exchanges:
        answer = normalised(without_foreign_words(answer))
        asked = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
        blocks.append(f"{asked}\n{answer}\n")
    path.write_text("\n".join(blocks))


def read_golden(path: Path) -> list[tuple[str, str]]:
    exchanges: list[tuple[list[str], list[str]]] = []
    asking = False
    for line in path.read_text().splitlines():
        if line == ">" or line.startswith("> "):
            if not asking:
                exchanges.append(([], []))
            exchanges[-1][0].append(line[2:])
            asking = True
        else:
            exchanges[-1][1].append(line)
            asking = False
    return [("\n".join(asked), "\n".join(answer).strip("\n")) for asked, answer in exchanges]


def matches(expected: str, actual: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in expected.split("<...>"))
    return re.fullmatch(pattern, actual, re.DOTALL) is not None


def normalised(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines())


def logs_in(script: Path) -> bool:
    return "-- @login" in script.read_text()


def run(script: Path, client: Client, around=None, ask=Client.answer) -> tuple[list[tuple[str, str]], Client]:
    """Every statement with its answer, and the client last used. `around.before(text, client)` and `around.after(text, answer, client)`
    give the client to go on with."""
    exchanges = []
    for statement in cql_script.split(script.read_text()):
        for directive in statement.directives:
            word, *credentials = directive.split()
            if word == "login":
                client = client.logged_in_as(credentials[0], credentials[-1])
        if around is not None:
            client = around.before(statement.text, client)
        answer = ask(client, statement.text)
        if "any" in statement.directives and not answer.startswith(("ERROR", "NO ANSWER")):
            answer = "(any)"
        exchanges.append((statement.text, answer))
        if around is not None:
            client = around.after(statement.text, answer, client)
    return exchanges, client


def differences(script: Path, exchanges: list[tuple[str, str]]) -> list[str]:
    golden = read_golden(script.with_suffix(".golden"))
    asked = [normalised(text) for text, _ in exchanges]
    if asked != [normalised(text) for text, _ in golden]:
        return [f"{script.name} and its golden file do not hold the same statements; write it anew"]
    return [
        f"{text}\n  expected: {expected}\n  answered: {actual}"
        for (text, actual), (_, expected) in zip(exchanges, golden)
        if not matches(expected, normalised(actual))
    ]


def ask_slowly(client: Client, text: str) -> str:
    time.sleep(ROLES_SECONDS)
    return client.answer(text)


def ask_in_java(client: Client, text: str) -> str:
    java = re.sub(r"LANGUAGE lua AS '(return [^';]*)'", r"LANGUAGE java AS '\1;'", text)
    return ask_slowly(client, java)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contact", required=True, metavar="HOST:PORT")
    parser.add_argument("--java", action="store_true")
    parser.add_argument("scripts", nargs="+", type=Path)
    arguments = parser.parse_args()
    host, port = arguments.contact.rsplit(":", 1)
    for script in arguments.scripts:
        client = Client(host, int(port), login=SUPERUSER if logs_in(script) else None)
        client.drop_user_keyspaces()
        if client.login:
            client.drop_roles()
        ask = ask_in_java if arguments.java else ask_slowly if client.login else Client.answer
        exchanges, client = run(script, client, ask=ask)
        client.close()
        write_golden(script.with_suffix(".golden"), exchanges)
        failed = sum(answer.startswith("ERROR") for _, answer in exchanges)
        print(f"{script}: {len(exchanges)} statements, {failed} of them answered with an error")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Every golden script under every configuration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import golden
from harness.server import Server

SCRIPTS = sorted(Path(__file__).parent.glob("*.cql"))
READS = ("SELECT", "DESCRIBE", "DESC", "LIST")
WRITES = ("INSERT", "UPDATE", "DELETE", "BEGIN")
DEFINITIONS_PER_LIFE_MAX = 3


@dataclass(frozen=True)
class Configuration:
    shards: int
    page_size: int | None = None
    prepared: bool = False
    protocol_version: int = 5
    killed_before_reads: bool = False
    settings: tuple[str, ...] = ()


CONFIGURATIONS = {
    "one-shard": Configuration(shards=1),
    "two-shards": Configuration(shards=2),
    "pages-of-one-row": Configuration(shards=2, page_size=1),
    "pages-of-two-rows": Configuration(shards=1, page_size=2),
    "batches-of-one-row": Configuration(shards=1, settings=("function_batch_rows_max: 1",)),
    "prepared": Configuration(shards=2, prepared=True),
    "protocol-4": Configuration(shards=2, protocol_version=4),
    "killed-before-reads": Configuration(shards=2, killed_before_reads=True),
}


# Of the scripts in which somebody logs in.
LOGINS = ("authenticator: password", "authorizer: roles", "password_hash_rounds_log2: 4")
# The scripts call functions that never end on purpose.
IMPATIENT = ("function_cpu_per_call_ms_max: 300", "function_cpu_per_statement_ms_max: 600")


class Servers:
    """One server for all scripts of a configuration's kind; each script finds it without keyspaces and roles."""

    def __init__(self, directory: Path, stack: ExitStack):
        self._directory = directory
        self._stack = stack
        self._servers: dict[tuple, Server] = {}

    def of(self, configuration: Configuration, with_logins: bool) -> Server:
        settings = configuration.settings + (LOGINS if with_logins else ())
        kind = (configuration.shards, settings, configuration.killed_before_reads)
        server = self._servers.get(kind)
        if server is None:
            directory = self._directory / str(len(self._servers))
            directory.mkdir()
            config = directory / "nacre.yaml"
            config.write_text("\n".join(IMPATIENT + settings) + "\n")
            server = self._stack.enter_context(Server(directory, shards=configuration.shards, config=config))
            self._servers[kind] = server
        elif not server.alive():
            server.start()
        return server


@pytest.fixture(scope="session")
def servers(tmp_path_factory) -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(tmp_path_factory.mktemp("servers"), stack)


class Killer:
    """Kills the server between a change and what reads it, and when it has acknowledged some changes of the schema in a row."""

    def __init__(self, server: Server, connect):
        self._server = server
        self._connect = connect
        self._changed = False
        self._definitions = 0

    def before(self, text: str, client: golden.Client) -> golden.Client:
        reads = text.split(None, 1)[0].upper() in READS
        if not (self._changed and reads) and self._definitions < DEFINITIONS_PER_LIFE_MAX:
            return client
        keyspace, login = client.keyspace, client.login
        client.close()
        self._server.restart_after_kill()
        self._changed = False
        self._definitions = 0
        return self._connect(keyspace, login)

    def after(self, text: str, answer: str, client: golden.Client) -> golden.Client:
        verb = text.split(None, 1)[0].upper()
        if verb not in READS and verb != "USE" and not answer.startswith("ERROR"):
            self._changed = True
            self._definitions += verb not in WRITES
        return client


@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=CONFIGURATIONS.keys())
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script: Path, configuration: Configuration, servers: Servers) -> None:
    login = golden.SUPERUSER if golden.logs_in(script) else None
    server = servers.of(configuration, login is not None)

    def connect(keyspace: str | None, login: tuple[str, str] | None) -> golden.Client:
        return golden.Client(server.host, server.port, configuration.page_size,
                             configuration.prepared, keyspace, configuration.protocol_version, login)

    client = connect(None, login)
    client.drop_user_keyspaces()
    if login is not None:
        client.drop_roles()
    killer = Killer(server, connect) if configuration.killed_before_reads else None
    exchanges, client = golden.run(script, client, killer)
    client.close()
    wrong = golden.differences(script, exchanges)
    assert not wrong, f"{len(wrong)} of {len(exchanges)} answers differ:\n" + "\n".join(wrong)
    assert server.alive(), server.log_tail()

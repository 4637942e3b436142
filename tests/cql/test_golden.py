"""Every golden script under every configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import golden
from harness.server import Server

SCRIPTS = sorted(Path(__file__).parent.glob("*.cql"))
READ_ONLY = ("SELECT", "USE", "DESCRIBE", "DESC")


@dataclass(frozen=True)
class Configuration:
    shards: int
    page_size: int | None = None
    prepared: bool = False
    protocol_version: int = 5
    kill_after_each_change: bool = False
    settings: tuple[str, ...] = ()


CONFIGURATIONS = {
    "one-shard": Configuration(shards=1),
    "two-shards": Configuration(shards=2),
    "pages-of-one-row": Configuration(shards=2, page_size=1),
    "pages-of-two-rows": Configuration(shards=1, page_size=2),
    "batches-of-one-row": Configuration(shards=1, settings=("function_batch_rows_max: 1",)),
    "prepared": Configuration(shards=2, prepared=True),
    "protocol-4": Configuration(shards=2, protocol_version=4),
    "kill-after-each-change": Configuration(shards=2, kill_after_each_change=True),
}


# The scripts call functions that never end on purpose.
IMPATIENT = ("function_cpu_per_call_ms_max: 300", "function_cpu_per_statement_ms_max: 600")


@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=CONFIGURATIONS.keys())
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script: Path, configuration: Configuration, tmp_path: Path) -> None:
    config = tmp_path / "nacre.yaml"
    config.write_text("\n".join(IMPATIENT + configuration.settings) + "\n")
    with Server(tmp_path, shards=configuration.shards, config=config) as server:

        def connect(keyspace: str | None = None) -> golden.Client:
            return golden.Client(server.host, server.port, configuration.page_size,
                                 configuration.prepared, keyspace, configuration.protocol_version)

        def restarted(text: str, answer: str, client: golden.Client) -> golden.Client:
            if answer.startswith("ERROR") or text.split(None, 1)[0].upper() in READ_ONLY:
                return client
            keyspace = client.keyspace
            client.close()
            server.restart_after_kill()
            return connect(keyspace)

        exchanges, last = golden.run(script, connect(),
                                     restarted if configuration.kill_after_each_change else None)
        last.close()
        wrong = golden.differences(script, exchanges)
        assert not wrong, f"{len(wrong)} of {len(exchanges)} answers differ:\n" + "\n".join(wrong)
        assert server.alive(), server.log_tail()

"""Real Cassandra nodes on loopback addresses, and gateways before them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from cassandra import ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import RoundRobinPolicy, WhiteListRoundRobinPolicy
from cassandra.query import tuple_factory

from harness.server import ROOT, Server, answers_cql

TOOL = ROOT / "tools" / "cassandra-node"
ADDRESSES = [f"127.0.0.{last}" for last in range(71, 74)]
GATEWAY_ADDRESSES = ["127.0.0.75", "127.0.0.76"]
SECURE_ADDRESS = "127.0.0.91"
# Three nodes share a machine with what is tested.
ENVIRONMENT = {"HEAP": os.environ.get("CLUSTER_NODE_HEAP", "1G"), "AUTH": "0", "START_TIMEOUT": "300", "NUM_TOKENS": "4"}
# What a node waits for the others, where all of them wait for the same cores.
PATIENCE = "".join(f"{name}_timeout: 20000ms\n" for name in (
    "cas_contention", "write_request", "read_request", "range_request", "counter_write_request"))


class Node:
    def __init__(self, directory: Path, address: str):
        self.directory = directory / address
        self.address = address

    def _run(self, *words: str, **environment: str) -> None:
        settings = self.directory.parent / "nodes.yaml"
        settings.write_text(PATIENCE)
        environment = {"YAML_EXTRA": str(settings)} | os.environ | ENVIRONMENT | environment
        done = subprocess.run([str(TOOL), *words], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}\n{done.stderr}"

    def start(self) -> None:
        self._run("start", str(self.directory), self.address, ADDRESSES[0])

    def stop(self) -> None:
        self._run("stop", str(self.directory))

    def kill(self) -> None:
        """As the kernel or a power cut would end it."""
        pid = int((self.directory / "pid").read_text())
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.05)


class Gateway(Server):
    def __init__(self, address: str, directory: Path, config: Path | None = None):
        super().__init__(data=directory / address, config=config)
        self.host = address
        self.port = 9042

    def command(self) -> list[str]:
        return super().command() + ["--cluster", ",".join(ADDRESSES)]

    def figures(self) -> dict[str, float]:
        lines = [line for line in self.metrics().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


class SecureNode(Node):
    """One node by itself whose clients log in. `extra` are lines of cassandra.yaml."""

    def __init__(self, directory: Path, address: str, extra: str = "", **environment: str):
        super().__init__(directory, address)
        self.environment = {"AUTH": "1"} | environment
        if extra:
            self.extra = directory / f"{address}.yaml"
            self.extra.write_text(extra)
            self.environment["YAML_EXTRA"] = str(self.extra)

    def start(self) -> None:
        self._run("start", str(self.directory), self.address, self.address, **self.environment)


class PassingGateway(Gateway):
    """A gateway before one node, with the service account; clients log in unless `passes` is false. `settings` are lines of
    its configuration."""

    def __init__(self, address: str, directory: Path, node: str, user: str, password: str, passes: bool = True,
                 settings: str = ""):
        config = directory / f"{address}.gateway.yaml"
        config.write_text(f"cluster: {node}\ncluster_user: {user}\ncluster_password: {password}\n"
                          f"cluster_authentication: {'pass' if passes else 'service'}\n{settings}")
        super().__init__(address, directory, config)

    def command(self) -> list[str]:
        return Server.command(self)


class Backend:
    """The nodes, started one after the other, and two gateways. With CLUSTER_DIRECTORY the nodes' state is there, and they are
    left running for the next time."""

    def __init__(self):
        self.kept = os.environ.get("CLUSTER_DIRECTORY")
        self.directory = Path(self.kept or tempfile.mkdtemp(prefix="nacre-cluster-"))
        self.nodes = [Node(self.directory, address) for address in ADDRESSES]
        self.gateways = [Gateway(address, self.directory) for address in GATEWAY_ADDRESSES]

    def start(self) -> "Backend":
        for node in self.nodes:
            if not answers_cql(node.address, 9042):
                node.start()
        for gateway in self.gateways:
            gateway.start()
        return self

    def stop(self) -> None:
        for gateway in self.gateways:
            if gateway.alive():
                gateway.terminate()
        for node in self.nodes if not self.kept else ():
            node.stop()
            shutil.rmtree(node.directory)


def eventually(check, *errors: type[Exception], seconds: float = 10, pause: float = 0.1):
    """What it returns, once it raises none of the errors."""
    end = time.monotonic() + seconds
    while True:
        try:
            return check()
        except errors:
            if time.monotonic() > end:
                raise
            time.sleep(pause)


def connect(*addresses: str, timeout: float = 60, auth_provider=None, only: bool = False, **options):
    """A driver session that only knows what it is told of the addresses; with `only`, it uses no others either."""
    policy = WhiteListRoundRobinPolicy(addresses) if only else RoundRobinPolicy()
    profile = ExecutionProfile(load_balancing_policy=policy, row_factory=tuple_factory, request_timeout=timeout,
                               consistency_level=ConsistencyLevel.QUORUM, **options)
    cluster = Cluster(list(addresses), execution_profiles={EXEC_PROFILE_DEFAULT: profile}, protocol_version=5,
                      auth_provider=auth_provider, connect_timeout=20, control_connection_timeout=20)
    session = cluster.connect()
    return session


def as_user(name: str, password: str | None = None, address: str = SECURE_ADDRESS, **options):
    return connect(address, only=True, auth_provider=PlainTextAuthProvider(name, password or name), **options)

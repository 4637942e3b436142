"""A server with small limits, a neighbour who reads single rows all the time, and a keyspace for each test."""

from __future__ import annotations

import itertools
import time

import pytest
from cassandra import FunctionFailure, InvalidRequest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.concurrent import execute_concurrent
from cassandra.policies import FallthroughRetryPolicy, WhiteListRoundRobinPolicy
from cassandra.query import tuple_factory

from harness.neighbour import Neighbour
from harness.process import descriptors, resident_bytes
from harness.server import Server
from harness.turns import LongTurns

# Small enough that a test of a limit takes milliseconds, large enough for what real modules need.
LIMITS = {
    "function_body_bytes_max": 24 << 20,
    "function_memory_bytes_max": 16 << 20,
    "function_cpu_per_call_ms_max": 20,
    "function_cpu_per_statement_ms_max": 60,
    "function_log_bytes_per_statement_max": 4096,
    "sandbox_instances_max": 64,
}
REPETITIONS = 200
MESSAGE_CHARACTERS_MAX = 2000
GROWTH_BYTES_MAX = 64 << 20
GROWTH_DESCRIPTORS_MAX = 8
GIVING_BACK_SECONDS_MAX = 15
# A shared machine may take the processor away for a while; a guest that kept it to itself would be seen.
NEIGHBOUR_MEDIAN_SECONDS_MAX = 0.5
NEIGHBOUR_WORST_SECONDS_MAX = 10.0

_names = itertools.count(1)


def connect(server: Server, **options) -> Cluster:
    profile = ExecutionProfile(
        load_balancing_policy=WhiteListRoundRobinPolicy([server.host]), retry_policy=FallthroughRetryPolicy(),
        row_factory=tuple_factory, request_timeout=60)
    # Its version 5 loses the bytes of a segment's header that one read divides, which large bodies make likely.
    options.setdefault("protocol_version", 4)
    return Cluster([server.host], port=server.port, execution_profiles={EXEC_PROFILE_DEFAULT: profile},
                   connect_timeout=20, control_connection_timeout=20, schema_event_refresh_window=-1, **options)


@pytest.fixture(scope="session")
def limits():
    return LIMITS


@pytest.fixture(scope="session")
def server(tmp_path_factory, limits):
    directory = tmp_path_factory.mktemp("server")
    config = directory / "nacre.yaml"
    config.write_text("".join(f"{key}: {value}\n" for key, value in limits.items()))
    with Server(directory, shards=2, config=config) as server:
        pid = server.process.pid
        yield server
        assert server.alive() and server.process.pid == pid, "the server died during the tests:\n" + server.log_tail()


@pytest.fixture(scope="session")
def shared_session(server):
    cluster = connect(server)
    yield cluster.connect()
    cluster.shutdown()


@pytest.fixture(scope="session")
def neighbour(server):
    cluster = connect(server)
    session = cluster.connect()
    session.execute("CREATE KEYSPACE neighbour WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    session.execute("CREATE TABLE neighbour.t (id int PRIMARY KEY, v text)")
    session.execute("INSERT INTO neighbour.t (id, v) VALUES (1, 'next door')")
    with Neighbour(session, "SELECT v FROM neighbour.t WHERE id = 1") as running:
        yield running
    cluster.shutdown()


@pytest.fixture(scope="session")
def long_turns(server):
    cluster = connect(server)
    yield LongTurns(cluster.connect())
    cluster.shutdown()


@pytest.fixture(autouse=True)
def neighbour_is_served(server, neighbour, long_turns):
    pid = server.process.pid
    yield
    long_turns.check()
    assert server.alive() and server.process.pid == pid, server.log_tail()
    neighbour.check(NEIGHBOUR_MEDIAN_SECONDS_MAX, NEIGHBOUR_WORST_SECONDS_MAX)


@pytest.fixture
def keyspace(shared_session):
    name = f"test_{next(_names)}"
    shared_session.execute(
        f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    yield name
    shared_session.execute(f"DROP KEYSPACE {name}")


@pytest.fixture
def session(shared_session, keyspace):
    shared_session.set_keyspace(keyspace)
    return shared_session


@pytest.fixture
def guest(server, session, keyspace):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint, s text, b blob)")
    insert = session.prepare("INSERT INTO t (id, v, s, b) VALUES (?, ?, ?, ?)")
    for i in range(4):
        session.execute(insert, (i, i * 10, f"row {i}", bytes([i])))
    return Guest(server, session, keyspace)


class Guest:
    """Creates functions named `f`, calls them, and holds the server to its promises afterwards."""

    def __init__(self, server: Server, session, keyspace: str):
        self.server = server
        self.session = session
        self.keyspace = keyspace
        self.arguments: list[str] = []

    def create(self, body: str, signature: str = "v bigint", returns: str = "bigint", null: str = "RETURNS NULL",
               language: str = "wasm", name: str = "f", options: str = "") -> None:
        self.arguments = [each.split(" ", 1)[1] for each in signature.split(", ") if each]
        self.session.execute(f"CREATE OR REPLACE FUNCTION {name}({signature}) {null} ON NULL INPUT RETURNS {returns}"
                             f" LANGUAGE {language} AS $${body}$$ {options}")

    def refused(self, body: str, match: str, **declaration) -> None:
        """CREATE FUNCTION says no, once and clearly, and nothing is left of the attempt."""
        before = self.functions()
        with pytest.raises(InvalidRequest, match=match) as caught:
            self.create(body, **declaration)
        assert len(str(caught.value)) < MESSAGE_CHARACTERS_MAX, "nobody reads an error that long"
        assert self.functions() == before
        self.next_query_works()

    def functions(self) -> list:
        return list(self.session.execute("SELECT function_name, body FROM system_schema.functions WHERE keyspace_name = %s",
                                         (self.keyspace,)))

    def call(self, what: str = "f(v)", where: str = "WHERE id = 1"):
        return self.session.execute(f"SELECT {what} FROM t {where}").one()[0]

    def fails(self, match: str, what: str = "f(v)", where: str = "WHERE id = 1") -> FunctionFailure:
        """The call ends in one error with the function's name and types, and the next query works."""
        with pytest.raises(FunctionFailure, match=match) as caught:
            self.session.execute(f"SELECT {what} FROM t {where}")
        self.names_itself(caught.value)
        self.next_query_works()
        return caught.value

    def answer_or_failure(self) -> tuple[object, FunctionFailure | None]:
        """What the call gives, or else its error, which names the function; either way, the next query works."""
        answer, failure = None, None
        try:
            answer = self.call()
        except Exception as caught:  # noqa: BLE001 - names_itself says whether it is the right one
            self.names_itself(caught)
            failure = caught
        self.next_query_works()
        return answer, failure

    def names_itself(self, failure: BaseException) -> None:
        assert isinstance(failure, FunctionFailure), repr(failure)
        assert (failure.keyspace, failure.function, list(failure.arg_types)) == (self.keyspace, "f", self.arguments)
        assert f"execution of '{self.keyspace}.f[{', '.join(self.arguments)}]' failed: " in str(failure)
        assert len(str(failure)) < MESSAGE_CHARACTERS_MAX, "nobody reads an error that long"

    def next_query_works(self) -> None:
        assert self.session.execute("SELECT v FROM t WHERE id = 1").one()[0] == 10

    def repeated(self, match: str, what: str = "f(v)", times: int = REPETITIONS) -> None:
        """The same failing call many times: always the same answer, and the server holds no more than before."""
        def run(count: int) -> None:
            calls = [(f"SELECT {what} FROM t WHERE id = 1", None)] * count
            for ok, failure in execute_concurrent(self.session, calls, concurrency=4, raise_on_first_error=False):
                assert not ok
                with pytest.raises(FunctionFailure, match=match):
                    raise failure
        run(20)
        self.holds_no_more(lambda: run(times))

    def holds_no_more(self, action) -> None:
        pid = self.server.process.pid
        before = resident_bytes(pid), descriptors(pid)
        action()
        # What was freed goes back to the operating system within seconds.
        deadline = time.monotonic() + GIVING_BACK_SECONDS_MAX
        while True:
            after = resident_bytes(pid), descriptors(pid)
            if after[0] - before[0] < GROWTH_BYTES_MAX or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        assert after[0] - before[0] < GROWTH_BYTES_MAX, f"resident: {before[0]} bytes, then {after[0]}"
        assert after[1] - before[1] <= GROWTH_DESCRIPTORS_MAX, f"descriptors: {before[1]}, then {after[1]}"
        self.next_query_works()

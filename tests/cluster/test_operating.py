"""What operators see of a gateway and can bound: TLS to the cluster, figures, traces, memory, functions at once, what is left over."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cassandra import ConsistencyLevel
from cassandra.cluster import NoHostAvailable
from cassandra.query import SimpleStatement

from harness.certificates import Authority
from cluster.nodes import SECURE_ADDRESS, PassingGateway, as_user, connect
from harness.server import ServerError

ADDRESS = "127.0.0.96"
LUA = "CREATE OR REPLACE FUNCTION ks.{name}(x int) RETURNS NULL ON NULL INPUT RETURNS {type} LANGUAGE lua AS '{body}'"


@pytest.fixture(scope="module")
def gateway(admin, place):
    """Its account is a superuser, so that traces can be written."""
    made = PassingGateway(ADDRESS, place, SECURE_ADDRESS, "cassandra", "cassandra", settings=(
        "function_statements_max: 1\nfunction_statements_waiting_max: 1\nrequest_memory_bytes_max: 8000000\n"
        "cluster_unused_source_s: 1\nshards: 1\n"))
    made.start()
    yield made
    made.terminate()


@pytest.fixture(scope="module")
def session(gateway):
    made = as_user("cassandra", address=ADDRESS)
    made.execute(LUA.format(name="triple", type="int", body="return x * 3"))
    yield made
    made.cluster.shutdown()


def test_what_is_asked_of_the_cluster_is_counted(gateway, session):
    kinds = [f'nacre_cluster_request_duration_seconds_count{{kind="{kind}"}}' for kind in ("query", "prepare", "execute", "batch")]
    before = gateway.figures()
    session.execute("SELECT v FROM ks.t WHERE k = 1")
    session.execute(session.prepare("SELECT k, v FROM ks.t WHERE k = ?"), [1])
    read = len(list(session.execute("SELECT ks.triple(v) FROM ks.t")))  # other tests have left some
    with pytest.raises(Exception, match="does not exist"):
        session.execute("SELECT v FROM ks.nothing")
    session.execute("CREATE TABLE IF NOT EXISTS ks.other (k int PRIMARY KEY)")
    after = gateway.figures()
    for kind in kinds[:3]:
        assert after[kind] > before[kind], kind
    rows = "nacre_cluster_rows_read_total"
    assert after[rows] == before[rows] + read > before[rows]
    assert after["nacre_cluster_pages_read_total"] == before["nacre_cluster_pages_read_total"] + 1
    assert after["nacre_cluster_schema_reads_total"] > before["nacre_cluster_schema_reads_total"]
    failed = 'nacre_cluster_request_errors_total{kind="query"}'
    assert after[failed] == before[failed] + 1
    assert (after["nacre_cluster_nodes"], after["nacre_cluster_nodes_up"], after["nacre_cluster_users"]) == (1, 1, 1)
    assert after['nacre_cluster_logins_total{outcome="succeeded"}'] >= 1


def test_what_runs_in_the_gateway_has_a_trace(session, admin):
    trace = session.execute("SELECT ks.triple(v) FROM ks.t WHERE k = 1", trace=True).get_query_trace(10)
    assert trace.request_type == "Execute CQL3 query"
    assert trace.parameters["query"] == "SELECT ks.triple(v) FROM ks.t WHERE k = 1"
    told = [event.description for event in trace.events]
    assert "Executing single-partition query on t" in told and "Read 1 rows for this page" in told
    # It lies in the cluster, where every gateway finds it, for a day.
    text = f"SELECT coordinator, ttl(duration) FROM system_traces.sessions WHERE session_id = {trace.trace_id}"
    row = admin.execute(SimpleStatement(text, consistency_level=ConsistencyLevel.ONE)).one()
    assert row[0] == ADDRESS and 86000 < row[1] <= 86400


def test_what_the_cluster_executes_has_its_trace(session):
    trace = session.execute("INSERT INTO ks.t (k, v) VALUES (9, ks.triple(9))", trace=True).get_query_trace(10)
    assert any("mutation" in event.description.lower() for event in trace.events)
    session.execute("DELETE FROM ks.t WHERE k = 9")


def test_answers_of_the_cluster_count_in_the_memory_of_requests(gateway, session):
    session.execute("CREATE TABLE ks.large (k int, c int, v blob, PRIMARY KEY (k, c))")
    session.execute(LUA.format(name="one", type="int", body="return 1"))
    for c in range(12):
        session.execute("INSERT INTO ks.large (k, c, v) VALUES (1, %s, %s)", [c, bytes(1_000_000)])
    refused = gateway.figures()["nacre_request_memory_refused_total"]
    session.default_fetch_size = None
    for text in ("SELECT v FROM ks.large WHERE k = 1", "SELECT v, ks.one(c) FROM ks.large WHERE k = 1"):
        with pytest.raises(NoHostAvailable, match="(?i)overloaded"):
            session.execute(text)
    session.default_fetch_size = 2
    assert len(list(session.execute("SELECT v FROM ks.large WHERE k = 1"))) == 12
    assert len(list(session.execute("SELECT v, ks.one(c) FROM ks.large WHERE k = 1"))) == 12
    session.default_fetch_size = 5000
    now = gateway.figures()
    assert now["nacre_request_memory_refused_total"] >= refused + 2
    assert now["nacre_request_memory_bytes"] < 1_000_000


def test_functions_in_writes_take_the_places_of_functions(gateway, session):
    """One place and one that waits: of five writes at once some are refused, none hangs."""
    session.execute(LUA.format(name="slow", type="int", body="local n = 0 for i = 1, 20000000 do n = n + i end return x"))
    session.execute("INSERT INTO ks.t (k, v) VALUES (10, ks.slow(1))")
    refused = gateway.figures()["nacre_function_statements_refused_total"]

    def write(k: int) -> str:
        try:
            session.execute("INSERT INTO ks.t (k, v) VALUES (%s, ks.slow(1))", [k])
        except NoHostAvailable as failure:
            return str(failure)
        return ""

    with ThreadPoolExecutor(5) as pool:
        outcomes = list(pool.map(write, range(10, 15)))
    assert any(outcomes) and not all(outcomes), outcomes
    assert all("statements that call functions" in each for each in outcomes if each), outcomes
    assert gateway.figures()["nacre_function_statements_refused_total"] > refused
    session.execute("DELETE FROM ks.t WHERE k IN (10, 11, 12, 13, 14)")


def test_sources_without_functions_are_removed(session, admin):
    body = "return x -- " + "and so on, " * 20_000
    session.execute(LUA.format(name="long", type="int", body=body))
    session.execute(LUA.format(name="kept", type="int", body=body + "."))

    def digests():
        return {row[0] for row in admin.execute("SELECT digest FROM nacre.modules")}

    assert len(digests()) == 2
    session.execute("DROP FUNCTION ks.long")
    end = time.monotonic() + 15
    while len(digests()) != 1:
        assert time.monotonic() < end
        time.sleep(0.2)
    time.sleep(1.5)
    assert list(session.execute("SELECT ks.kept(v) FROM ks.t WHERE k = 1")) == [(21,)]
    assert len(digests()) == 1


# --- TLS


def secure(place, number: int, **settings) -> PassingGateway:
    lines = "".join(f"{key}: {value}\n" for key, value in ({"cluster_tls": "true"} | settings).items())
    return PassingGateway(f"127.0.0.{number}", place, SECURE_ADDRESS, "nacre", "nacre", settings=lines)


def test_the_cluster_is_reached_by_tls(gateway, admin, place, authority):
    admin.execute("GRANT ALL ON KEYSPACE nacre TO nacre")  # another account may have made it
    certificate, key = authority.issue("gateway")
    made = secure(place, 97, cluster_tls_ca=authority.certificate, cluster_tls_certificate=certificate, cluster_tls_key=key)
    made.start()
    try:
        session = as_user("cassandra", address="127.0.0.97")
        assert list(session.execute("SELECT v FROM ks.t WHERE k = 1")) == [(21,)]
        # Also what users act through.
        seen = {(row[0], row[1]) for row in admin.execute("SELECT username, ssl_enabled FROM system_views.clients")}
        assert {("nacre", True), ("cassandra", True)} <= seen
        session.cluster.shutdown()
    finally:
        made.terminate()


def test_a_node_of_another_authority_is_not_believed(admin, place, authority):
    certificate, key = authority.issue("gateway")
    other = Authority(place / "certificates", "other")
    made = secure(place, 98, cluster_tls_ca=other.certificate, cluster_tls_certificate=certificate, cluster_tls_key=key)
    with pytest.raises(ServerError, match="certificate verify failed"):
        made.start()


def test_the_node_wants_a_certificate(admin, place, authority):
    made = secure(place, 98, cluster_tls_ca=authority.certificate)
    with pytest.raises(ServerError, match="can't connect to the cluster"):
        made.start()


def test_a_certificate_that_is_not_there_is_told(admin, place, authority):
    made = secure(place, 98, cluster_tls_ca=place / "nothing.pem")
    with pytest.raises(ServerError, match="TLS: .*nothing.pem"):
        made.start()

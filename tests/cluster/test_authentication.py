"""Clients that log in to a gateway act in the cluster as who they are: one real Cassandra node with passwords and permissions."""

from __future__ import annotations

import threading
import time

import pytest
from cassandra import Unauthorized
from cassandra.cluster import NoHostAvailable
from cassandra.protocol import ErrorMessage

from cluster import nodes
from cluster.nodes import SECURE_ADDRESS as NODE
from cluster.nodes import PassingGateway, connect
from harness.server import ServerError

GATEWAYS = ["127.0.0.92", "127.0.0.93"]
VALIDITY_SECONDS = 2.5  # what a gateway believes of roles, and a little
DOUBLE = "CREATE FUNCTION ks.twice(x int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS 'return x * 2'"


def as_user(name: str, password: str | None = None, address: str = GATEWAYS[0]):
    return nodes.as_user(name, password, address)


@pytest.fixture(scope="module")
def gateways(admin, place):
    made = [PassingGateway(address, place, NODE, "nacre", "nacre") for address in GATEWAYS]
    for each in made:
        each.start()
    yield made
    for each in made:
        if each.alive():
            each.terminate()


@pytest.fixture(scope="module")
def root(gateways):
    """The superuser, through a gateway."""
    made = as_user("cassandra")
    made.execute(DOUBLE)
    yield made
    made.cluster.shutdown()


@pytest.fixture
def user(root, request):
    """A role of its own for a test, that may log in; sessions as it."""
    name = request.node.name.replace("test_", "u_")[:40]
    root.execute(f"CREATE ROLE {name} WITH PASSWORD = '{name}' AND LOGIN = true")
    sessions = []

    class User:
        def __init__(self):
            self.name = name

        def session(self, password: str | None = None, address: str = GATEWAYS[0]):
            sessions.append(as_user(name, password, address))
            return sessions[-1]

    yield User()
    for each in sessions:
        each.cluster.shutdown()
    root.execute(f"DROP ROLE IF EXISTS {name}")


def refusal(do) -> str:
    try:
        do()
    except Unauthorized as refused:
        return str(refused)
    raise AssertionError("not refused")


def eventually(check, seconds: float = 10):
    """What goes past a gateway is seen there a moment later."""
    return nodes.eventually(check, AssertionError, Unauthorized, NoHostAvailable, seconds=seconds)


def login_error(name: str, password: str, address: str) -> str:
    with pytest.raises(NoHostAvailable) as refused:
        as_user(name, password, address)
    return str(next(iter(refused.value.errors.values())))


def test_a_wrong_password_is_refused_in_the_clusters_words(gateways):
    for name, password in (("cassandra", "wrong"), ("nobody", "nobody")):
        through, past = (login_error(name, password, address) for address in (GATEWAYS[0], NODE))
        assert f"Provided username {name} and/or password are incorrect" in through
        assert through.replace(GATEWAYS[0], "X") == past.replace(NODE, "X")


def test_a_role_without_login_is_refused(root):
    root.execute("CREATE ROLE group_only WITH PASSWORD = 'group_only'")
    assert "is not permitted to log in" in login_error("group_only", "group_only", GATEWAYS[0])
    root.execute("DROP ROLE group_only")


def test_statements_are_the_clusters_to_permit(user, root):
    session = user.session()
    text = "SELECT v FROM ks.t"
    through = refusal(lambda: session.execute(text))
    past = as_user(user.name, address=NODE)
    assert through == refusal(lambda: past.execute(text))
    past.cluster.shutdown()
    refusal(lambda: session.execute("INSERT INTO ks.t (k, v) VALUES (2, 2)"))
    refusal(lambda: session.execute("CREATE TABLE ks.u (k int PRIMARY KEY)"))
    root.execute(f"GRANT SELECT ON ks.t TO {user.name}")
    assert eventually(lambda: list(session.execute(text))) == [(21,)]
    refusal(lambda: session.execute("INSERT INTO ks.t (k, v) VALUES (2, 2)"))


def test_a_prepared_statement_is_executed_as_who_sends_it(user, root):
    text = "SELECT v FROM ks.t WHERE k = ?"
    assert list(root.execute(root.prepare(text), [1])) == [(21,)]
    session = user.session()
    prepared = session.prepare(text)
    assert "has no SELECT permission on <table ks.t>" in refusal(lambda: session.execute(prepared, [1]))


def test_functions_read_no_more_than_their_caller(user, root):
    session = user.session()
    root.execute(f"GRANT EXECUTE ON FUNCTION ks.twice(int) TO {user.name}")
    for text in ("SELECT ks.twice(v) FROM ks.t", "SELECT ks.twice(v) FROM ks.t WHERE k = 1"):
        assert "has no SELECT permission on <table ks.t>" in refusal(lambda text=text: session.execute(text))
        prepared = session.prepare(text)
        assert "has no SELECT permission" in refusal(lambda prepared=prepared: session.execute(prepared))
    write = "INSERT INTO ks.t (k, v) VALUES (7, ks.twice(7))"
    assert "has no MODIFY permission on <table ks.t>" in refusal(lambda: session.execute(write))
    root.execute(f"GRANT SELECT ON ks.t TO {user.name}")
    assert eventually(lambda: list(session.execute("SELECT ks.twice(v) FROM ks.t WHERE k = 1"))) == [(42,)]


def test_execute_is_granted_and_revoked_on_one_function(user, root):
    root.execute(f"GRANT SELECT ON ks.t TO {user.name}")
    root.execute(f"GRANT MODIFY ON ks.t TO {user.name}")
    session = user.session()
    texts = ["SELECT ks.twice(v) FROM ks.t WHERE k = 1", "INSERT INTO ks.t (k, v) VALUES (3, ks.twice(3))"]
    missing = f"User {user.name} has no EXECUTE permission on <function ks.twice(int)> or any of its parents"
    for text in texts:
        assert missing in refusal(lambda text=text: session.execute(text))
    root.execute(f"GRANT EXECUTE ON FUNCTION ks.twice(int) TO {user.name}")
    for text in texts:
        eventually(lambda text=text: session.execute(text))
    # The other gateway knows within a moment.
    other = user.session(address=GATEWAYS[1])
    assert eventually(lambda: list(other.execute(texts[0]))) == [(42,)]
    root.execute(f"REVOKE EXECUTE ON FUNCTION ks.twice(int) FROM {user.name}")
    for text in texts:
        assert missing in refusal(lambda text=text: session.execute(text))
    time.sleep(1)
    assert missing in refusal(lambda: other.execute(texts[0]))


def test_execute_is_granted_on_all_functions_of_a_keyspace(user, root):
    root.execute(f"GRANT SELECT ON ks.t TO {user.name}")
    session = user.session()
    text = "SELECT ks.twice(v) FROM ks.t WHERE k = 1"
    eventually(lambda: session.execute("SELECT v FROM ks.t"))
    refusal(lambda: session.execute(text))
    root.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN KEYSPACE ks TO {user.name}")
    assert list(session.execute(text)) == [(42,)]
    root.execute(f"REVOKE EXECUTE ON ALL FUNCTIONS IN KEYSPACE ks FROM {user.name}")
    refusal(lambda: session.execute(text))


def test_a_grant_past_the_gateways_is_seen_soon(user, root, admin):
    admin.execute(f"GRANT SELECT ON ks.t TO {user.name}")
    session = user.session()
    refusal(lambda: session.execute("SELECT ks.twice(v) FROM ks.t WHERE k = 1"))
    admin.execute(f"GRANT EXECUTE ON ALL FUNCTIONS TO {user.name}")
    eventually(lambda: session.execute("SELECT ks.twice(v) FROM ks.t WHERE k = 1"), VALIDITY_SECONDS)


def test_roles_that_cant_be_read_are_believed_for_a_while(user, root, admin):
    root.execute(f"GRANT SELECT ON ks.t TO {user.name}")
    root.execute(f"GRANT EXECUTE ON FUNCTION ks.twice(int) TO {user.name}")
    session = user.session()
    call = "SELECT ks.twice(v) FROM ks.t WHERE k = 1"
    eventually(lambda: session.execute(call))
    admin.execute("REVOKE SELECT ON KEYSPACE system_auth FROM nacre")
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            assert list(session.execute(call)) == [(42,)]
            time.sleep(0.5)

        def refused() -> None:
            assert "has no EXECUTE permission" in refusal(lambda: session.execute(call))

        eventually(refused, seconds=30)
        # What needs no function goes on.
        assert list(session.execute("SELECT v FROM ks.t WHERE k = 1")) == [(21,)]
    finally:
        admin.execute("GRANT SELECT ON KEYSPACE system_auth TO nacre")
    assert list(eventually(lambda: session.execute(call))) == [(42,)]


def test_permissions_come_by_membership(user, root):
    root.execute("CREATE ROLE callers")
    root.execute("GRANT SELECT ON ks.t TO callers")
    root.execute("GRANT EXECUTE ON FUNCTION ks.twice(int) TO callers")
    session = user.session()
    text = "SELECT ks.twice(v) FROM ks.t WHERE k = 1"
    refusal(lambda: session.execute(text))
    root.execute(f"GRANT callers TO {user.name}")
    assert eventually(lambda: list(session.execute(text))) == [(42,)]
    root.execute(f"REVOKE callers FROM {user.name}")
    assert "EXECUTE" in refusal(lambda: session.execute(text))
    root.execute("DROP ROLE callers")


def test_a_superuser_may_everything_also_by_membership(user, root):
    session = user.session()
    refusal(lambda: session.execute("SELECT ks.twice(v) FROM ks.t WHERE k = 1"))
    root.execute(f"GRANT cassandra TO {user.name}")
    assert eventually(lambda: list(session.execute("SELECT ks.twice(v) FROM ks.t WHERE k = 1"))) == [(42,)]


def test_functions_are_made_and_dropped_by_whom_it_is_granted(user, root):
    session = user.session()
    create = DOUBLE.replace("twice", "own")
    assert f"User {user.name} has no CREATE permission on <all functions in ks>" in refusal(lambda: session.execute(create))
    root.execute(f"GRANT CREATE ON ALL FUNCTIONS IN KEYSPACE ks TO {user.name}")
    session.execute(create)
    assert "has no DROP permission on <function ks.twice(int)>" in refusal(lambda: session.execute("DROP FUNCTION ks.twice"))
    replace = DOUBLE.replace("CREATE", "CREATE OR REPLACE")
    assert "has no ALTER permission on <function ks.twice(int)>" in refusal(lambda: session.execute(replace))
    # Who made it has everything on it, and may give of it.
    listed = {(row[2], row[3]) for row in session.execute(f"LIST ALL PERMISSIONS OF {user.name}")}
    mine = {("<function ks.own(int)>", what) for what in ("ALTER", "DROP", "AUTHORIZE", "EXECUTE")}
    assert listed == mine | {("<all functions in ks>", "CREATE")}
    on_it = {(row[0], row[2], row[3]) for row in root.execute("LIST ALL PERMISSIONS ON FUNCTION ks.own(int)")}
    assert on_it >= {(user.name, *each) for each in listed}
    root.execute("CREATE ROLE friend")
    session.execute("GRANT EXECUTE ON FUNCTION ks.own(int) TO friend")
    assert "has no AUTHORIZE permission" in refusal(
        lambda: session.execute("GRANT EXECUTE ON FUNCTION ks.twice(int) TO friend"))
    session.execute("CREATE OR REPLACE FUNCTION ks.own(x int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS 'return 1'")
    session.execute("DROP FUNCTION ks.own(int)")
    # What was granted on it is gone with it.
    root.execute(create)
    assert not list(root.execute("LIST ALL PERMISSIONS OF friend"))
    assert "has no DROP permission" in refusal(lambda: session.execute("DROP FUNCTION ks.own(int)"))
    root.execute("DROP FUNCTION ks.own(int)")
    root.execute("DROP ROLE friend")


@pytest.mark.parametrize("how", ["text", "prepared"])
def test_grants_end_with_their_role(root, how):
    for _ in range(2):
        root.execute("CREATE ROLE passing")
        assert not list(root.execute("LIST ALL PERMISSIONS OF passing"))
        root.execute("GRANT EXECUTE ON FUNCTION ks.twice(int) TO passing")
        assert [tuple(row) for row in root.execute("LIST ALL PERMISSIONS OF passing")] == [
            ("passing", "passing", "<function ks.twice(int)>", "EXECUTE")]
        root.execute("DROP ROLE passing" if how == "text" else root.prepare("DROP ROLE passing"))


def test_permissions_of_others_are_not_listed_for_everybody(user, root):
    session = user.session()
    assert "You are not authorized to view cassandra's permissions" in refusal(
        lambda: session.execute("LIST ALL PERMISSIONS OF cassandra"))
    assert "You are not authorized to view" in refusal(lambda: session.execute("LIST ALL PERMISSIONS ON FUNCTION ks.twice(int)"))


def test_two_users_share_a_gateway(user, root):
    session = user.session()
    stop = threading.Event()
    seen = []

    def read_as_root():
        while not stop.is_set():
            seen.append(list(root.execute("SELECT ks.twice(v) FROM ks.t WHERE k = 1")))

    reader = threading.Thread(target=read_as_root)
    reader.start()
    for _ in range(100):
        refusal(lambda: session.execute("SELECT ks.twice(v) FROM ks.t WHERE k = 1"))
    stop.set()
    reader.join()
    assert seen and all(rows == [(42,)] for rows in seen)


def test_a_changed_password_is_the_one_that_counts(user, root):
    old = user.session()
    # The node lets it be changed some seconds after it was made.
    eventually(lambda: root.execute(f"ALTER ROLE {user.name} WITH PASSWORD = 'another'"))
    time.sleep(VALIDITY_SECONDS)
    assert "are incorrect" in login_error(user.name, user.name, GATEWAYS[0])
    assert user.session("another").execute("SELECT key FROM system.local").one() == ("local",)
    # As at a node, who is in stays in.
    assert old.execute("SELECT key FROM system.local").one() == ("local",)


def test_a_dropped_role_may_nothing(user, root):
    root.execute(f"GRANT SELECT ON ks.t TO {user.name}")
    root.execute(f"GRANT EXECUTE ON FUNCTION ks.twice(int) TO {user.name}")
    session = user.session()
    eventually(lambda: session.execute("SELECT ks.twice(v) FROM ks.t WHERE k = 1"))
    root.execute(f"DROP ROLE {user.name}")
    with pytest.raises((Unauthorized, ErrorMessage)):
        session.execute("SELECT ks.twice(v) FROM ks.t WHERE k = 1")
    eventually(lambda: refusal(lambda: session.execute("SELECT v FROM ks.t")))
    time.sleep(VALIDITY_SECONDS)
    assert "are incorrect" in login_error(user.name, user.name, GATEWAYS[0])


def test_others_statements_are_not_shown(user):
    session = user.session()
    assert "has no SELECT permission on <table system_views.queries>" in refusal(
        lambda: session.execute("SELECT * FROM system_views.queries"))
    session.execute("SELECT * FROM system.local")
    session.execute("SELECT * FROM system_schema.functions")


def test_wrong_passwords_do_not_keep_others_out(root):
    """Eight clients try passwords all the time; who has the right one still comes in, and is served."""
    stop = threading.Event()

    def try_passwords(number: int):
        while not stop.is_set():
            with pytest.raises(NoHostAvailable):
                as_user("cassandra", f"wrong {number}")

    storm = [threading.Thread(target=try_passwords, args=(number,), daemon=True) for number in range(8)]
    for each in storm:
        each.start()
    try:
        began = time.monotonic()
        for number in range(5):
            assert list(root.execute("SELECT ks.twice(v) FROM ks.t WHERE k = 1")) == [(42,)]
        assert time.monotonic() - began < 10
        as_user("cassandra").cluster.shutdown()
        assert time.monotonic() - began < 30
    finally:
        stop.set()
        for each in storm:
            each.join()


def test_users_are_bounded_and_make_room_when_they_leave(root, place):
    names = [f"u_room_{number}" for number in range(3)]
    for name in names:
        root.execute(f"CREATE ROLE {name} WITH PASSWORD = '{name}' AND LOGIN = true")
    gateway = PassingGateway("127.0.0.94", place, NODE, "nacre", "nacre", settings="cluster_users_max: 2\ncluster_user_idle_ms: 500\n")
    gateway.start()

    def open_users() -> float:
        return gateway.figures()["nacre_cluster_users"]

    try:
        first, second = (as_user(name, address=gateway.host) for name in names[:2])
        assert "as many as cluster_users_max allows" in login_error(names[2], names[2], gateway.host)
        assert first.execute("SELECT key FROM system.local").one() and open_users() == 2
        # Another session of one that is there takes no room.
        as_user(names[0], address=gateway.host).cluster.shutdown()
        first.cluster.shutdown()
        third = eventually(lambda: as_user(names[2], address=gateway.host))
        assert third.execute("SELECT key FROM system.local").one() and open_users() == 2
        for session in (second, third):
            session.cluster.shutdown()

        def nobody_is_left():
            assert open_users() == 0

        eventually(nobody_is_left)
    finally:
        gateway.terminate()
        for name in names:
            root.execute(f"DROP ROLE {name}")


def test_without_logins_clients_are_the_account(root, gateways, place):
    """Such a gateway also stands for a cluster that lets everybody in, before which no other passes logins on."""
    open_gateway = PassingGateway("127.0.0.94", place, NODE, "nacre", "nacre", passes=False)
    open_gateway.start()
    try:
        session = connect("127.0.0.94", only=True)
        assert "User nacre has no SELECT permission" in refusal(lambda: session.execute("SELECT ks.twice(v) FROM ks.t"))
        root.execute("GRANT SELECT ON ks.t TO nacre")
        assert eventually(lambda: list(session.execute("SELECT ks.twice(v) FROM ks.t WHERE k = 1"))) == [(42,)]
        root.execute("REVOKE SELECT ON ks.t FROM nacre")
        session.cluster.shutdown()
        for each in gateways:
            each.terminate()  # they would pass for nodes of it
        second = PassingGateway("127.0.0.95", place, "127.0.0.94", "nacre", "nacre")
        with pytest.raises(ServerError, match="needs a cluster whose clients log in"):
            second.start()
    finally:
        open_gateway.terminate()

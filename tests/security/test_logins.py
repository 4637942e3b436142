"""Who may come in, and what those are told who may not."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cassandra import AuthenticationFailed
from cassandra.cluster import NoHostAvailable

from conftest import LOGINS, cluster_of, server_with
from harness.neighbour import Neighbour
from raw_login import (AUTH_RESPONSE, OPTIONS, PREPARE, QUERY, REGISTER, STARTUP, STARTUP_BODY, RawLogin, credentials,
                       query, token)

SELECT = query("SELECT key FROM system.local")
UNEXPECTED = "0x000a Unexpected message {}, expecting SASL_RESPONSE"
WRONG = "0x0100 Provided username {} and/or password are incorrect"
RIGHT = credentials("cassandra", "cassandra")


def refusal(server, role: str, password: str) -> str:
    cluster = cluster_of(server, (role, password))
    with pytest.raises(NoHostAvailable) as caught:
        cluster.connect()
    cluster.shutdown()
    (failure,) = caught.value.errors.values()
    assert isinstance(failure, AuthenticationFailed)
    return str(failure)


@pytest.mark.parametrize("version", [3, 4, 5])
def test_login_by_each_version_of_the_protocol(connect, role, version):
    session = connect(role, protocol_version=version)
    assert session.execute("SELECT key FROM system.local").one() == ("local",)


def test_wrong_credentials(server, superuser, role):
    assert f'code=0100 [Bad credentials] message="Provided username {role} and/or password are incorrect"' in refusal(server, role, "no")
    assert "Provided username nobody and/or password are incorrect" in refusal(server, "nobody", "no")
    superuser.execute(f"ALTER ROLE {role} WITH LOGIN = false")
    assert f"{role} is not permitted to log in" in refusal(server, role, role)
    assert f"Provided username {role} and/or password are incorrect" in refusal(server, role, "no"), "a stranger learns nothing"


def test_client_without_credentials(server):
    cluster = cluster_of(server, None)
    with pytest.raises(NoHostAvailable, match="requires authentication"):
        cluster.connect()
    cluster.shutdown()


def test_clients_are_listed_with_their_roles(connect, superuser, role):
    connect(role)
    assert {"cassandra", role} <= {name for (name,) in superuser.execute("SELECT username FROM system_views.clients")}


# As Cassandra 5.0.8 answers.
CONVERSATIONS = {
    "nothing before STARTUP": [(AUTH_RESPONSE, RIGHT, "0x000a Unexpected message AUTH_RESPONSE, expecting STARTUP or OPTIONS"),
                               (QUERY, SELECT, "0x000a Unexpected message QUERY, expecting STARTUP or OPTIONS"),
                               (OPTIONS, b"", "SUPPORTED"), (STARTUP, STARTUP_BODY, "AUTHENTICATE")],
    "nothing before the login": [(STARTUP, STARTUP_BODY, "AUTHENTICATE"), (QUERY, SELECT, UNEXPECTED.format("QUERY")),
                                 (OPTIONS, b"", UNEXPECTED.format("OPTIONS")), (PREPARE, SELECT, UNEXPECTED.format("PREPARE")),
                                 (REGISTER, b"", UNEXPECTED.format("REGISTER")), (STARTUP, STARTUP_BODY, UNEXPECTED.format("STARTUP")),
                                 (AUTH_RESPONSE, RIGHT, "AUTH_SUCCESS"), (QUERY, SELECT, "RESULT")],
    "another attempt": [(STARTUP, STARTUP_BODY, "AUTHENTICATE"), (AUTH_RESPONSE, credentials("cassandra", "no"), WRONG.format("cassandra")),
                        (QUERY, SELECT, UNEXPECTED.format("QUERY")), (AUTH_RESPONSE, RIGHT, "AUTH_SUCCESS"), (QUERY, SELECT, "RESULT"),
                        (STARTUP, STARTUP_BODY, "0x000a Unexpected message STARTUP, the connection is already initialized")],
    "tokens that are none": [(STARTUP, STARTUP_BODY, "AUTHENTICATE"), (AUTH_RESPONSE, token(None), "0x0100 Password must not be null"),
                             (AUTH_RESPONSE, token(b""), "0x0100 Password must not be null"),
                             (AUTH_RESPONSE, token(b"cassandra\0cassandra"), "0x0100 Authentication ID must not be null"),
                             (AUTH_RESPONSE, credentials("", "x"), "0x0100 Authentication ID must not be null"),
                             (AUTH_RESPONSE, credentials("cassandra", ""), "0x0100 Password must not be null"),
                             (AUTH_RESPONSE, token(b"\0cassandra\0cassandra\0x"), "0x0100 Credential format error: username or password "
                              "is empty or contains NUL(\\0) character"),
                             (AUTH_RESPONSE, token(b"\0\xff\xfe\0x"), WRONG.format("\ufffd\ufffd")),
                             (AUTH_RESPONSE, credentials("cassandra", "c" * 5000), WRONG.format("cassandra")),
                             (AUTH_RESPONSE, token(b"other\0cassandra\0cassandra"), "AUTH_SUCCESS"), (QUERY, SELECT, "RESULT")],
}


@pytest.mark.parametrize("conversation", CONVERSATIONS.values(), ids=CONVERSATIONS.keys())
def test_conversation(server, conversation):
    connection = RawLogin(server.host, server.port)
    assert [connection.ask(opcode, body) for opcode, body, _ in conversation] == [answer for _, _, answer in conversation]
    connection.close()


def test_stranger_gets_little_memory(server):
    connection = RawLogin(server.host, server.port)
    assert connection.ask(STARTUP, STARTUP_BODY) == "AUTHENTICATE"
    connection.socket.sendall(b"\x04\0\0\1\x0f" + (64 << 20).to_bytes(4, "big"))
    assert connection.receive().startswith("0x000a Wrong length: a frame body of 67108864 bytes")
    assert connection.receive() == "CLOSED"
    connection.close()


def test_new_password_and_old_connections(connect, server, superuser, role):
    before = connect(role)
    superuser.execute(f"ALTER ROLE {role} WITH PASSWORD = 'changed'")
    assert before.execute("SELECT key FROM system.local").one() == ("local",)
    assert "incorrect" in refusal(server, role, role)
    assert connect(role, "changed").execute("SELECT key FROM system.local").one() == ("local",)


def test_dropped_role_may_do_nothing_more(connect, server, superuser, role, keyspace):
    superuser.execute(f"GRANT SELECT ON {keyspace}.t TO {role}")
    before = connect(role)
    assert before.execute(f"SELECT v FROM {keyspace}.t WHERE k = 1").one() == (1,)
    superuser.execute(f"DROP ROLE {role}")
    with pytest.raises(Exception, match=f"User {role} has no SELECT permission on <table {keyspace}.t> or any of its parents"):
        before.execute(f"SELECT v FROM {keyspace}.t WHERE k = 1")
    assert "incorrect" in refusal(server, role, role)


def test_storm_of_wrong_passwords(tmp_path):
    """They wait for each other, most are turned away; others read on, and who is known comes in at once."""
    settings = LOGINS | {"password_hash_rounds_log2": 9}
    with server_with(tmp_path, **settings) as server:
        cluster = cluster_of(server)
        session = cluster.connect()

        def guess(i: int) -> str:
            connection = RawLogin(server.host, server.port)
            connection.ask(STARTUP, STARTUP_BODY)
            answer = connection.ask(AUTH_RESPONSE, credentials("cassandra", f"guess {i}"))
            connection.close()
            return answer

        with Neighbour(session, "SELECT key FROM system.local") as neighbour, ThreadPoolExecutor(100) as pool:
            guesses = [pool.submit(guess, i) for i in range(150)]
            time.sleep(0.1)
            began = time.monotonic()
            another = cluster_of(server)
            another.connect()
            known_seconds = time.monotonic() - began
            another.shutdown()
            answers = [each.result() for each in guesses]
            neighbour.check(0.5, 10)
        overloaded = [answer for answer in answers if answer.startswith("0x1001")]
        assert set(answers) - set(overloaded) == {WRONG.format("cassandra")}
        assert len(overloaded) > 50 and overloaded[0] == "0x1001 Too many passwords are waiting to be checked, try again later"
        assert known_seconds < 5
        cluster.shutdown()


def test_server_stops_while_logins_wait(tmp_path):
    with server_with(tmp_path, **(LOGINS | {"password_hash_rounds_log2": 11})) as server:
        connections = []
        for i in range(25):
            connection = RawLogin(server.host, server.port)
            connection.ask(STARTUP, STARTUP_BODY)
            connection.send(AUTH_RESPONSE, credentials("cassandra", f"guess {i}"))
            connections.append(connection)
        began = time.monotonic()
        assert server.terminate() == 0
        assert time.monotonic() - began < 5
        for connection in connections:
            connection.close()


def test_first_superuser_is_what_the_configuration_says(tmp_path):
    settings = LOGINS | {"initial_superuser": "admin", "initial_superuser_password": "s3cret"}
    with server_with(tmp_path, **settings) as server:
        assert "ANYBODY CAN LOG IN" not in server.log.read_text()
        cluster = cluster_of(server, ("admin", "s3cret"))
        session = cluster.connect()
        assert list(session.execute("LIST ROLES"))[0][:3] == ("admin", True, True)
        assert session.execute("SELECT value FROM system_views.settings WHERE name = 'initial_superuser_password'").one() == ("***",)
        session.execute("ALTER ROLE admin WITH PASSWORD = 'other'")
        cluster.shutdown()
        server.restart_after_kill()
        assert "incorrect" in refusal(server, "admin", "s3cret")
        cluster = cluster_of(server, ("admin", "other"))
        cluster.connect()
        cluster.shutdown()


def test_known_password_is_warned_of_until_it_is_gone(tmp_path):
    with server_with(tmp_path, **LOGINS) as server:
        assert "ANYBODY CAN LOG IN AS THE SUPERUSER ROLE 'cassandra'" in server.log.read_text()
        cluster = cluster_of(server)
        cluster.connect().execute("ALTER ROLE cassandra WITH PASSWORD = 'other'")
        cluster.shutdown()
        server.kill()
        server.log.unlink()
        server.start()
        assert "ANYBODY CAN LOG IN" not in server.log.read_text()


def test_roles_stay_while_nobody_has_to_log_in(tmp_path):
    with server_with(tmp_path, **LOGINS) as server:
        cluster = cluster_of(server)
        session = cluster.connect()
        session.execute("CREATE ROLE r WITH PASSWORD = 'r' AND LOGIN = true")
        session.execute("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        session.execute("CREATE TABLE ks.t (k int PRIMARY KEY)")
        session.execute("GRANT SELECT ON ks.t TO r")
        cluster.shutdown()
        server.terminate()

        server.config.write_text("authenticator: AllowAllAuthenticator\nauthorizer: AllowAllAuthorizer\n")
        server.start()
        cluster = cluster_of(server, None)
        session = cluster.connect()
        for statement in ("LIST ROLES", "CREATE ROLE x", "DROP ROLE r", "GRANT SELECT ON ks.t TO r", "LIST ALL"):
            with pytest.raises(Exception, match="You have to be logged in and not anonymous to perform this request"):
                session.execute(statement)
        session.execute("DROP TABLE ks.t")
        session.execute("CREATE TABLE ks.t (k int PRIMARY KEY)")
        cluster.shutdown()
        server.terminate()

        server.config.write_text("authenticator: PasswordAuthenticator\nauthorizer: CassandraAuthorizer\n")
        server.start()
        cluster = cluster_of(server, ("r", "r"))
        with pytest.raises(Exception, match="no SELECT permission"):
            cluster.connect().execute("SELECT * FROM ks.t")
        cluster.shutdown()


def test_logins_without_permissions(tmp_path):
    """authorizer: allow_all: everybody may do everything, but superusers are made by superusers."""
    with server_with(tmp_path, authenticator="password", password_hash_rounds_log2=4) as server:
        cluster = cluster_of(server)
        session = cluster.connect()
        session.execute("CREATE ROLE r WITH PASSWORD = 'r' AND LOGIN = true")
        with pytest.raises(Exception, match="GRANT operation is not supported by AllowAllAuthorizer"):
            session.execute("GRANT SELECT ON ALL KEYSPACES TO r")
        with pytest.raises(Exception, match="LIST PERMISSIONS operation is not supported by AllowAllAuthorizer"):
            session.execute("LIST ALL")
        cluster.shutdown()
        cluster = cluster_of(server, ("r", "r"))
        session = cluster.connect()
        session.execute("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        session.execute("DROP KEYSPACE ks")
        session.execute("CREATE ROLE x WITH LOGIN = true")
        session.execute("DROP ROLE x")
        for statement, why in (("CREATE ROLE x WITH SUPERUSER = true", "Only superusers can create a role with superuser status"),
                               ("DROP ROLE cassandra", "Only superusers can drop a role with superuser status"),
                               ("ALTER ROLE r WITH SUPERUSER = true", "You aren't allowed to alter your own superuser status")):
            with pytest.raises(Exception, match=why):
                session.execute(statement)
        cluster.shutdown()


def test_authorizer_needs_logins(tmp_path):
    server = server_with(tmp_path, authorizer="roles")
    with pytest.raises(Exception, match="(?s)status 2 at start.*authorizer: roles needs clients that log in"):
        server.start()


def test_passwords_are_shown_nowhere(connect, superuser, role):
    secret = "Pa55w0rd"
    future = superuser.execute_async(f"ALTER ROLE {role} WITH PASSWORD = '{secret}'", trace=True)
    future.result()
    trace = future.get_query_trace()
    told = repr(trace.parameters) + repr([event.description for event in trace.events])
    assert "PASSWORD *******" in told and secret not in told
    superuser.prepare(f"CREATE ROLE other WITH PASSWORD = '{secret}'")
    kept = [text for (text,) in superuser.execute("SELECT query_string FROM system.prepared_statements")]
    assert any("CREATE ROLE other WITH PASSWORD *******" in text for text in kept)
    assert not any(secret in text for text in kept)


def test_gateway_does_not_let_everybody_in(tmp_path):
    """It has no logins of its own; asked for them it does not start, rather than do without."""
    server = server_with(tmp_path, **LOGINS, cluster="127.0.0.1:1")
    with pytest.raises(Exception, match="(?s)at start.*a gateway keeps no roles of its own.*cluster_authentication: pass"):
        server.start()

"""Clients that speak TLS, may, or must; and those who only pretend to."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import time

import pytest
from cassandra.cluster import NoHostAvailable

from conftest import cluster_of, server_with
from harness.certificates import Authority
from harness.server import ROOT, ServerError

CQLSH = ROOT / ".venv/bin/cqlsh"
MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def identity(authority):
    return authority.issue("server")


def tls_server(directory, mode: str, identity, **settings):
    certificate, key = identity
    return server_with(directory, tls=mode, tls_certificate=certificate, tls_key=key, **settings)


@pytest.fixture(scope="module")
def optional(tmp_path_factory, identity):
    with tls_server(tmp_path_factory.mktemp("optional"), "optional", identity) as server:
        yield server
        assert server.alive(), server.log_tail()


@pytest.fixture(scope="module")
def required(tmp_path_factory, identity):
    with tls_server(tmp_path_factory.mktemp("required"), "required", identity, startup_timeout_ms=2000) as server:
        yield server
        assert server.alive(), server.log_tail()


def trusting(authority: Authority, certificate=None, **versions) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.certificate))
    if certificate:
        context.load_cert_chain(*map(str, certificate))
    for name, version in versions.items():
        setattr(context, name, version)
    return context


def encrypted(server, context, **options):
    return cluster_of(server, login=None, ssl_context=context, ssl_options={"server_hostname": "localhost"}, **options)


def works(cluster) -> list:
    """What `system_views.clients` shows of the connections that asked."""
    try:
        session = cluster.connect()
        assert session.execute("SELECT release_version FROM system.local").one()
        return session.execute("SELECT ssl_enabled, ssl_protocol, ssl_cipher_suite FROM system_views.clients").all()
    finally:
        cluster.shutdown()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_driver(required, authority, version):
    rows = works(encrypted(required, trusting(authority, minimum_version=version, maximum_version=version)))
    assert {(row[0], row[1]) for row in rows} == {(True, version.name.replace("_", "."))}
    assert all(row[2] for row in rows)


def test_both_on_one_port(optional, authority):
    assert {row[0] for row in works(encrypted(optional, trusting(authority)))} == {True}
    assert {row[0] for row in works(cluster_of(optional, login=None))} == {False}


def test_who_must_and_does_not_is_left_alone(required):
    with pytest.raises(NoHostAvailable):
        cluster_of(required, login=None).connect()
    assert "nacre_tls_handshakes_failed_total 0\n" not in required.metrics()


def test_the_certificate_is_of_the_authority_that_the_client_trusts(required, tmp_path):
    with pytest.raises(NoHostAvailable):
        encrypted(required, trusting(Authority(tmp_path, "another"))).connect()


def test_old_versions_are_refused(required, authority):
    context = trusting(authority)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection((required.host, required.port)) as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(plain, server_hostname="localhost")


def test_large_values_both_ways(optional, authority):
    cluster = encrypted(optional, trusting(authority), protocol_version=4)
    session = cluster.connect()
    session.execute("CREATE KEYSPACE large WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    session.execute("CREATE TABLE large.t (k int PRIMARY KEY, v blob)")
    insert = session.prepare("INSERT INTO large.t (k, v) VALUES (?, ?)")
    values = [os.urandom(size) for size in (0, 1, 16383, 16384, 16385, 3 * MEBIBYTE, 12 * MEBIBYTE)]
    for k, value in enumerate(values):
        session.execute(insert, (k, value))
    assert dict(session.execute("SELECT k, v FROM large.t").all()) == dict(enumerate(values))
    cluster.shutdown()


def test_cqlsh(required, authority):
    environment = os.environ | {"SSL_CERTFILE": str(authority.certificate), "SSL_VALIDATE": "true"}
    ran = subprocess.run([str(CQLSH), "--ssl", "localhost", str(required.port), "-e", "SELECT cluster_name FROM system.local"],
                         env=environment, text=True, capture_output=True)
    assert ran.returncode == 0 and "nacre" in ran.stdout, ran.stderr


def test_the_tool(required, authority):
    where = ["--contact", f"localhost:{required.port}"]
    tool = [os.environ.get("NACRE_BINARY", str(ROOT / "build/release/nacre")), "function", "list", *where]
    assert subprocess.run([*tool, "--tls-ca", str(authority.certificate)]).returncode == 0
    assert subprocess.run(tool, capture_output=True).returncode != 0


def test_clients_with_certificates(tmp_path, authority, identity):
    with tls_server(tmp_path / "server", "required", identity, tls_client_authorities=authority.certificate) as server:
        assert works(encrypted(server, trusting(authority, authority.issue("client"))))
        stranger = Authority(tmp_path, "stranger").issue("somebody")
        for context in (trusting(authority), trusting(authority, stranger)):
            with pytest.raises(NoHostAvailable):
                encrypted(server, context).connect()


def test_a_renewed_certificate_is_for_new_connections(tmp_path, authority):
    certificate, key = authority.issue("renewed")
    with tls_server(tmp_path / "server", "required", (certificate, key)) as server:
        old = encrypted(server, trusting(authority))
        session = old.connect()
        renewed = Authority(tmp_path, "later")
        key.write_text("damaged")  # is not taken
        time.sleep(11)
        assert works(encrypted(server, trusting(authority)))
        assert "The certificate before is kept" in server.log_tail(), server.log_tail()
        for new, place in zip(renewed.issue("again"), (certificate, key)):
            shutil.copyfile(new, place)
        deadline = time.monotonic() + 30
        while True:
            try:
                works(encrypted(server, trusting(renewed)))
                break
            except NoHostAvailable:
                assert time.monotonic() < deadline
                time.sleep(0.5)
        assert session.execute("SELECT release_version FROM system.local").one()
        old.shutdown()


@pytest.mark.parametrize("sent", [b"\x16", b"\x16\x03\x01\xff\xff" + b"\0" * 70000, b"GET / HTTP/1.1\r\n\r\n", os.urandom(5000), b"\x16\x03\x01\0\x05hello", b""])
def test_what_is_no_handshake_ends_its_connection_only(required, optional, authority, sent):
    with socket.create_connection((required.host, required.port), timeout=10) as client:
        if sent:
            client.sendall(sent)
        began = time.monotonic()
        try:
            while client.recv(4096):
                pass
        except ConnectionResetError:
            pass
        assert time.monotonic() - began < 8, "it was never closed"
    with socket.create_connection((optional.host, optional.port), timeout=10) as client:
        client.sendall(sent)
    assert works(encrypted(required, trusting(authority))) and works(cluster_of(optional, login=None))


def test_who_does_not_begin_in_time(required, authority):
    """Neither who stops after the handshake, nor who asks for nothing but options; who has begun stays."""
    context = trusting(authority)
    with socket.create_connection((required.host, required.port), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as client:
            assert client.recv(1) == b""
    cluster = encrypted(required, context)
    session = cluster.connect()
    time.sleep(3)
    assert session.execute("SELECT release_version FROM system.local").one()
    cluster.shutdown()


@pytest.mark.parametrize("settings, said", [
    ({"tls": "required"}, "tls needs tls_certificate and tls_key"),
    ({"tls": "sometimes"}, "one of off, optional, required is expected"),
    ({"tls_key": "/x"}, "mean nothing without"),
    ({"tls": "required", "tls_certificate": "/absent.pem", "tls_key": "/absent.key"}, "/absent.pem can't be used as the server's certificate"),
])
def test_settings_that_make_no_sense(tmp_path, settings, said):
    with pytest.raises(ServerError, match=said):
        server_with(tmp_path, **settings).start()


def test_a_key_of_another_certificate(tmp_path, authority, identity):
    with pytest.raises(ServerError, match="belongs to another certificate|mismatch"):
        tls_server(tmp_path / "server", "required", (identity[0], authority.issue("other")[1])).start()

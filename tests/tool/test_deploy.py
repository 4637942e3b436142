"""deploy and what asks a server: what is wrong is said, and by the exit status too."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

from harness.server import BINARY, free_port
from harness.tool import function, succeed

FIB = """(module
  (@custom "nacre.functions" "fib(n bigint) RETURNS NULL ON NULL INPUT RETURNS bigint\\n%s")
  (memory (export "memory") 1) (data (i32.const 16) "\\01\\00\\00\\00")
  (global (export "_scylla_abi") i32 (i32.const 16))
  (func (export "fib") (param i64) (result i64) (local.get 0))%s)"""
LUA = ["--signature", "shout(t text) RETURNS NULL ON NULL INPUT RETURNS text"]


@pytest.fixture
def fib(tmp_path):
    path = tmp_path / "fib.wat"
    path.write_text(FIB % ("", ""))
    return path


@pytest.fixture
def shout(tmp_path):
    path = tmp_path / "shout.lua"
    path.write_text("print('its ' .. t)\nreturn t:upper() .. '!'")
    return path


@pytest.fixture
def keyspace(client):
    client.execute("CREATE KEYSPACE tool WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    yield "tool"
    client.execute("DROP KEYSPACE tool")


def test_a_script_is_quoted_and_replaced(shout, keyspace, contact, client):
    shout.write_text("return t .. ' isn\\'t $$'")
    succeed("deploy", shout, *LUA, "--keyspace", keyspace, *contact)
    shout.write_text("print('it is ' .. t) return t:upper() .. '!'")
    done = succeed("deploy", shout, *LUA, "--keyspace", keyspace, *contact, "--json")
    assert done.json()["created"] == [{"kind": "function", "signature": "shout(text)", "returns": "text", "call": "tool.shout(t)"}]
    assert client.execute("SELECT tool.shout('a') FROM system.local") == [("A!",)]


def test_logs_follow(shout, keyspace, contact, client):
    succeed("deploy", shout, *LUA, "--keyspace", keyspace, *contact)
    client.execute("SELECT tool.shout('first') FROM system.local")
    def as_at_a_terminal() -> None:
        # What runs in the background may have begun with interrupts ignored.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen([str(BINARY), "function", "logs", "tool.shout", "--follow", *contact], stdout=subprocess.PIPE, text=True,
                          preexec_fn=as_at_a_terminal) as logs:
        assert "stdout its first" in logs.stdout.readline()
        client.execute("SELECT tool.shout('second') FROM system.local")
        assert "stdout its second" in logs.stdout.readline()
        logs.send_signal(signal.SIGINT)
    assert len(succeed("logs", "--keyspace", keyspace, *contact).out.splitlines()) == 2


def test_a_module_of_five_megabytes(tmp_path, keyspace, contact, client):
    path = tmp_path / "large.wat"
    data = "".join(f"\\{byte:02x}" for byte in os.urandom(5 << 20))
    path.write_text((FIB % ("", f'(data (i32.const 65536) "{data}")')).replace('"memory") 1', '"memory") 200'))
    project = tmp_path / "large"
    succeed("init", project, "--language", "wat")
    (project / "src" / "functions.wat").write_text(path.read_text())
    succeed("build", cwd=project)
    module = project / "build" / "functions.wasm"
    assert module.stat().st_size > 5 << 20
    began = time.monotonic()
    succeed("deploy", module, "--keyspace", keyspace, *contact)
    assert time.monotonic() - began < 30
    assert client.execute("SELECT tool.fib(7) FROM system.local") == [(7,)]


def test_progress_is_for_terminals_alone(fib, keyspace, contact):
    assert succeed("deploy", fib, "--keyspace", keyspace, *contact).err == ""


def test_overloads_are_told_apart(shout, keyspace, contact):
    succeed("deploy", shout, *LUA, "--keyspace", keyspace, *contact)
    shout.write_text("return t")
    succeed("deploy", shout, "--signature", "shout(t int) RETURNS NULL ON NULL INPUT RETURNS int", "--keyspace", keyspace, *contact)
    done = function("drop", "tool.shout", *contact)
    assert done.status == 1 and "tool.shout(int)" in done.err and "tool.shout(text)" in done.err
    succeed("drop", "shout(int)", "--keyspace", keyspace, *contact)
    assert succeed("drop", "tool.shout", *contact).out == "dropped tool.shout(text)\n"
    assert function("drop", "tool.shout", *contact).status == 1
    assert function("drop", "tool.shout", "--if-exists", *contact).status == 0


def test_what_a_server_would_refuse_is_not_sent(tmp_path, keyspace, contact):
    path = tmp_path / "fib.wat"
    path.write_text((FIB % ("", "")).replace("(result i64)", "(result i32)").replace("(local.get 0)", "(i32.const 0)"))
    done = function("deploy", path, "--keyspace", keyspace, *contact)
    assert done.status == 1 and "fib" in done.err
    sent = function("deploy", path, "--keyspace", keyspace, "--no-check", *contact)
    assert sent.status == 1 and sent.err == done.err
    assert function("show", "tool.fib", *contact).status == 1


def test_a_keyspace_that_is_not_there(fib, contact, client):
    done = function("deploy", fib, "--keyspace", "nowhere", *contact)
    assert done.status == 1 and "--create-keyspace" in done.err
    assert function("deploy", fib, *contact).status == 2


def test_nobody_there(fib):
    done = function("deploy", fib, "--keyspace", "k", "--contact", f"127.0.0.1:{free_port()}")
    assert done.status == 4 and "127.0.0.1:" in done.err
    assert function("list", "--contact", "127.0.0.1:x").status == 2


def test_wrong_usage(tmp_path):
    assert function("check", tmp_path / "absent.wasm").status == 2
    assert function("check", tmp_path).status == 2
    (tmp_path / "nacre.yaml").write_text("language: cobol\n")
    done = function("test", tmp_path)
    assert done.status == 2 and "nacre.yaml" in done.err and "cobol" in done.err
    assert function("init", tmp_path, "--language", "cpp").status == 2
    assert function("nonsense").status == 2
    (tmp_path / "x.lua").write_text("return 1")
    assert "--signature" in function("check", tmp_path / "x.lua").err


class Tls:
    """Takes TLS from its socket and passes on to a server what it says."""

    def __init__(self, server, directory):
        self.certificate = directory / "certificate.pem"
        key = directory / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", self.certificate], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.listening = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.port = self.listening.getsockname()[1]
        self.server = server
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listening.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            far = socket.create_connection((self.server.host, self.server.port))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(one, other), daemon=True).start()

    @staticmethod
    def pump(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass

    def close(self):
        self.listening.close()


def test_tls(server, fib, keyspace, tmp_path):
    tls = Tls(server, tmp_path)
    where = ["--contact", f"localhost:{tls.port}"]
    succeed("deploy", fib, "--keyspace", keyspace, *where, "--tls-ca", tls.certificate)
    assert "tool.fib(bigint)" in succeed("list", *where, "--tls-insecure").out
    done = function("list", *where, "--tls")
    assert done.status == 4 and "certificate" in done.err
    assert function("list", *where, "--tls-ca", tmp_path / "absent.pem").status != 0
    tls.close()


class Login:
    """Wants SASL PLAIN of a connection before it passes on to a server what is said."""

    USER, PASSWORD = b"ann", b"it's secret"

    def __init__(self, server):
        self.server = server
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(near,), daemon=True).start()

    @staticmethod
    def frame(near) -> tuple[bytes, bytes]:
        header = near.recv(9, socket.MSG_WAITALL)
        return header, near.recv(int.from_bytes(header[5:9], "big"), socket.MSG_WAITALL)

    @staticmethod
    def reply(near, opcode: int, body: bytes) -> None:
        near.sendall(bytes([0x84, 0, 0, 0, opcode]) + len(body).to_bytes(4, "big") + body)

    def serve(self, near):
        header, startup = self.frame(near)
        self.reply(near, 0x03, b"\x00\x15PasswordAuthenticator")
        answered, token = self.frame(near)
        if not answered:
            return
        if token[4:] != b"\0" + self.USER + b"\0" + self.PASSWORD:
            text = b"Provided username and/or password are incorrect"
            self.reply(near, 0x00, (0x0100).to_bytes(4, "big") + len(text).to_bytes(2, "big") + text)
            return
        far = socket.create_connection((self.server.host, self.server.port))
        far.sendall(header + startup)
        self.frame(far)
        self.reply(near, 0x10, b"\xff\xff\xff\xff")
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=Tls.pump, args=(one, other), daemon=True).start()

    def close(self):
        self.listening.close()


def test_logins(server, fib, keyspace):
    login = Login(server)
    deploy = ["deploy", fib, "--keyspace", keyspace, "--contact", f"127.0.0.1:{login.port}"]
    done = function(*deploy)
    assert done.status == 4 and "--user" in done.err
    done = function(*deploy, "--user", "ann", "--password", "wrong")
    assert done.status == 4 and "password are incorrect" in done.err
    succeed(*deploy, "--user", "ann", NACRE_PASSWORD="it's secret")
    login.close()


def test_completions():
    for shell in ("bash", "zsh", "fish"):
        done = subprocess.run([str(BINARY), "completions", shell], capture_output=True, text=True, check=True)
        assert "deploy" in done.stdout and "create-keyspace" in done.stdout
    completed = subprocess.run(["bash", "-c", f'source <("{BINARY}" completions bash); COMP_WORDS=(nacre function dep); COMP_CWORD=2; _nacre; echo "${{COMPREPLY[0]}}"; '
                                'COMP_WORDS=(nacre function deploy --create); COMP_CWORD=3; _nacre; echo "${COMPREPLY[0]}"'],
                               capture_output=True, text=True, check=True)
    assert completed.stdout.split() == ["deploy", "--create-keyspace"]

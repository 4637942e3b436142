"""Start and stop: what the command says and leaves alone when it can't run."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from harness.server import BINARY, ROOT, Server, free_port

SECONDS_MAX = 30


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([str(BINARY), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=SECONDS_MAX, cwd=cwd)


def serve(data: Path, port: int | None = None, *more: str) -> subprocess.CompletedProcess:
    return run("serve", "--data", str(data), "--listen", f"127.0.0.1:{port or free_port()}",
               "--metrics", f"127.0.0.1:{free_port()}", "--shards", "1", *more)


def fingerprint(directory: Path) -> dict[str, str]:
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(directory.rglob("*")) if path.is_file() and "LOG" not in path.name}


def one_sentence(done: subprocess.CompletedProcess) -> str:
    assert done.returncode not in (0, -signal.SIGABRT, -signal.SIGSEGV), done.stderr
    assert done.stderr.strip(), "nothing on stderr"
    assert "terminate called" not in done.stderr
    return done.stderr


def test_version():
    done = run("--version")
    assert done.returncode == 0
    assert (ROOT / "VERSION").read_text().strip() in done.stdout


def test_help_names_the_options():
    done = run("serve", "--help")
    assert done.returncode == 0
    for option in ("--data", "--listen", "--metrics", "--shards", "--config"):
        assert option in done.stdout


@pytest.mark.parametrize("arguments", [["serve", "--shards", "0"], ["serve", "--listen", "nowhere"], ["serve", "--nothing"],
                                       ["dance"], ["serve", "--config", "/nowhere/at/all.yaml"]])
def test_wrong_arguments(tmp_path, arguments):
    one_sentence(run(*arguments, cwd=tmp_path))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_graceful_stop(tmp_path, number):
    server = Server(tmp_path, shards=2).start()
    server.process.send_signal(number)
    assert server.process.wait(SECONDS_MAX) == 0, server.log_tail()


def test_ready_line(tmp_path):
    server = Server(tmp_path, shards=1)
    with server:
        assert re.search(rf"(?i)(ready|listening|serving).*{server.port}", server.log.read_text()), server.log_tail()


def test_port_in_use(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        text = one_sentence(serve(tmp_path / "data", port))
        assert str(port) in text and "in use" in text.lower()


def test_metrics_port_in_use(tmp_path):
    with Server(tmp_path / "first", shards=1) as server:
        done = run("serve", "--data", str(tmp_path / "second"), "--listen", f"127.0.0.1:{free_port()}",
                   "--metrics", f"127.0.0.1:{server.metrics_port}", "--shards", "1")
        assert str(server.metrics_port) in one_sentence(done)


def test_second_server_on_the_same_data(tmp_path):
    with Server(tmp_path, shards=1) as server:
        text = one_sentence(serve(server.data))
        assert str(server.data) in text
        assert server.alive()


def test_directory_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in one_sentence(serve(tmp_path / "file" / "data"))
    if os.geteuid() != 0:
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        assert str(locked) in one_sentence(serve(locked / "data"))


def test_newer_format_is_refused_and_left_alone(tmp_path):
    server = Server(tmp_path, shards=1).start()
    assert server.terminate() == 0
    marker = next(path for path in server.data.rglob("*") if path.is_file() and "FORMAT" in path.name.upper())
    number = int(re.search(r"\d+", marker.read_text()).group())
    marker.write_text(marker.read_text().replace(str(number), "999", 1))
    before = fingerprint(server.data)
    text = one_sentence(serve(server.data))
    assert "999" in text
    assert fingerprint(server.data) == before


def test_configuration_file(tmp_path):
    port, metrics = free_port(), free_port()
    configuration = tmp_path / "nacre.yaml"
    configuration.write_text(f"data: {tmp_path}/data\nlisten: 127.0.0.1:{port}\nmetrics: 127.0.0.1:{metrics}\nshards: 1\n")
    process = subprocess.Popen([str(BINARY), "serve", "--config", str(configuration)], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert str(port) in process.stderr.readline()
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == 0
    (tmp_path / "wrong.yaml").write_text("lisen: 127.0.0.1:1\n")
    assert "lisen" in one_sentence(run("serve", "--config", str(tmp_path / "wrong.yaml"), cwd=tmp_path))


def test_metrics_page(tmp_path):
    with Server(tmp_path, shards=2) as server:
        page = server.metrics()
        assert "# TYPE" in page and "nacre_" in page

"""The Tab key, in a terminal: cqlsh completes names out of the driver's metadata."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import time

import pytest

from harness.cqlsh import CQLSH

SECONDS_MAX = 20


class Terminal:
    def __init__(self, home: str, *arguments: str):
        environment = dict(os.environ, HOME=home, TERM="dumb", COLUMNS="200", LINES="50")
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execve(str(CQLSH), [str(CQLSH), "--no-color", *arguments], environment)
        self.shown = ""

    def type(self, text: str) -> None:
        self.shown = ""
        os.write(self.terminal, text.encode())

    def wait_for(self, pattern: str) -> str:
        until = time.monotonic() + SECONDS_MAX
        while not re.search(pattern, self.shown):
            assert time.monotonic() < until, f"no {pattern!r} in {self.shown!r}"
            if select.select([self.terminal], [], [], 0.1)[0]:
                self.shown += os.read(self.terminal, 65536).decode(errors="replace")
        return self.shown

    def close(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.terminal)


@pytest.fixture
def terminal(cqlsh, address, language, tmp_path):
    cqlsh("-k", "shell", text=f"""CREATE TYPE postal_address (street text);
CREATE TABLE measurements (sensor_id int PRIMARY KEY, temperature double);
CREATE TABLE meadows (id int PRIMARY KEY);
CREATE FUNCTION halved(v int) CALLED ON NULL INPUT RETURNS int LANGUAGE {language} AS 'return v;';
""")
    terminal = Terminal(str(tmp_path), *address)
    terminal.wait_for(r"cqlsh> ")
    terminal.type("USE shell;\r")
    terminal.wait_for(r"cqlsh:shell> ")
    yield terminal
    terminal.close()


def test_tab_completes_names(terminal):
    for typed, completed in {
        "USE she": r"USE shell",
        "SELECT * FROM shell.mea": r"measurements[\s\S]*meadows|meadows[\s\S]*measurements",
        "SELECT * FROM meas": r"measurements",
        "SELECT * FROM measurements WHERE sens": r"sensor_id",
        "INSERT INTO meas": r"measurements",
        "UPDATE measurements SET temp": r"temperature",
        "DESCRIBE TABLE mead": r"meadows",
        "DESCRIBE TYPE post": r"postal_address",
        "DESCRIBE FUNCTION hal": r"halved",
        "DROP FUNCTION hal": r"halved",
        "ALTER TYPE pos": r"postal_address",
        "DESC": r"DESCRIBE",
    }.items():
        terminal.type(typed + "\t\t")
        terminal.wait_for(completed)
        terminal.type("\x15\r")  # the line is emptied
        terminal.wait_for(r"cqlsh:shell> $")

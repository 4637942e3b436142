"""Runs the driver tests that are written in other languages, tests/drivers/<language>.

    python -m harness.driver_suite LANGUAGE --report FILE.xml

A server is started for them, or NACRE_TEST_TARGET=HOST:PORT names one that is already there, for
example a real Cassandra; tests that are marked as Nacre's own are left out then. The report is one
JUnit file whatever the language's tool writes.

What the tests find in their environment:

    NACRE_TEST_CONTACT    HOST:PORT of the server
    NACRE_TEST_LANGUAGE   the LANGUAGE of user functions there: lua, or java
    NACRE_TEST_CONTROL    a URL; POST /restart kills the server and starts it again.
                          Absent if the server is not ours, and Nacre's own tests are to be left out
"""

from __future__ import annotations

import argparse
import contextlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import xml.etree.ElementTree as xml
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.server import ROOT, Server

SECONDS_MAX = 600


@dataclass
class Suite:
    """`prepare` brings the dependencies, as locked; `command` runs the tests and leaves what `cases`
    reads. `leave_out` is added to the command when Nacre's own tests are not to run."""

    tool: str
    advice: str
    prepare: list[str]
    command: list[str]
    leave_out: list[str]
    cases: Callable[[Path, str], Iterator[xml.Element]]


def case_element(group: str, name: str, failure: str | None) -> xml.Element:
    case = xml.Element("testcase", classname=group, name=name)
    if failure is not None:
        xml.SubElement(case, "failure").text = failure
    return case


def surefire_cases(directory: Path, _output: str) -> Iterator[xml.Element]:
    for report in sorted((directory / "target" / "surefire-reports").glob("TEST-*.xml")):
        yield from xml.parse(report).iter("testcase")


def node_cases(_directory: Path, output: str) -> Iterator[xml.Element]:
    for case in xml.fromstring(output).iter("testcase"):
        case.set("classname", "node")
        yield case


def go_cases(_directory: Path, output: str) -> Iterator[xml.Element]:
    said: dict[str, str] = {}
    for line in output.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            print(line)
            continue
        name = event.get("Test")
        if event["Action"] == "output" and name is None:
            print(event["Output"], end="")
        elif event["Action"] == "output":
            said[name] = said.get(name, "") + event["Output"]
        elif name and event["Action"] in ("pass", "fail", "skip"):
            yield case_element("go", name, None if event["Action"] == "pass" else said.get(name, ""))


def cargo_cases(_directory: Path, output: str) -> Iterator[xml.Element]:
    for name, how in re.findall(r"^test (\S+) \.\.\. (.*)$", output, re.MULTILINE):
        yield case_element("rust", name, None if how == "ok" else how)


SUITES = {
    "java": Suite(
        "mvn", "install a JDK 17 or later and Maven (apt-get install openjdk-17-jdk-headless maven)",
        ["mvn", "-B", "-q", "-ntp", "test-compile"],
        ["mvn", "-B", "-q", "-ntp", "surefire:test"], ["-DexcludedGroups=nacre-only"], surefire_cases),
    "node": Suite(
        "npm", "install Node.js 20.14 or later with npm (https://nodejs.org)",
        ["npm", "ci", "--silent"],
        ["node", "--test", "--test-concurrency=1", "--test-timeout=120000", "--test-reporter=junit"], [], node_cases),
    "go": Suite(
        "go", "install Go 1.26 or later (https://go.dev/dl)",
        ["go", "vet", "-mod=readonly", "./..."],
        ["go", "test", "-mod=readonly", "-count=1", "-json", "./..."], ["-skip=NacreOnly"], go_cases),
    "rust": Suite(
        "cargo", "install Rust 1.95 or later (https://rustup.rs)",
        ["cargo", "build", "--quiet", "--locked", "--tests"],
        ["cargo", "test", "--quiet", "--locked", "--no-fail-fast", "--", "--format=pretty", "--test-threads=1"], ["--skip=nacre_only"],
        cargo_cases),
}


@contextlib.contextmanager
def control(server: Server) -> Iterator[str]:
    """A URL through which the tests restart their server."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if self.path == "/restart":
                server.restart_after_kill()
            self.send_response(204 if self.path == "/restart" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listener.server_address[1]}"
        listener.shutdown()


def run_tests(suite: Suite, directory: Path, environment: dict[str, str], more: list[str]) -> tuple[int, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NACRE_TEST_")}
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(suite.command + more, cwd=directory, stdin=subprocess.DEVNULL, stdout=output,
                              env=inherited | environment, timeout=SECONDS_MAX)
        output.seek(0)
        return done.returncode, output.read()


def run_on_target(suite: Suite, directory: Path) -> tuple[int, str, str | None]:
    """The tool's exit status, its output, and what is wrong with the server after the tests."""
    target = os.environ.get("NACRE_TEST_TARGET")
    if target:
        environment = {"NACRE_TEST_CONTACT": target, "NACRE_TEST_LANGUAGE": "java"}
        return *run_tests(suite, directory, environment, suite.leave_out), None
    with Server(shards=2) as server, control(server) as url:
        environment = {"NACRE_TEST_CONTACT": f"{server.host}:{server.port}", "NACRE_TEST_LANGUAGE": "lua",
                       "NACRE_TEST_CONTROL": url}
        status, output = run_tests(suite, directory, environment, [])
        return status, output, None if server.alive() else server.log_tail()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=SUITES)
    parser.add_argument("--report", type=Path, required=True)
    arguments = parser.parse_args()
    suite = SUITES[arguments.language]
    directory = ROOT / "tests" / "drivers" / arguments.language
    if shutil.which(suite.tool) is None:
        print(f"{suite.tool} is missing: {suite.advice}, then run this again.", file=sys.stderr)
        return 1
    prepared = subprocess.run(suite.prepare, cwd=directory, stdin=subprocess.DEVNULL)
    if prepared.returncode != 0:
        print(f"`{' '.join(suite.prepare)}` failed in {directory} (see above): the compiler's errors, or the"
              " package registry could not be reached.", file=sys.stderr)
        return prepared.returncode

    status, output, illness = run_on_target(suite, directory)
    report = xml.Element("testsuite", name=arguments.language)
    report.extend(list(suite.cases(directory, output)))
    if illness is not None:
        report.append(case_element("server", "outlives the tests", illness))
    xml.ElementTree(report).write(arguments.report)
    failures = [case for case in report if case.find("failure") is not None or case.find("error") is not None]
    if failures or status != 0:
        print(output[-20_000:])
    print(f"{len(report) - len(failures)} passed, {len(failures)} failed")
    return status or bool(failures)


if __name__ == "__main__":
    sys.exit(main())

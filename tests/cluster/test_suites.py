"""The suites that servers with their own data pass, on gateways: the real cqlsh with the seed session, the drivers, and functions
that are hostile to others' latency."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

import pytest

from cluster.nodes import ADDRESSES, connect
from cluster.suite_differences import LEFT_OUT
from harness.driver_suite import SUITES
from harness.server import ROOT

SILENCE_SECONDS_MAX = 30
# Of the suite udf, those that try to keep a shard's loop from turning.
HOSTILE = ("endless_loops", "recursion", "allocation_storms", "lua_hostile")


@pytest.fixture(scope="module")
def alone(backend):
    """No gateway but those that the suites start: what drivers do with several is looked at elsewhere."""
    for gateway in backend.gateways:
        gateway.terminate()
    yield
    for gateway in backend.gateways:
        gateway.start()


def keyspaces_gone() -> None:
    """Suites begin on servers without data, and without other gateways that are still told of."""
    session = connect(*ADDRESSES)
    for (name,) in list(session.execute("SELECT keyspace_name FROM system_schema.keyspaces")):
        if name != "nacre" and not name.startswith("system"):
            session.execute(f'DROP KEYSPACE "{name}"')
    deadline = time.monotonic() + SILENCE_SECONDS_MAX
    while list(session.execute("SELECT host_id FROM nacre.gateways")):
        assert time.monotonic() < deadline, "gateways that have stopped are still told of"
        time.sleep(0.5)
    # No gateway has seen their keyspaces go: functions would be there again with a keyspace of that name.
    session.execute("TRUNCATE nacre.definitions")
    session.cluster.shutdown()


def check(suite: str, command: list[str], report) -> None:
    keyspaces_gone()
    environment = os.environ | {"NACRE_TEST_CLUSTER": ",".join(ADDRESSES), "PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    cases = list(xml.parse(report).iter("testcase")) if report.exists() else []
    failed = [case.get("name") for case in cases if case.find("failure") is not None or case.find("error") is not None]
    print(f"{suite}: {len(cases) - len(failed)} of {len(cases)} passed")
    assert cases and not failed, f"{suite}: {len(failed)} of {len(cases)} failed: {failed}\n{done.stdout[-20_000:]}"


def check_with_pytest(suite: str, report, *what: str) -> None:
    check(suite, ["pytest", "-n", "0", "-q", "--tb=short", "--show-capture=no", f"--junitxml={report}", *what], report)


@pytest.mark.parametrize("suite", ["cqlsh", "drivers"])
def test_python(suite, alone, tmp_path) -> None:
    left_out = [word for name in LEFT_OUT.get(suite, {}) for word in ("--deselect", f"tests/{suite}/{name}")]
    check_with_pytest(suite, tmp_path / "report.xml", *left_out, f"tests/{suite}")


def test_hostile_functions(alone, tmp_path) -> None:
    check_with_pytest("udf", tmp_path / "report.xml", *(f"tests/udf/test_{name}.py" for name in HOSTILE))


@pytest.mark.parametrize("language", SUITES)
def test_driver(language, alone, tmp_path) -> None:
    report = tmp_path / "report.xml"
    check(language, ["harness.driver_suite", language, "--report", str(report)], report)

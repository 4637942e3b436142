"""The golden scripts through a gateway: what the cluster answers and what the gateways do, as a server of its own answers it."""

from __future__ import annotations

import pytest

from cluster.golden_differences import DIFFERENCES, SCRIPTS_LEFT_OUT
from cluster.nodes import Gateway
from harness import golden
from harness.server import ROOT

SCRIPTS = [path for path in sorted((ROOT / "tests" / "cql").glob("*.cql")) if path.stem not in SCRIPTS_LEFT_OUT]


# The scripts call functions that never end on purpose.
IMPATIENT = "function_cpu_per_call_ms_max: 300\nfunction_cpu_per_statement_ms_max: 600\n"


@pytest.fixture(scope="module")
def gateway(backend, tmp_path_factory):
    directory = tmp_path_factory.mktemp("gateway")
    config = directory / "nacre.yaml"
    config.write_text(IMPATIENT)
    with Gateway("127.0.0.77", directory, config) as made:
        yield made
        assert made.alive(), made.log_tail()


@pytest.fixture
def client(gateway):
    made = golden.Client(gateway.host, gateway.port)
    for name in made.keyspaces():
        if name != "nacre" and not name.startswith("system"):
            made.execute(f'DROP KEYSPACE "{name}"')
    yield made
    made.close()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script, client) -> None:
    exchanges, _ = golden.run(script, client)
    expected = dict(enumerate(answer for _, answer in golden.read_golden(script.with_suffix(".golden"))))
    assert len(expected) == len(exchanges)
    wrong, used = [], set()
    for number, (statement, answer) in enumerate(exchanges):
        answer = golden.normalised(answer)
        if golden.matches(expected[number], answer):
            continue
        allowed = [each for each in DIFFERENCES if each.is_of(script.stem, statement) and golden.matches(each.answer, answer)]
        used.update(allowed)
        if not allowed:
            wrong.append(f"{statement}\n  expected: {expected[number]}\n  answered: {answer}")
    assert not wrong, f"{len(wrong)} of {len(exchanges)} answers differ:\n" + "\n".join(wrong)
    unused = [each for each in DIFFERENCES if each.script == script.stem and each.always and each not in used]
    assert not unused, f"differences that are none any more: {unused}"

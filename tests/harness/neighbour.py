"""A client that reads single rows all the time, while others do what they like."""

from __future__ import annotations

import threading
import time

from cassandra.cluster import Session


# Of fewer reads the median is that of the one or two during which the machine did something else.
READS_OF_A_MEDIAN_MIN = 20


class Neighbour:
    """`with` runs it; `check` says what it saw since the last `check`; how long reads usually take, once there were enough of them."""

    def __init__(self, session: Session, select: str):
        self._session = session
        self._select = session.prepare(select)
        self._expected = session.execute(self._select).one()
        self._seconds: list[float] = []
        self._undecided: list[float] = []
        self._failures: list[BaseException] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                assert self._session.execute(self._select).one() == self._expected
            except BaseException as failure:  # noqa: BLE001 - whatever it is, the test must see it
                self._failures.append(failure)
            self._seconds.append(time.monotonic() - began)
            self._stop.wait(0.02)

    def check(self, median_max: float, worst_max: float) -> None:
        seconds, self._seconds = self._seconds, []
        failures, self._failures = self._failures, []
        assert not failures, f"a neighbour's read failed: {failures[0]!r}"
        assert max(seconds, default=0) < worst_max, f"the slowest of {len(seconds)} reads: {max(seconds)} s"
        self._undecided += seconds
        if len(self._undecided) >= READS_OF_A_MEDIAN_MIN:
            seconds, self._undecided = sorted(self._undecided), []
            assert seconds[len(seconds) // 2] < median_max, f"median of {len(seconds)} reads: {seconds[len(seconds) // 2]} s"

    def __enter__(self) -> "Neighbour":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

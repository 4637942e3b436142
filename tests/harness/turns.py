"""How long the turns of the server's loops were, as it says itself."""

from __future__ import annotations

from typing import NamedTuple

# What no turn may take, of processor time: a generous multiple of what is promised, as the machine may be slow.
TURN_CPU_US_MAX = 50_000


class Turn(NamedTuple):
    shard: int
    number: int
    cpu_us: int
    lasted_us: int
    scheduling_group: str
    work: str | None

    def __str__(self) -> str:
        return f"{self.cpu_us} us of processor time, {self.lasted_us} us in all, {self.scheduling_group}: {self.work}"


class LongTurns:
    """The turns that were noted as long since it was made, or since the last look."""

    def __init__(self, session):
        self._session = session
        self._seen = {row.shard: row.number for row in self._rows()}

    def _rows(self) -> list[Turn]:
        rows = self._session.execute(f"SELECT {', '.join(Turn._fields)} FROM system_views.stalls")
        return sorted((Turn(*row) for row in rows), key=lambda turn: turn.number)

    def new(self) -> list[Turn]:
        turns = [turn for turn in self._rows() if turn.number > self._seen.get(turn.shard, -1)]
        self._seen |= {turn.shard: turn.number for turn in turns}
        return turns

    def check(self) -> None:
        """Fails with the names of the turns that took too long."""
        long = [turn for turn in self.new() if turn.cpu_us > TURN_CPU_US_MAX]
        assert not long, "turns that were too long:\n" + "\n".join(str(turn) for turn in long)

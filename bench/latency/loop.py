"""The turns of the shard's loop, as its own metrics tell them."""

from __future__ import annotations

import re


class Loop:
    """The shard's own histograms of its turns, as far as they grew since the last reading."""

    BUCKET = re.compile(r'^(nacre_loop_turn_(?:duration|cpu)_seconds)_bucket\{shard="0",le="([^"]+)"\} (\S+)$', re.MULTILINE)

    def __init__(self, server):
        self._server = server
        self._before = self._read()

    def _read(self) -> dict[str, list[tuple[float, float]]]:
        found: dict[str, list[tuple[float, float]]] = {}
        for name, bound, count in self.BUCKET.findall(self._server.metrics()):
            found.setdefault(name, []).append((float(bound), float(count)))
        return found

    def since(self) -> dict[str, tuple[float, float]]:
        """By histogram the upper ends, in microseconds, of the buckets of the 99.99th percentile and of the longest turn."""
        now, figures = self._read(), {}
        for name, buckets in now.items():
            grown = [(bound, count - before) for (bound, count), (_, before) in zip(buckets, self._before[name])]
            total = grown[-1][1]
            reaches = lambda part: next((bound for bound, count in grown if count >= part * total), float("inf"))  # noqa: E731
            figures[name] = (reaches(0.9999) * 1e6, reaches(1.0) * 1e6)
        self._before = now
        return figures

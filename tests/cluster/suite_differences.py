"""Tests of the suites that can't pass on a gateway, by suite: the test, and why."""

from __future__ import annotations

LEFT_OUT: dict[str, dict[str, str]] = {}

"""The differences from Cassandra that are meant, each with its reason. docs/reference/differences.md tells users.

A rule that no longer matches anything is to be deleted."""

from __future__ import annotations

import re

# (pattern of the statement, pattern of what differs, reason)
RULES: list[tuple[str, str, str]] = []


def known(statement: str, apart: str) -> str | None:
    for statement_pattern, apart_pattern, reason in RULES:
        if re.search(statement_pattern, statement, re.I) and re.search(apart_pattern, apart, re.S):
            return reason
    return None

"""The differences from Cassandra that are meant, each with its reason. docs/reference/differences.md tells users.

A rule that no longer matches anything is to be deleted."""

from __future__ import annotations

import re

# (pattern of the statement, pattern of what differs, reason)
RULES: list[tuple[str, str, str]] = [
    ("", r"not error 0x(0000|1300|1100) ", "Cassandra fails inside (a Java exception, a failed replica); Nacre answers"),
    ("", r"^rows\n   not error 0x000a ", "Cassandra doesn't know a paging state that it gave itself"),
    ("", r"^warnings: .*gc_grace_seconds of 0", "there is no log of batches that a tombstone's life could be too short for"),
    ("", r"^(rows|prepared)\n   not error 0x2200 (Invalid call to function system.cast_as|Cannot infer type of argument|Function system)",
     "Cassandra doesn't know the type of a clustering column of descending order again"),
    (r"\) IN \(", r"^prepared\n   not error 0x2000 ", "tuples and markers for tuples may stand in one IN list"),
    (r"IN \(\)", r"Key may not be empty", "an empty IN list leaves nothing to look for, and so nothing to check"),
    (r"log10\(", r"column system.log10\(.*: Decimal\('0'\).*\n.*Decimal\('0E", "Cassandra shows a zero of a strange scale"),
    ("", r"LegacyTimeUUIDType", "Cassandra names the type of min, max and masks of a timeuuid by a Java class, which drivers can't read"),
    (r"\bALTER TABLE\b", r"Cannot (re-)?add .*previously dropped", "a dropped column may be added back with another type or kind"),
    ("", r"Invalid \w+ constant \(.*\) for .* of type frozen<tuple.*not (void|prepared)", "Cassandra keeps a bare constant in a tuple column without looking at it"),
    (r"agree_functions\.spread\(", r"column .*spread\(.*SortedSet", "Cassandra leaves the elements of a set in the order in which Java gave them"),
    (r"avg\(", r"column system.avg\(.*: Decimal", "Cassandra rounds an average of decimals at every row"),
    (r"\bDROP .*\(", r"error 0x2200 (Cannot drop PRIMARY KEY column|Column .* was not found)", "of several columns Cassandra names the first in the order of a hash"),
]


def known(statement: str, apart: str) -> str | None:
    for statement_pattern, apart_pattern, reason in RULES:
        if re.search(statement_pattern, statement, re.I) and re.search(apart_pattern, apart, re.S):
            return reason
    return None

"""What of the golden scripts of tests/cql can't hold before real Cassandra nodes, each with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass

SCRIPTS_LEFT_OUT = {
    "table_like": "no released Cassandra has CREATE TABLE … LIKE",
    "user_types": "ALTER TYPE … RENAME of a field beneath a clustering column makes nodes of Cassandra 5.0.8 refuse each"
                  " other's schema (\"Column mismatch (found c; expected c)\"), which outlasts the script",
    "long_numbers": "Cassandra makes numbers of more digits than drivers can read, which Nacre refuses to make",
    "function_permissions": "the nodes of these tests know no logins",
    "permissions": "the nodes of these tests know no logins",
    "roles": "the nodes of these tests know no logins",
}


@dataclass(frozen=True)
class Difference:
    """Statements of a script that are answered otherwise: `<...>` in the answer is any text."""

    script: str
    statement: str  # a regular expression that finds it
    answer: str
    reason: str
    always: bool = True

    def is_of(self, script: str, statement: str) -> bool:
        return script == self.script and re.search(self.statement, statement) is not None


EMBEDDED_TABLES = "keyspaces system_nacre are those of servers that keep their own data"
IN_SETS = "Cassandra names overloads in the order of a hash set"
DEFECT = "a defect of Cassandra 5.0"
DESCRIBED = "the nodes describe their own tables"
FORWARDED = "a statement that is the cluster's is answered in the cluster's words"

DIFFERENCES = [
    Difference("aggregate_definitions", "FROM system_nacre", "ERROR 0x2200 Invalid: keyspace system_nacre does not exist", EMBEDDED_TABLES),
    Difference("function_options", "FROM system_nacre", "ERROR 0x2200 Invalid: keyspace system_nacre does not exist", EMBEDDED_TABLES),
    Difference("casts", r"CAST\(", "ERROR 0x2200 Invalid: <...> call to function system.cast_as_<...>", IN_SETS, always=False),
    Difference("selectors", r"sum\(ts\)", "ERROR 0x2200 Invalid: Ambiguous call to function sum <...>", IN_SETS, always=False),
    Difference("casts", r"m\[blob_as_int", "ERROR 0x0000 Server_error: java.lang.UnsupportedOperationException", DEFECT),
    Difference("cells", r"\.\.", "ERROR 0x0000 Server_error: java.lang.UnsupportedOperationException", DEFECT),
    Difference("function_rules", "CREATE FUNCTION token", "ERROR 0x2200 Invalid: <...>only Java UDFs<...>", FORWARDED),
    Difference("function_rules", r"VALUES \(1, count\(1\)\)", "ERROR 0x2200 Invalid: Type error: 1 cannot be passed<...>", FORWARDED),
    Difference("json", "toJson", "<...>system.tojson(Case)<...>", "5.0.8 names the columns of toJson() and tojson() otherwise"),
    Difference("keyspaces", "KEYSPACE ddl_b WITH", "<...>OK", "three nodes are no reason to warn of three copies"),
    Difference("system_tables", "FROM system.local", "<...>'5.0.8'<...>", "the release is that of the nodes"),
    Difference("system_tables", "FROM system.peers", "<...>(2 rows)", "there are other gateways"),
    Difference("system_tables", "'functions'|'aggregates'", "<...>'argument_types'<...>", DESCRIBED),
]

#include "base/identifier.h"

#include <algorithm>
#include <array>

namespace nacre {

namespace {

// The reserved words of CQL 3.4.7 (Cassandra 5.0), sorted.
constexpr std::array reserved_words = {
    "add",    "allow",       "alter",  "and",          "apply",    "asc",      "authorize",
    "batch",  "begin",       "by",     "columnfamily", "create",   "default",  "delete",
    "desc",   "describe",    "drop",   "entries",      "execute",  "from",     "full",
    "grant",  "if",          "in",     "index",        "infinity", "insert",   "into",
    "is",     "keyspace",    "limit",  "materialized", "mbean",    "mbeans",   "modify",
    "nan",    "norecursive", "not",    "null",         "of",       "on",       "or",
    "order",  "primary",     "rename", "replace",      "revoke",   "schema",   "select",
    "set",    "table",       "to",     "token",        "truncate", "unlogged", "unset",
    "update", "use",         "using",  "view",         "where",    "with",
};

}  // namespace

bool is_reserved_word(std::string_view word) {
    return std::ranges::binary_search(reserved_words, word, {},
                                      [](const char* w) { return std::string_view(w); });
}

std::string quote_identifier(std::string_view name) {
    const bool plain =
        !name.empty() && name[0] >= 'a' && name[0] <= 'z' &&
        std::ranges::all_of(
            name,
            [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }) &&
        !is_reserved_word(name);
    if (plain) return std::string(name);
    std::string quoted = "\"";
    for (char c : name) {
        quoted.push_back(c);
        if (c == '"') quoted.push_back('"');
    }
    quoted.push_back('"');
    return quoted;
}

}  // namespace nacre

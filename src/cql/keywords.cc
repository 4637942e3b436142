#include "cql/keywords.h"

#include <algorithm>
#include <array>

#include "cql/grammar.hh"

namespace nacre::cql {

namespace {

using token = parser::token;

struct keyword {
    std::string_view word;
    int kind;
};

constexpr keyword keywords[] = {
    {"access", token::T_ACCESS},
    {"add", token::T_ADD},
    {"aggregate", token::T_AGGREGATE},
    {"aggregates", token::T_AGGREGATES},
    {"all", token::T_ALL},
    {"allow", token::T_ALLOW},
    {"alter", token::T_ALTER},
    {"and", token::T_AND},
    {"ann", token::T_ANN},
    {"apply", token::T_APPLY},
    {"as", token::T_AS},
    {"asc", token::T_ASC},
    {"authorize", token::T_AUTHORIZE},
    {"batch", token::T_BATCH},
    {"begin", token::T_BEGIN},
    {"between", token::T_BETWEEN},
    {"by", token::T_BY},
    {"bypass", token::T_BYPASS},
    {"cache", token::T_CACHE},
    {"called", token::T_CALLED},
    {"cast", token::T_CAST},
    {"cidrs", token::T_CIDRS},
    {"cluster", token::T_CLUSTER},
    {"clustering", token::T_CLUSTERING},
    {"columnfamily", token::T_COLUMNFAMILY},
    {"compact", token::T_COMPACT},
    {"contains", token::T_CONTAINS},
    {"counter", token::T_COUNTER},
    {"create", token::T_CREATE},
    {"custom", token::T_CUSTOM},
    {"datacenters", token::T_DATACENTERS},
    {"default", token::T_DEFAULT},
    {"delete", token::T_DELETE},
    {"desc", token::T_DESC},
    {"describe", token::T_DESCRIBE},
    {"deterministic", token::T_DETERMINISTIC},
    {"distinct", token::T_DISTINCT},
    {"drop", token::T_DROP},
    {"entries", token::T_ENTRIES},
    {"execute", token::T_EXECUTE},
    {"exists", token::T_EXISTS},
    {"false", token::T_BOOLEAN},
    {"filtering", token::T_FILTERING},
    {"finalfunc", token::T_FINALFUNC},
    {"from", token::T_FROM},
    {"full", token::T_FULL},
    {"function", token::T_FUNCTION},
    {"functions", token::T_FUNCTIONS},
    {"generated", token::T_GENERATED},
    {"grant", token::T_GRANT},
    {"group", token::T_GROUP},
    {"hashed", token::T_HASHED},
    {"identity", token::T_IDENTITY},
    {"if", token::T_IF},
    {"in", token::T_IN},
    {"index", token::T_INDEX},
    {"indexes", token::T_INDEXES},
    {"infinity", token::T_INFINITY},
    {"initcond", token::T_INITCOND},
    {"input", token::T_INPUT},
    {"insert", token::T_INSERT},
    {"internals", token::T_INTERNALS},
    {"into", token::T_INTO},
    {"is", token::T_IS},
    {"json", token::T_JSON},
    {"key", token::T_KEY},
    {"keys", token::T_KEYS},
    {"keyspace", token::T_KEYSPACE},
    {"keyspaces", token::T_KEYSPACES},
    {"language", token::T_LANGUAGE},
    {"like", token::T_LIKE},
    {"limit", token::T_LIMIT},
    {"list", token::T_LIST},
    {"login", token::T_LOGIN},
    {"masked", token::T_MASKED},
    {"materialized", token::T_MATERIALIZED},
    {"mbean", token::T_MBEAN},
    {"mbeans", token::T_MBEANS},
    {"modify", token::T_MODIFY},
    {"monotonic", token::T_MONOTONIC},
    {"nan", token::T_NAN},
    {"nologin", token::T_NOLOGIN},
    {"norecursive", token::T_NORECURSIVE},
    {"nosuperuser", token::T_NOSUPERUSER},
    {"not", token::T_NOT},
    {"null", token::T_NULL},
    {"of", token::T_OF},
    {"on", token::T_ON},
    {"only", token::T_ONLY},
    {"options", token::T_OPTIONS},
    {"or", token::T_OR},
    {"order", token::T_ORDER},
    {"partition", token::T_PARTITION},
    {"password", token::T_PASSWORD},
    {"per", token::T_PER},
    {"permission", token::T_PERMISSION},
    {"permissions", token::T_PERMISSIONS},
    {"primary", token::T_PRIMARY},
    {"reducefunc", token::T_REDUCEFUNC},
    {"rename", token::T_RENAME},
    {"replace", token::T_REPLACE},
    {"returns", token::T_RETURNS},
    {"revoke", token::T_REVOKE},
    {"role", token::T_ROLE},
    {"roles", token::T_ROLES},
    {"schema", token::T_SCHEMA},
    {"select", token::T_SELECT},
    {"select_masked", token::T_SELECT_MASKED},
    {"set", token::T_SET},
    {"sfunc", token::T_SFUNC},
    {"static", token::T_STATIC},
    {"storage", token::T_STORAGE},
    {"stype", token::T_STYPE},
    {"superuser", token::T_SUPERUSER},
    {"superusers", token::T_SUPERUSERS},
    {"table", token::T_TABLE},
    {"tables", token::T_TABLES},
    {"timeout", token::T_TIMEOUT},
    {"timestamp", token::T_TIMESTAMP},
    {"to", token::T_TO},
    {"token", token::T_TOKEN},
    {"trigger", token::T_TRIGGER},
    {"true", token::T_BOOLEAN},
    {"truncate", token::T_TRUNCATE},
    {"ttl", token::T_TTL},
    {"type", token::T_TYPE},
    {"types", token::T_TYPES},
    {"unlogged", token::T_UNLOGGED},
    {"unmask", token::T_UNMASK},
    {"unset", token::T_UNSET},
    {"update", token::T_UPDATE},
    {"use", token::T_USE},
    {"user", token::T_USER},
    {"users", token::T_USERS},
    {"using", token::T_USING},
    {"values", token::T_VALUES},
    {"view", token::T_VIEW},
    {"where", token::T_WHERE},
    {"with", token::T_WITH},
};
static_assert(std::ranges::is_sorted(keywords, {}, &keyword::word));

constexpr std::string_view native_types[] = {
    "ascii",  "bigint",    "blob",     "boolean", "counter", "date",     "decimal",
    "double", "duration",  "float",    "inet",    "int",     "smallint", "text",
    "time",   "timestamp", "timeuuid", "tinyint", "uuid",    "varchar",  "varint",
};
static_assert(std::ranges::is_sorted(native_types));

}  // namespace

std::optional<int> find_keyword(std::string_view word) {
    const auto* const found = std::ranges::lower_bound(keywords, word, {}, &keyword::word);
    if (found == std::end(keywords) || found->word != word) return std::nullopt;
    return found->kind;
}

std::vector<std::string_view> keyword_list() {
    std::vector<std::string_view> words;
    for (const auto& entry : keywords) words.push_back(entry.word);
    return words;
}

bool is_native_type(std::string_view word) {
    return std::ranges::binary_search(native_types, word);
}

}  // namespace nacre::cql

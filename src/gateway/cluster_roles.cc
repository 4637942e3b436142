#include "gateway/cluster_roles.h"

#include <utility>

#include "auth/principal.h"
#include "auth/stored_permissions.h"
#include "base/identifier.h"
#include "cluster/read_rows.h"
#include "types/value.h"

namespace nacre::gateway {

namespace {

cluster::request_terms reading() {
    constexpr std::uint16_t local_quorum = 0x0006;
    cluster::request_terms terms;
    terms.consistency = local_quorum;
    terms.idempotent = true;
    return terms;
}

bool is_true(const cluster::named_row& row, std::string_view column) {
    const auto found = row.find(column);
    return found != row.end() && found->second == types::serialise_boolean(true);
}

// The elements of a set of texts; none if it is null.
result<std::vector<std::string>> texts(const cluster::named_row& row, std::string_view column) {
    static const auto type = types::type::list_of(types::type::native(types::type_kind::text));
    std::vector<std::string> found;
    const auto cell = row.find(column);
    if (cell == row.end()) return found;
    NACRE_TRY(const auto parts, types::split_collection(*type, cell->second));
    for (const auto& part : parts) found.emplace_back(part.value_or(bytes_view()));
    return found;
}

}  // namespace

runtime::task<status> cluster_roles::open(const std::string& account) {
    NACRE_CO_TRY(const auto newer,
                 co_await cluster::read_rows(_cluster,
                                             "SELECT table_name FROM system_schema.tables WHERE "
                                             "keyspace_name = 'system' AND table_name = 'roles'"));
    _keyspace = newer.empty() ? "system_auth" : "system";
    const auto own = co_await read(account);
    if (!own && own.error().code() == error_code::unauthorized) {
        co_return error(
            error_code::config_error,
            fmt::format("cluster_user must be able to read the cluster's roles: GRANT SELECT ON "
                        "KEYSPACE {} TO {} ({})",
                        _keyspace, quote_identifier(account), own.error().message()));
    }
    if (!own) co_return own.error();
    const auto listed = co_await _cluster.query(
        "", "LIST ALL PERMISSIONS OF " + quote_identifier(account), reading());
    _checks_permissions = listed || listed.error().code() != error_code::invalid;
    co_return status();
}

runtime::task<result<std::optional<auth::role>>> cluster_roles::read(std::string name) {
    NACRE_CO_TRY(const auto statement,
                 co_await _statements.prepare(
                     fmt::format("SELECT can_login, is_superuser, member_of FROM {}.roles WHERE "
                                 "role = ?",
                                 _keyspace)));
    cluster::request_values values;
    values.add(name);
    NACRE_CO_TRY(const auto answer,
                 co_await _cluster.execute(statement, std::move(values), reading()));
    NACRE_CO_TRY(const auto rows, cluster::named_rows(answer));
    std::optional<auth::role> found;
    if (rows.empty()) co_return found;
    found.emplace();
    found->name = std::move(name);
    found->can_login = is_true(rows.front(), "can_login");
    found->is_superuser = is_true(rows.front(), "is_superuser");
    NACRE_CO_TRY(const auto granted, texts(rows.front(), "member_of"));
    found->member_of.insert(granted.begin(), granted.end());
    NACRE_CO_CHECK(co_await read_grants(*found));
    co_return found;
}

runtime::task<status> cluster_roles::read_grants(auth::role& into) {
    NACRE_CO_TRY(const auto statement,
                 co_await _statements.prepare(
                     fmt::format("SELECT resource, permissions FROM {}.role_permissions WHERE "
                                 "role = ?",
                                 _keyspace)));
    auto terms = reading();
    terms.page_size = 1000;
    for (;;) {
        cluster::request_values values;
        values.add(into.name);
        NACRE_CO_TRY(const auto answer,
                     co_await _cluster.execute(statement, std::move(values), terms));
        NACRE_CO_TRY(const auto rows, cluster::named_rows(answer));
        for (const auto& row : rows) {
            const auto resource = row.find("resource");
            if (resource == row.end() || !auth::principal::is_judged_here(resource->second)) {
                continue;
            }
            const auto stored = row.find("permissions");
            NACRE_CO_TRY(const auto permissions,
                         auth::permissions_in(stored == row.end() ? bytes_view() : stored->second));
            into.grants.insert_or_assign(resource->second, permissions);
        }
        auto more = answer.paging_state();
        if (!more) co_return status();
        terms.paging_state = std::move(*more);
    }
}

}  // namespace nacre::gateway

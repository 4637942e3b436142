#include "gateway/engine.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/identifier.h"
#include "cluster/read_rows.h"
#include "cql/parse.h"
#include "gateway/description.h"
#include "gateway/prepared.h"
#include "gateway/routing.h"
#include "gateway/trace_writer.h"
#include "gateway/value_calls.h"
#include "query/access.h"
#include "query/describe_exec.h"
#include "query/list_exec.h"
#include "query/named_values.h"
#include "query/prepared_cache.h"
#include "query/select_plan.h"
#include "query/timeout.h"
#include "runtime/blocking_pool.h"
#include "runtime/shard.h"

namespace nacre::gateway {

namespace {

using query::query_options;
using query::response;
using query::session_state;

constexpr std::uint16_t consistency_max = 0x000a;

struct shard_part {
    explicit shard_part(cluster::client& cluster) : traces(cluster) {}

    query::statement_cache<prepared_ptr> prepared;
    trace_writer traces;
    std::atomic<std::uint64_t> forwarded{0};
    std::atomic<std::uint64_t> errors{0};
    std::atomic<std::uint64_t> rows_returned{0};
    std::atomic<std::uint64_t> by_id{0};
    std::atomic<std::uint64_t> prepared_count{0};
};

std::vector<query::column_specification> specifications(
    const std::vector<protocol::column>& columns) {
    std::vector<query::column_specification> made;
    for (const auto& each : columns) {
        made.push_back({each.keyspace, each.table, each.name, each.type});
    }
    return made;
}

status check_options(const query_options& options) {
    if (options.consistency > consistency_max) {
        return protocol_error("Unknown code {} for a consistency level", options.consistency);
    }
    if (options.now_seconds) {
        return protocol_error(
            "The field now_in_seconds can't be passed on to a cluster, whose driver speaks the "
            "protocol's version 4");
    }
    return {};
}

cluster::request_terms terms_of(const query_options& options, bool idempotent) {
    cluster::request_terms terms;
    terms.consistency = options.consistency;
    terms.serial_consistency = options.serial_consistency;
    terms.page_size = options.page_size;
    if (options.paging_state) terms.paging_state = *options.paging_state;
    terms.timestamp_us = options.default_timestamp_us;
    terms.tracing = options.traced != nullptr;
    terms.idempotent = idempotent;
    return terms;
}

// The rows go into the answer, and are there until it is sent.
status hold(const query_options& options, const cluster::reply& answer) {
    if (options.memory == nullptr) return {};
    return options.memory->resize(options.memory->bytes() + answer.content().size());
}

std::optional<std::string> dropped_role(const cql::statement& statement) {
    const auto* drop = std::get_if<cql::drop_role_statement>(&statement);
    return drop == nullptr ? std::nullopt : std::optional(drop->role);
}

// What to ask the cluster for that a permission on a function of ours may come from: it knows
// nothing of the function itself.
std::string text_above(const cql::list_permissions_statement& list) {
    std::string names = "ALL PERMISSIONS";
    if (list.permissions.size() == 1) names = list.permissions.front();
    auto text = fmt::format("LIST {} ON ALL FUNCTIONS IN KEYSPACE {}", names,
                            quote_identifier(list.on->name.keyspace));
    if (list.of) text += " OF " + quote_identifier(*list.of);
    return text;
}

// A trace of the cluster's: clients find its rows there.
void note_trace(const query_options& options, const std::optional<uuid>& id) {
    if (options.traced && id) options.traced->is_kept_elsewhere(*id);
}

class gateway_engine final : public query::engine {
  public:
    gateway_engine(runtime::shard_group& shards, cluster_catalog& schema,
                   cluster::client_ptr cluster, query::engine& here, cluster_authority* roles)
        : _shards(shards),
          _schema(schema),
          _cluster(std::move(cluster)),
          _here(here),
          _roles(roles) {
        for (std::uint32_t i = 0; i < shards.loops(); ++i) {
            _parts.push_back(std::make_unique<shard_part>(*_cluster));
        }
    }

    runtime::task<result<response>> execute(session_state& session, std::string text,
                                            query_options options) override {
        const auto keyspace = options.keyspace.value_or(session.keyspace);
        const auto schema = _schema.current();
        const auto parsed = co_await parse(text);
        if (parsed) {
            auto allowed = check_modifiable(parsed->tree, keyspace);
            if (!allowed) co_return counted(std::move(allowed).error());
        }
        if (parsed) {
            auto allowed = check_used_types(parsed->tree, *schema, keyspace);
            if (!allowed) co_return counted(std::move(allowed).error());
        }
        // What can't be read here may be something that the cluster knows.
        const auto where = parsed ? route_of(parsed->tree, *schema, keyspace) : route::forward;
        if (where == route::here) {
            // Perhaps it was made a moment ago, through another gateway.
            const auto* use = std::get_if<cql::use_statement>(&parsed->tree);
            if (use != nullptr && !schema->schema->find_keyspace(use->keyspace)) {
                NACRE_CO_CHECK(co_await _schema.refresh());
            }
            options.reader = acts_as(session);
            co_return co_await _here.execute(session, std::move(text), std::move(options));
        }
        auto checked = check_options(options);
        if (!checked) co_return counted(std::move(checked).error());
        const auto as = acts_as(session);
        if (where == route::list_permissions && _roles != nullptr) {
            const auto& list = std::get<cql::list_permissions_statement>(parsed->tree);
            co_return counted(co_await list_permissions(*as, list, keyspace, text, options));
        }
        if (where == route::describe) {
            const auto& tree = std::get<cql::describe_statement>(parsed->tree);
            co_return counted(
                co_await describe(*as, *schema->schema, tree, text, keyspace, options));
        }
        if (where == route::call_and_write || !options.values.empty()) {
            auto made = co_await make_prepared(*as, text, keyspace, parsed, where);
            if (!made) co_return counted(std::move(made).error());
            co_return counted(
                co_await run(session, *made, std::move(options), query::sender::query));
        }
        const bool idempotent = parsed && is_idempotent(parsed->tree);
        auto answer = co_await as->query(keyspace, text, terms_of(options, idempotent));
        if (!answer) co_return counted(std::move(answer).error());
        note_trace(options, answer->tracing_id());
        if (where == route::change_schema) {
            co_return counted(co_await after_change(parsed->tree, *schema, keyspace, *answer));
        }
        if (where == route::change_roles) {
            auto known = co_await after_change_of_roles(dropped_role(parsed->tree));
            if (!known) co_return counted(std::move(known).error());
        }
        co_return counted(to_response(*answer, nullptr, options));
    }

    runtime::task<result<query::prepared_response>> prepare(
        session_state& session, std::string text, std::optional<std::string> keyspace) override {
        const auto used = keyspace.value_or(session.keyspace);
        const auto schema = _schema.current();
        const auto parsed = co_await parse(text);
        if (parsed) NACRE_CO_CHECK(check_modifiable(parsed->tree, used));
        const auto where = parsed ? route_of(parsed->tree, *schema, used) : route::forward;
        if (where == route::here) {
            forget(query::statement_id(used, text));
            co_return co_await _here.prepare(session, std::move(text), std::move(keyspace));
        }
        NACRE_CO_TRY(const auto made,
                     co_await make_prepared(*acts_as(session), text, used, parsed, where));
        co_await runtime::on_every_loop(_shards, keep_here{this, made});
        co_return query::prepared_response{made->id, made->markers, made->partition_key_indices,
                                           made->metadata};
    }

    runtime::task<result<response>> execute_prepared(session_state& session, bytes id,
                                                     bytes result_metadata_id,
                                                     query_options options) override {
        const auto found = co_await find(id);
        if (!found) {
            options.reader = acts_as(session);
            co_return co_await _here.execute_prepared(
                session, std::move(id), std::move(result_metadata_id), std::move(options));
        }
        ++here().by_id;
        auto checked = check_options(options);
        if (!checked) co_return counted(std::move(checked).error());
        const bool skips = options.skip_metadata;
        auto answer = co_await run(session, found, std::move(options), query::sender::execute);
        if (answer) {
            auto* rows = std::get_if<query::rows_result>(&answer->body);
            if (rows != nullptr) {
                const auto& believed =
                    result_metadata_id.empty() ? found->metadata->id : result_metadata_id;
                rows->metadata_changed = skips && rows->metadata->id != believed;
            }
        }
        co_return counted(std::move(answer));
    }

    runtime::task<result<response>> execute_batch(session_state& session, query::batch_kind kind,
                                                  std::vector<query::batch_entry> entries,
                                                  query_options options) override {
        co_return counted(
            co_await run_batch(session, kind, std::move(entries), std::move(options)));
    }

    runtime::task<result<runtime::admission::place>> enter_functions(
        runtime::cancellation_ptr until) override {
        return _here.enter_functions(std::move(until));
    }

    // The cluster keeps the traces of what it executed.
    runtime::task<void> keep(const query::trace& finished) override {
        if (!finished.is_elsewhere()) co_await here().traces.write(finished, _schema.node());
    }

    [[nodiscard]] query::statistics totals() const override {
        auto sum = _here.totals();
        for (const auto& part : _parts) {
            sum.statements += part->forwarded;
            sum.errors += part->errors;
            sum.rows_returned += part->rows_returned;
            sum.prepared_executed += part->by_id;
            sum.regular_executed += part->forwarded - part->by_id;
        }
        sum.prepared_statements += _parts.front()->prepared_count;
        return sum;
    }

    runtime::task<std::vector<query::running_statement>> running() override {
        return _here.running();
    }

    runtime::task<std::vector<query::kept_statement>> prepared() override {
        auto kept = co_await _here.prepared();
        for (const auto& each : here().prepared.all()) {
            kept.push_back({each->id, each->keyspace, each->text});
        }
        co_return kept;
    }

  private:
    struct keep_here {
        gateway_engine* self;
        prepared_ptr made;
        runtime::task<void> operator()(std::uint32_t) {
            auto& part = self->here();
            part.prepared.put(made);
            part.prepared_count = part.prepared.size();
            co_return;
        }
    };

    struct parse_text {
        const std::string* text;
        runtime::task<result<cql::parsed_statement>> operator()() {
            co_return cql::parse_statement(*text);
        }
    };

    /// As whom the session's statements are executed. Where clients log in, a session has its own.
    [[nodiscard]] cluster::client_ptr acts_as(const session_state& session) const {
        if (_roles == nullptr) return _cluster;
        return std::static_pointer_cast<cluster::client>(session.identity);
    }

    shard_part& here() { return *_parts[runtime::this_shard().id()]; }

    result<response> counted(result<response> answer) {
        auto& part = here();
        ++part.forwarded;
        if (!answer) {
            ++part.errors;
        } else if (const auto* rows = std::get_if<query::rows_result>(&answer->body)) {
            part.rows_returned += rows->row_count;
        }
        return answer;
    }

    void forget(const bytes& id) { here().prepared.erase(id); }

    runtime::task<result<cql::parsed_statement>> parse(const std::string& text) {
        if (!query::is_large_text(text)) co_return cql::parse_statement(text);
        co_return co_await runtime::invoke_on(_shards.for_large_requests(), parse_text{&text});
    }

    runtime::task<result<prepared_ptr>> make_prepared(cluster::client& as, const std::string& text,
                                                      const std::string& keyspace,
                                                      const result<cql::parsed_statement>& parsed,
                                                      route where) {
        auto made = std::make_shared<gateway::prepared>();
        made->id = query::statement_id(keyspace, text);
        made->text = text;
        made->keyspace = keyspace;
        made->route = where;
        made->idempotent = parsed && is_idempotent(parsed->tree);
        if (parsed) {
            made->dropped_role = dropped_role(parsed->tree);
            made->tables = used_tables(parsed->tree, *_schema.current()->schema, keyspace);
        }
        if (where == route::call_and_write) {
            NACRE_CO_TRY(made->calls,
                         value_calls::make(_schema.current(), text, *parsed, keyspace));
        }
        const auto& sent = made->calls ? made->calls->text() : text;
        NACRE_CO_TRY(made->statement, co_await as.prepare(keyspace, sent));
        if (made->calls) NACRE_CO_CHECK(made->calls->check(*made->statement));
        made->markers = made->calls ? made->calls->markers(*made->statement)
                                    : specifications(made->statement->markers());
        made->partition_key_indices = made->calls
                                          ? made->calls->partition_key_indices(*made->statement)
                                          : made->statement->partition_key_indices();
        made->metadata = query::make_metadata(specifications(made->statement->columns()));
        co_return prepared_ptr(std::move(made));
    }

    /// Null if this gateway has not prepared it, or what it names is no more. One whose functions
    /// have changed is bound again.
    runtime::task<prepared_ptr> find(const bytes& id) {
        auto found = here().prepared.find(id);
        if (!found) co_return nullptr;
        const auto schema = _schema.current();
        // The driver would prepare it anew and send the values, whatever they mean now.
        if (!found->tables.are_in(*schema->schema)) {
            forget(id);
            co_return nullptr;
        }
        if (!found->calls || found->calls->schema() == schema) co_return found;
        const auto parsed = co_await parse(found->text);
        if (!parsed) co_return found;
        const auto where = route_of(parsed->tree, *schema, found->keyspace);
        auto made = co_await make_prepared(*_cluster, found->text, found->keyspace, parsed, where);
        if (!made) {
            forget(id);
            co_return nullptr;
        }
        here().prepared.put(*made);
        co_return *made;
    }

    static error late(const error& failure, const query_options& options) {
        return query::timeout_of(failure, options.consistency, "SIMPLE");
    }

    /// The values that the cluster is sent.
    runtime::task<result<cluster::request_values>> values_for(
        const session_state& session, const prepared_ptr& statement,
        const std::vector<query::bound_value>& values, const query_options& options) {
        if (statement->calls) {
            NACRE_CO_CHECK(
                query::check_access(session.who.get(), statement->calls->requirements()));
            co_await runtime::enter(
                {runtime::scheduling_group::functions, statement, runtime::current_work().account});
            const auto place = co_await _here.enter_functions(options.until);
            if (!place) co_return late(place.error(), options);
            auto made = co_await statement->calls->evaluate(values, options.until);
            if (!made) co_return late(made.error(), options);
            co_return made;
        }
        cluster::request_values out;
        for (const auto& each : values) add_value(out, each);
        co_return out;
    }

    runtime::task<result<response>> run(const session_state& session, prepared_ptr held,
                                        query_options options, query::sender from) {
        const auto& statement = *held;
        const auto as = acts_as(session);
        NACRE_CO_CHECK(query::arrange_values(statement.markers, statement.markers.size(),
                                             options.value_names, options.values, from));
        NACRE_CO_TRY(auto values, co_await values_for(session, held, options.values, options));
        NACRE_CO_TRY(const auto answer,
                     co_await as->execute(statement.statement, std::move(values),
                                          terms_of(options, statement.idempotent)));
        note_trace(options, answer.tracing_id());
        if (statement.route == route::change_schema) NACRE_CO_CHECK(co_await _schema.refresh());
        if (statement.route == route::change_roles) {
            NACRE_CO_CHECK(co_await after_change_of_roles(statement.dropped_role));
        }
        co_return to_response(answer, &statement, options);
    }

    static result<response> to_response(const cluster::reply& answer,
                                        const gateway::prepared* statement,
                                        const query_options& options) {
        response made;
        made.warnings = answer.warnings();
        if (!answer.has_rows()) return made;
        NACRE_CHECK(hold(options, answer));
        query::rows_result rows;
        if (statement != nullptr && answer.has_columns_of(*statement->statement)) {
            rows.metadata = statement->metadata;
        } else {
            NACRE_TRY(const auto columns, answer.columns());
            rows.metadata = query::make_metadata(specifications(columns));
        }
        rows.row_count = answer.row_count();
        rows.content = answer.content();
        rows.paging_state = answer.paging_state();
        made.body = std::move(rows);
        return made;
    }

    runtime::task<result<response>> describe(cluster::client& as, const schema::snapshot& schema,
                                             const cql::describe_statement& statement,
                                             const std::string& text, const std::string& keyspace,
                                             const query_options& options) {
        // What is added needs a place among all rows.
        auto terms = terms_of(options, true);
        terms.page_size = 0;
        terms.paging_state.clear();
        const auto theirs = co_await as.query(keyspace, text, std::move(terms));
        response made;
        if (theirs) {
            note_trace(options, theirs->tracing_id());
            made.warnings = theirs->warnings();
        }
        NACRE_CO_TRY(auto rows, co_await _describers.run([&]() -> result<query::rows_result> {
            auto all = described_functions(schema, statement, keyspace);
            if (!theirs && all.rows.empty()) return theirs.error();
            if (theirs) {
                NACRE_TRY(auto described, described_rows(*theirs));
                all = merged(std::move(described), all);
            }
            const auto version = version_of(all);
            return query::description_page(version, to_rows(std::move(all)), options);
        }));
        made.body = std::move(rows);
        co_return made;
    }

    runtime::task<result<response>> after_change(const cql::statement& tree,
                                                 const catalog::published& before,
                                                 const std::string& keyspace,
                                                 const cluster::reply& answer) {
        NACRE_CO_CHECK(co_await _schema.refresh());
        if (const auto* drop = std::get_if<cql::drop_keyspace_statement>(&tree)) {
            NACRE_CO_CHECK(co_await _schema.forget_keyspace(drop->keyspace));
        }
        response made;
        made.warnings = answer.warnings();
        auto change = change_made(tree, *before.schema, *_schema.current()->schema, keyspace);
        if (change) made.body = query::schema_change_result{std::move(*change)};
        co_return made;
    }

    /// Seen here before it is answered.
    runtime::task<status> after_change_of_roles(const std::optional<std::string>& dropped) {
        if (_roles == nullptr) co_return status();
        if (dropped) NACRE_CO_CHECK(co_await _roles->forget_role(*dropped));
        co_return co_await _roles->reload();
    }

    /// What the cluster lists, which judges whether the client may see it, and after it what the
    /// gateways know.
    runtime::task<result<response>> list_permissions(cluster::client& as,
                                                     const cql::list_permissions_statement& list,
                                                     std::string keyspace, std::string text,
                                                     const query_options& options) {
        const auto asked = list.on ? text_above(list) : std::move(text);
        NACRE_CO_TRY(const auto answer,
                     co_await as.query(keyspace, asked, terms_of(options, true)));
        note_trace(options, answer.tracing_id());
        NACRE_CO_TRY(const auto theirs, cluster::named_rows(answer));
        NACRE_CO_TRY(auto all, co_await _roles->list_own(list, keyspace));
        if (all.columns.empty() && (!list.on || list.recursive)) {
            co_return to_response(answer, nullptr, options);
        }
        response made;
        made.warnings = answer.warnings();
        if (all.columns.empty()) co_return made;
        for (const auto& row : theirs) {
            if (list.on && !list.recursive) break;
            auto& added = all.rows.emplace_back();
            for (const auto& [name, type] : all.columns) {
                const auto cell = row.find(name);
                added.push_back(cell == row.end() ? optional_bytes() : cell->second);
            }
        }
        std::ranges::stable_sort(all.rows, {}, [](const auto& row) { return row.front(); });
        made.body = query::to_rows(all);
        co_return made;
    }

    runtime::task<result<response>> run_batch(session_state& session, query::batch_kind kind,
                                              std::vector<query::batch_entry> entries,
                                              query_options options) {
        NACRE_CO_CHECK(check_options(options));
        const auto keyspace = options.keyspace.value_or(session.keyspace);
        const auto as = acts_as(session);
        std::vector<cluster::batch_statement> statements;
        bool idempotent = kind != query::batch_kind::counter;
        for (auto& entry : entries) {
            NACRE_CO_TRY(const auto made, co_await find_entry(*as, entry, keyspace));
            if (!made) {
                statements.push_back({std::get<std::string>(entry.statement), nullptr, {}});
                idempotent = false;
                continue;
            }
            NACRE_CO_CHECK(query::arrange_values(made->markers, made->markers.size(),
                                                 entry.value_names, entry.values,
                                                 query::sender::batch));
            NACRE_CO_TRY(auto values, co_await values_for(session, made, entry.values, options));
            statements.push_back({{}, made->statement, std::move(values)});
            idempotent = idempotent && made->idempotent;
        }
        const auto sent = kind == query::batch_kind::logged     ? cluster::batch_kind::logged
                          : kind == query::batch_kind::unlogged ? cluster::batch_kind::unlogged
                                                                : cluster::batch_kind::counter;
        NACRE_CO_TRY(const auto answer, co_await as->batch(keyspace, sent, std::move(statements),
                                                           terms_of(options, idempotent)));
        note_trace(options, answer.tracing_id());
        co_return to_response(answer, nullptr, options);
    }

    /// Null: a text that needs no preparation.
    runtime::task<result<prepared_ptr>> find_entry(cluster::client& as,
                                                   const query::batch_entry& entry,
                                                   const std::string& keyspace) {
        if (const auto* id = std::get_if<query::prepared_id>(&entry.statement)) {
            auto found = co_await find(id->value);
            if (found) co_return found;
            co_return error(error_code::unprepared,
                            fmt::format("Prepared query with ID {} not found on this gateway",
                                        to_hex(id->value)),
                            unprepared_fields{id->value});
        }
        const auto& text = std::get<std::string>(entry.statement);
        const auto parsed = co_await parse(text);
        if (parsed) NACRE_CO_CHECK(check_modifiable(parsed->tree, keyspace));
        const auto where =
            parsed ? route_of(parsed->tree, *_schema.current(), keyspace) : route::forward;
        if (where == route::here) {
            co_return invalid(
                "Invalid statement in batch: only UPDATE, INSERT and DELETE statements are "
                "allowed.");
        }
        if (where == route::forward && entry.values.empty()) co_return prepared_ptr();
        co_return co_await make_prepared(as, text, keyspace, parsed, where);
    }

    runtime::shard_group& _shards;
    cluster_catalog& _schema;
    const cluster::client_ptr _cluster;  ///< the service account's
    query::engine& _here;
    cluster_authority* const _roles;
    std::vector<std::unique_ptr<shard_part>> _parts;
    runtime::blocking_pool _describers{1, runtime::blocking_pool::priority::background};
};

}  // namespace

std::unique_ptr<query::engine> make_gateway_engine(runtime::shard_group& shards,
                                                   cluster_catalog& schema,
                                                   cluster::client_ptr cluster, query::engine& here,
                                                   cluster_authority* roles) {
    return std::make_unique<gateway_engine>(shards, schema, std::move(cluster), here, roles);
}

}  // namespace nacre::gateway

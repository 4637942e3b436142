#include "query/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>

#include <spdlog/spdlog.h>

#include "auth/schema_access.h"
#include "query/access.h"
#include "query/batch_warnings.h"
#include "query/create_aggregate.h"
#include "query/describe_exec.h"
#include "query/large_rows.h"
#include "query/list_exec.h"
#include "query/named_values.h"
#include "query/prepared_cache.h"
#include "query/prepared_statement.h"
#include "query/running_statements.h"
#include "query/select_exec.h"
#include "query/timeout.h"
#include "runtime/admission.h"
#include "runtime/blocking_pool.h"

namespace nacre::query {

namespace {

constexpr std::chrono::minutes eviction_notice_interval{1};
constexpr std::size_t traces_per_shard_max = 10'000;
/// Where roles are kept: who writes here himself changes what everybody may do.
constexpr std::string_view auth_keyspace = "system_auth";
// What one shard counts and caches. Counters are written by their shard and read by the metrics
// page.
struct shard_part {
    explicit shard_part(const engine_options& options)
        : calling("statements that call functions",
                  {.places = options.function_statements_max,
                   .waiting_max = options.function_statements_waiting_max,
                   .places_per_role = options.function_statements_per_role_max,
                   .waiting_per_role_max = options.function_statements_waiting_per_role_max}) {}

    runtime::admission calling;
    prepared_cache prepared;
    std::size_t evicted = 0;  ///< since the log was told
    std::chrono::steady_clock::time_point eviction_told;
    std::atomic<std::uint64_t> prepared_count{0};
    std::deque<uuid> kept_traces;  ///< oldest first
    std::atomic<std::uint64_t> statements{0};
    std::atomic<std::uint64_t> errors{0};
    std::atomic<std::uint64_t> rows_returned{0};
    std::atomic<std::uint64_t> prepared_executed{0};
    std::atomic<std::uint64_t> regular_executed{0};
    std::atomic<std::uint64_t> evicted_ever{0};
    running_statements running;
};

write_time time_of(const query_options& options) {
    write_time time;
    time.timestamp_us = options.default_timestamp_us.value_or(next_timestamp_us());
    time.now_seconds = options.now_seconds.value_or(
        static_cast<std::int32_t>(std::chrono::duration_cast<std::chrono::seconds>(
                                      std::chrono::system_clock::now().time_since_epoch())
                                      .count()));
    return time;
}

namespace consistency {
constexpr std::uint16_t any = 0x00;
constexpr std::uint16_t serial = 0x08;
constexpr std::uint16_t local_serial = 0x09;
constexpr std::uint16_t node_local = 0x0b;
}  // namespace consistency

// There is one copy, so that levels do nothing; those that no statement of the kind may have are
// refused.
status check_options(const prepared_statement& statement, const query_options& options) {
    const auto level = options.consistency;
    if (level > consistency::node_local) {
        return protocol_error("Unknown code {} for a consistency level", level);
    }
    if (options.default_timestamp_us == INT64_MIN) {
        return protocol_error("Out of bound timestamp, must be in [{}, {}] (got {})", INT64_MIN + 1,
                              INT64_MAX, INT64_MIN);
    }
    if (std::holds_alternative<std::monostate>(statement.plan)) return {};
    if (level == consistency::node_local) {
        return invalid(
            "NODE_LOCAL consistency level is highly dangerous and should be used only for "
            "debugging "
            "purposes");
    }
    const bool reads = std::holds_alternative<select_plan>(statement.plan);
    if (reads && level == consistency::any) {
        return invalid("ANY ConsistencyLevel is only supported for writes");
    }
    if (!reads && (level == consistency::serial || level == consistency::local_serial)) {
        return invalid("You must use conditional updates for serializable writes");
    }
    return {};
}

class engine_impl final : public engine {
  public:
    engine_impl(runtime::shard_group& shards, catalog::catalog& schema, storage::table_store& store,
                const engine_options& options)
        : _catalog(schema),
          _store(store),
          _options(options),
          _context{&shards, &store, &_rows_read} {
        for (std::uint32_t i = 0; i < shards.loops(); ++i) {
            _parts.push_back(std::make_unique<shard_part>(_options));
        }
    }

    runtime::task<result<response>> execute(session_state& session, std::string text,
                                            query_options options) override {
        if (auto known = check_keyspace(options.keyspace); !known) {
            co_return counted(std::move(known).error());
        }
        auto keyspace = options.keyspace.value_or(session.keyspace);
        if (options.traced) options.traced->add("Parsing " + text);
        auto prepared = co_await prepare_text(std::move(text), std::move(keyspace));
        if (!prepared) co_return counted(std::move(prepared).error());
        if (options.traced) options.traced->add("Statement is bound to the schema");
        ++here().regular_executed;
        co_return counted(
            co_await run(session, *std::move(prepared), std::move(options), sender::query));
    }

    runtime::task<result<prepared_response>> prepare(session_state& session, std::string text,
                                                     std::optional<std::string> keyspace) override {
        NACRE_CO_CHECK(check_keyspace(keyspace));
        NACRE_CO_TRY(auto prepared,
                     co_await prepare_text(std::move(text), keyspace.value_or(session.keyspace)));
        NACRE_CO_CHECK(check_access(session.who.get(), prepared->requirements));
        const auto before = here().prepared.find(prepared->id);
        if (before && (before->shape_changed || before->metadata->id != prepared->metadata->id)) {
            prepared = with_changed_shape(*prepared);
        }
        co_await runtime::on_every_loop(*_context.shards, keep_here{this, prepared});
        co_return prepared_response{prepared->id, prepared->markers,
                                    prepared->partition_key_indices, prepared->metadata};
    }

    runtime::task<result<response>> execute_prepared(session_state& session, bytes id,
                                                     bytes result_metadata_id,
                                                     query_options options) override {
        auto found = find_prepared(id);
        if (!found) co_return counted(std::move(found).error());
        const auto prepared = *std::move(found);
        ++here().prepared_executed;
        auto answer = co_await run(session, prepared, std::move(options), sender::execute);
        if (answer) {
            auto* rows = std::get_if<rows_result>(&answer->body);
            // A client below v5 can't say what it believes; it is told always then.
            if (rows != nullptr &&
                (result_metadata_id.empty() ? prepared->shape_changed
                                            : rows->metadata->id != result_metadata_id)) {
                rows->metadata_changed = true;
            }
        }
        co_return counted(std::move(answer));
    }

    runtime::task<result<response>> execute_batch(session_state& session, batch_kind kind,
                                                  std::vector<batch_entry> entries,
                                                  query_options options) override {
        co_return counted(
            co_await run_batch(session, kind, std::move(entries), std::move(options)));
    }

    runtime::task<result<runtime::admission::place>> enter_functions(
        runtime::cancellation_ptr until) override {
        return here().calling.enter(std::move(until));
    }

    runtime::task<void> keep(const trace& finished) override {
        auto mutations = finished.writes(_catalog.node());
        auto& kept = here().kept_traces;
        kept.push_back(finished.id());
        if (kept.size() > traces_per_shard_max) {
            auto oldest = trace::removal(kept.front());
            kept.pop_front();
            std::ranges::move(oldest, std::back_inserter(mutations));
        }
        const auto written = co_await _store.apply(std::move(mutations));
        if (!written) spdlog::warn("a trace could not be kept: {}", written.error().message());
    }

    [[nodiscard]] statistics totals() const override {
        statistics sum;
        for (const auto& part : _parts) {
            sum.statements += part->statements;
            sum.errors += part->errors;
            sum.rows_returned += part->rows_returned;
            sum.prepared_executed += part->prepared_executed;
            sum.regular_executed += part->regular_executed;
            sum.function_statements_running += part->calling.inside();
            sum.function_statements_waiting += part->calling.waiting();
            sum.function_statements_refused += part->calling.refused();
        }
        sum.rows_read = _rows_read;
        sum.prepared_statements = _parts.front()->prepared_count;
        sum.prepared_evicted = _parts.front()->evicted_ever;
        return sum;
    }

    runtime::task<std::vector<running_statement>> running() override {
        std::vector<running_statement> all;
        for (std::uint32_t id = 0; id < _context.shards->loops(); ++id) {
            auto some =
                co_await runtime::invoke_on(_context.shards->at(id), list_running{this, id});
            std::ranges::move(some, std::back_inserter(all));
        }
        co_return all;
    }

    runtime::task<std::vector<kept_statement>> prepared() override {
        std::vector<kept_statement> kept;
        for (const auto& each : here().prepared.all()) {
            kept.push_back({each->id, each->keyspace, each->describe()});
        }
        co_return kept;
    }

  private:
    struct keep_here {
        engine_impl* self;
        prepared_statement_ptr prepared;
        runtime::task<void> operator()(std::uint32_t) {
            self->keep(prepared);
            co_return;
        }
    };

    struct list_running {
        engine_impl* self;
        std::uint32_t shard;
        runtime::task<std::vector<running_statement>> operator()() {
            using kind = running_statements::kind;
            const auto now = std::chrono::steady_clock::now();
            std::vector<running_statement> listed;
            for (const auto& each : self->here().running) {
                const auto* const what = each.what == kind::query ? "QUERY " : "EXECUTE ";
                listed.push_back(
                    {shard, each.number,
                     std::chrono::duration_cast<std::chrono::microseconds>(now - each.began),
                     each.statement ? what + each.statement->describe() : "BATCH"});
            }
            co_return listed;
        }
    };

    static prepared_statement_ptr with_changed_shape(const prepared_statement& statement) {
        auto changed = std::make_shared<prepared_statement>(statement);
        changed->shape_changed = true;
        return changed;
    }

    // From here on, the work is this statement's.
    static runtime::task<void> begin_work(const prepared_statement_ptr& statement) {
        auto& current = runtime::current_work();
        current.what = statement;
        const auto group = statement->group();
        if (group != current.group) co_await runtime::enter({group, statement, current.account});
    }

    // Statements that look for rows or call functions may take as long as their request.
    runtime::cancellation_ptr allowed_for(const prepared_statement& statement,
                                          runtime::cancellation_ptr request) const {
        if (!request || statement.group() != runtime::scheduling_group::points) return request;
        const bool reads = std::holds_alternative<select_plan>(statement.plan);
        return std::make_shared<runtime::cancellation>(
            std::move(request), std::chrono::milliseconds(reads ? _options.read_timeout_ms
                                                                : _options.write_timeout_ms));
    }

    static std::string write_type_of(const prepared_statement& statement) {
        if (std::holds_alternative<batch_plan>(statement.plan)) return "BATCH";
        return std::holds_alternative<modification_plan>(statement.plan) ? "SIMPLE" : "";
    }

    // Puts a statement in this shard's cache; now and then the log is told what had to leave.
    void keep(prepared_statement_ptr statement) {
        auto& part = here();
        const auto dropped = part.prepared.put(std::move(statement));
        part.evicted += dropped;
        part.evicted_ever += dropped;
        part.prepared_count = part.prepared.size();
        const auto now = std::chrono::steady_clock::now();
        if (part.evicted == 0 || now - part.eviction_told < eviction_notice_interval) return;
        spdlog::warn(
            "{} prepared statements left the cache of a shard because it is full ({} statements): "
            "are statements prepared again and again with constants instead of bind markers?",
            part.evicted, part.prepared.size());
        part.evicted = 0;
        part.eviction_told = now;
    }

    status check_keyspace(const std::optional<std::string>& name) const {
        if (name && !_catalog.current()->schema->find_keyspace(*name)) {
            return invalid("Keyspace '{}' does not exist", *name);
        }
        return {};
    }

    shard_part& here() { return *_parts[runtime::this_shard().id()]; }

    result<response> counted(result<response> answer) {
        auto& part = here();
        ++part.statements;
        if (!answer) ++part.errors;
        if (answer) {
            if (const auto* rows = std::get_if<rows_result>(&answer->body)) {
                part.rows_returned += rows->row_count;
            }
        }
        return answer;
    }

    static error unprepared(const bytes& id) {
        return error(error_code::unprepared,
                     fmt::format("Prepared query with ID {} not found (either the query was not "
                                 "prepared on this host (maybe the host has been restarted?) or "
                                 "you have prepared too many queries and it has been evicted from "
                                 "the internal cache)",
                                 to_hex(id)),
                     unprepared_fields{id});
    }

    runtime::task<result<prepared_statement_ptr>> prepare_text(std::string text,
                                                               std::string keyspace) {
        auto schema = _catalog.current();
        auto prepare = [&]() -> runtime::task<result<prepared_statement_ptr>> {
            co_return prepare_statement(std::move(schema), std::move(text), std::move(keyspace));
        };
        co_return co_await where_it_fits(_context, is_large_text(text), prepare);
    }

    // A statement prepared against an older schema is bound again, here only: other shards do the
    // same when they need it. If its client would now send other values, or it can't be bound any
    // more, the client has to prepare it again.
    result<prepared_statement_ptr> find_prepared(const bytes& id) {
        auto found = here().prepared.find(id);
        if (!found) return unprepared(id);
        auto current = _catalog.current();
        if (found->schema == current) return found;
        auto bound = prepare_statement(std::move(current), found->text, found->keyspace);
        if (!bound || !same_markers(**bound, *found)) {
            here().prepared.erase(id);
            return unprepared(id);
        }
        auto renewed = *std::move(bound);
        if (found->shape_changed || renewed->metadata->id != found->metadata->id) {
            renewed = with_changed_shape(*renewed);
        }
        keep(renewed);
        return renewed;
    }

    runtime::task<result<response>> run(session_state& session, prepared_statement_ptr prepared,
                                        query_options options, sender from) {
        const running_statements::entry listed(here().running,
                                               from == sender::query
                                                   ? running_statements::kind::query
                                                   : running_statements::kind::execute,
                                               prepared);
        co_await begin_work(prepared);
        NACRE_CO_CHECK(arrange_values(prepared->markers, prepared->bind_markers.size(),
                                      options.value_names, options.values, from));
        // Who may not do it shall not take a place from those who may.
        NACRE_CO_CHECK(check_access(session.who.get(), prepared->requirements));
        options.until = allowed_for(*prepared, std::move(options.until));
        std::optional<runtime::admission::place> place;
        if (!prepared->user_functions.empty()) {
            auto entered = co_await here().calling.enter(options.until);
            if (!entered)
                co_return timeout_of(entered.error(), options.consistency,
                                     write_type_of(*prepared));
            place.emplace(*std::move(entered));
        }
        NACRE_CO_CHECK(check_options(*prepared, options));
        response answer;
        answer.warnings = prepared->warnings;
        if (const auto* select = std::get_if<select_plan>(&prepared->plan)) {
            if (options.traced) options.traced->add(told(*select));
            auto rows = co_await execute_select(_context, *select, options);
            if (!rows) co_return timeout_of(rows.error(), options.consistency, {});
            if (options.traced) {
                options.traced->add(fmt::format("Read {} rows for this page", rows->row_count));
            }
            answer.body = std::move(*rows);
            co_return answer;
        }
        const auto* write = std::get_if<modification_plan>(&prepared->plan);
        const auto* batch = std::get_if<batch_plan>(&prepared->plan);
        if (write == nullptr && batch == nullptr) {
            co_return co_await run_tree(session, *prepared, options);
        }
        auto time = time_of(options);
        std::vector<data::mutation> mutations;
        std::vector<bound_write> writes;
        if (write != nullptr) {
            writes.push_back({write, &options.values});
        } else {
            evaluation state(options);
            NACRE_CO_TRY(time.timestamp_us,
                         co_await evaluate_timestamp(batch->timestamp, time.timestamp_us, state));
            for (const auto& each : batch->writes) writes.push_back({&each, &options.values});
        }
        const auto made = co_await make_mutations(writes, time, options.until, _context, mutations);
        if (!made)
            co_return timeout_of(made.error(), options.consistency, write_type_of(*prepared));
        if (batch != nullptr) {
            for (auto& warning : batch_warnings(mutations, batch->logged)) {
                answer.warnings.push_back(std::move(warning));
            }
        }
        NACRE_CO_CHECK(co_await apply(std::move(mutations), options, write_type_of(*prepared)));
        co_return answer;
    }

    runtime::task<status> apply(std::vector<data::mutation> mutations, const query_options& options,
                                std::string write_type) {
        const auto& traced = options.traced;
        if (traced) traced->add(fmt::format("Applying {} mutations", mutations.size()));
        const bool about_roles = _options.roles != nullptr &&
                                 std::ranges::any_of(mutations, [](const data::mutation& each) {
                                     return each.table->keyspace() == auth_keyspace;
                                 });
        const auto applied = co_await _store.apply(std::move(mutations), options.until);
        if (!applied)
            co_return timeout_of(applied.error(), options.consistency, std::move(write_type));
        if (about_roles) NACRE_CO_CHECK(co_await _options.roles->reload());
        if (traced) traced->add("Mutations are durable");
        co_return status();
    }

    static std::string told(const select_plan& select) {
        const auto& name = select.table->name();
        return select.where.has_partition_key()
                   ? "Executing single-partition query on " + name
                   : "Executing range query on " + name + " on all shards";
    }

    // Statements without a plan.
    runtime::task<result<response>> run_tree(session_state& session,
                                             const prepared_statement& prepared,
                                             const query_options& options) {
        const auto& traced = options.traced;
        const auto& tree = prepared.tree;
        const auto schema = _catalog.current();
        response answer;
        if (const auto* use = std::get_if<cql::use_statement>(&tree)) {
            if (!schema->schema->find_keyspace(use->keyspace)) {
                co_return invalid("Keyspace '{}' does not exist", use->keyspace);
            }
            session.keyspace = use->keyspace;
            answer.body = set_keyspace_result{use->keyspace};
            co_return answer;
        }
        if (const auto* describe = std::get_if<cql::describe_statement>(&tree)) {
            NACRE_CO_TRY(auto rows, co_await _describers.run([&] {
                return describe_page(*schema, _catalog.node(), *describe, prepared.keyspace,
                                     options);
            }));
            answer.body = std::move(rows);
            co_return answer;
        }
        // The client's, until the end.
        const auto who = session.who;
        if (who && auth::authority::is_role_statement(tree)) {
            co_return co_await run_role_statement(*who, prepared);
        }
        if (traced) traced->add("Changing the schema");
        NACRE_CO_TRY(auto outcome,
                     co_await change_schema(who.get(), prepared, options, *schema->schema));
        if (traced) traced->add("Every shard has the schema");
        answer.warnings = std::move(outcome.warnings);
        if (outcome.change) answer.body = schema_change_result{std::move(*outcome.change)};
        co_return answer;
    }

    runtime::task<result<response>> run_role_statement(const auth::principal& who,
                                                       const prepared_statement& prepared) {
        NACRE_CO_TRY(auto outcome,
                     co_await _options.roles->execute(prepared.tree, who, prepared.keyspace));
        response answer;
        answer.warnings = std::move(outcome.warnings);
        if (outcome.rows && !outcome.rows->columns.empty()) answer.body = to_rows(*outcome.rows);
        co_return answer;
    }

    runtime::task<result<catalog::ddl_outcome>> change_schema(const auth::principal* who,
                                                              const prepared_statement& prepared,
                                                              const query_options& options,
                                                              const schema::snapshot& schema) {
        if (!prepared.bind_markers.empty()) {
            co_return invalid("A definition can't have bind markers: write the value in its place");
        }
        std::unique_ptr<catalog::change_companion> companion;
        if (who != nullptr) {
            NACRE_CO_CHECK(
                auth::check_schema_access(*who, prepared.tree, prepared.keyspace, schema));
            companion = _options.roles->companion(*who, prepared.tree, prepared.keyspace);
        }
        const auto* aggregate = std::get_if<cql::create_aggregate_statement>(&prepared.tree);
        if (aggregate != nullptr) {
            co_return co_await create_aggregate(_catalog, *aggregate, prepared.keyspace, options,
                                                _options.law_check_ms_max, {who, companion.get()});
        }
        auto outcome = co_await _catalog.execute(prepared.tree, prepared.keyspace, companion.get());
        const auto* truncated = std::get_if<cql::truncate_statement>(&prepared.tree);
        if (who != nullptr && truncated != nullptr && outcome) {
            const auto& keyspace = truncated->table.keyspace;
            if ((keyspace.empty() ? prepared.keyspace : keyspace) == auth_keyspace) {
                NACRE_CO_CHECK(co_await _options.roles->reload());
            }
        }
        co_return outcome;
    }

    runtime::task<result<response>> run_batch(session_state& session, batch_kind kind,
                                              std::vector<batch_entry> entries,
                                              query_options options) {
        if (kind == batch_kind::counter) {
            co_return invalid("Cannot include non-counter statement in a counter batch");
        }
        const running_statements::entry listed(here().running, running_statements::kind::batch,
                                               nullptr);
        const auto time = time_of(options);
        std::vector<prepared_statement_ptr> held;
        prepared_statement_ptr calling;  // one of them that calls a user's function
        std::vector<bound_write> writes;
        for (auto& entry : entries) {
            auto& prepared = held.emplace_back();
            if (const auto* id = std::get_if<prepared_id>(&entry.statement)) {
                NACRE_CO_TRY(prepared, find_prepared(id->value));
            } else {
                auto keyspace = options.keyspace.value_or(session.keyspace);
                NACRE_CO_TRY(prepared, co_await prepare_text(
                                           std::move(std::get<std::string>(entry.statement)),
                                           std::move(keyspace)));
            }
            const auto* write = std::get_if<modification_plan>(&prepared->plan);
            if (write == nullptr) {
                co_return invalid(
                    "Invalid statement in batch: only UPDATE, INSERT and DELETE "
                    "statements are allowed.");
            }
            NACRE_CO_CHECK(arrange_values(prepared->markers, prepared->bind_markers.size(),
                                          entry.value_names, entry.values, sender::batch));
            NACRE_CO_CHECK(check_options(*prepared, options));
            writes.push_back({write, &entry.values});
            if (!prepared->user_functions.empty()) calling = prepared;
        }
        for (const auto& each : held) {
            NACRE_CO_CHECK(check_access(session.who.get(), each->requirements));
        }
        std::optional<runtime::admission::place> place;
        if (calling) {
            co_await begin_work(calling);
            auto entered = co_await here().calling.enter(options.until);
            if (!entered) co_return timeout_of(entered.error(), options.consistency, "BATCH");
            place.emplace(*std::move(entered));
        } else if (options.until) {
            options.until = std::make_shared<runtime::cancellation>(
                std::move(options.until), std::chrono::milliseconds(_options.write_timeout_ms));
        }
        std::vector<data::mutation> mutations;
        const auto made = co_await make_mutations(writes, time, options.until, _context, mutations);
        if (!made) co_return timeout_of(made.error(), options.consistency, "BATCH");
        response answer;
        answer.warnings = batch_warnings(mutations, kind == batch_kind::logged);
        NACRE_CO_CHECK(co_await apply(std::move(mutations), options, "BATCH"));
        co_return answer;
    }

    catalog::catalog& _catalog;
    storage::table_store& _store;
    engine_options _options;
    std::atomic<std::uint64_t> _rows_read{0};
    execution_context _context;
    std::vector<std::unique_ptr<shard_part>> _parts;
    runtime::blocking_pool _describers{1, runtime::blocking_pool::priority::background};
};

}  // namespace

std::unique_ptr<engine> make_engine(runtime::shard_group& shards, catalog::catalog& schema,
                                    storage::table_store& store, const engine_options& options) {
    return std::make_unique<engine_impl>(shards, schema, store, options);
}

}  // namespace nacre::query

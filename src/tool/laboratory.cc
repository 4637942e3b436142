#include "tool/laboratory.h"

#include <set>

#include "base/identifier.h"
#include "storage/memory/memory_store.h"
#include "udf/readable_text.h"

namespace nacre::tool {

namespace {

constexpr std::string_view only_keyspace = "functions";

runtime::task<catalog::published_ptr> current_here(catalog::catalog& from) {
    co_return from.current();
}

}  // namespace

result<std::unique_ptr<laboratory>> laboratory::open(const sandbox_parts& parts,
                                                     bool shows_output) {
    auto made = std::unique_ptr<laboratory>(new laboratory());
    NACRE_CHECK(made->start(parts, shows_output));
    return made;
}

status laboratory::start(const sandbox_parts& parts, bool shows_output) {
    udf::wasm::wasm_engine::options options;
    options.precompiled = parts.precompiled;
    options.counts_fuel = parts.counts_fuel;
    if (shows_output) {
        options.log = [](const udf::guest_function& whose, udf::guest_stream stream,
                         std::string_view line) {
            fmt::print(stderr, "{} {}: {}\n", whose.definition->name, name_of(stream),
                       udf::readable(line, line.size()));
        };
    }
    NACRE_TRY(_sandbox, udf::wasm::wasm_engine::create(std::move(options)));
    _store = storage::make_memory_store();
    catalog::catalog::options schema;
    schema.shards = &_shards;
    schema.store = _store.get();
    schema.languages = parts.languages(*_sandbox, _registry, function_limits());
    schema.node.host_id = uuid::random();
    schema.node.listen_address = "127.0.0.1";
    schema.node.release_version = parts.cassandra_version;
    NACRE_TRY(_catalog,
              runtime::run_blocking(_shards.at(0), [&schema] { return catalog::open(schema); }));
    _engine = query::make_engine(_shards, *_catalog, *_store);
    NACRE_CHECK(execute(fmt::format(
        "CREATE KEYSPACE {} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': "
        "1}}",
        only_keyspace)));
    _session.keyspace = only_keyspace;
    return {};
}

laboratory::~laboratory() {
    if (_catalog) runtime::run_blocking(_shards.at(0), [this] { return _catalog->stop(); });
    if (_sandbox) _sandbox->stop();
    _shards.stop();
}

result<query::response> laboratory::execute(const std::string& statement) {
    return runtime::run_blocking(_shards.at(0),
                                 [&] { return _engine->execute(_session, statement, {}); });
}

status laboratory::create(const package& what, std::vector<std::string>& warnings) {
    const auto run = [&](const std::string& subject, const std::string& statement) -> status {
        auto done = execute(statement);
        if (!done) {
            return error(done.error().code(),
                         fmt::format("{}: {}", subject, done.error().message()));
        }
        warnings.insert(warnings.end(), done->warnings.begin(), done->warnings.end());
        return {};
    };
    for (const auto& type : what.types) NACRE_CHECK(run("a type", type));
    std::set<const std::string*> sent;
    for (const auto& function : what.functions) {
        const bool by_digest = !sent.insert(function.body.get()).second;
        NACRE_CHECK(run(function.signature(), function.create_statement(by_digest)));
    }
    for (const auto& aggregate : what.aggregates) {
        NACRE_CHECK(run(aggregate.signature(), aggregate.statement));
    }
    return {};
}

catalog::published_ptr laboratory::current() {
    return runtime::run_blocking(_shards.at(0), [this] { return current_here(*_catalog); });
}

udf::function_statistics_ptr laboratory::statistics_of(
    const schema::function_definition& function) const {
    const auto entry = _registry.find(function.keyspace, function.name, function.argument_types);
    return entry ? entry->statistics : nullptr;
}

}  // namespace nacre::tool

#include "tool/deploy.h"

#include <set>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/identifier.h"
#include "client/schema_agreement.h"
#include "cql/print.h"
#include "tool/progress.h"
#include "tool/text_table.h"

namespace nacre::tool {

namespace {

constexpr std::chrono::seconds agreement_max{30};

struct deployed {
    std::string signature;
    std::string returns;
    std::string call;
    bool is_aggregate = false;
};

status enter_keyspace(client::connection& server, const deploy_request& request) {
    NACRE_TRY(const auto found,
              server.execute("SELECT keyspace_name FROM system_schema.keyspaces WHERE "
                             "keyspace_name = ?",
                             {request.keyspace}));
    if (found.rows.size() == 0) {
        if (!request.creates_keyspace) {
            return invalid(
                "there is no keyspace {}: --create-keyspace makes one with a replication factor of "
                "1, for trying things out",
                request.keyspace);
        }
        NACRE_CHECK(server.execute(fmt::format(
            "CREATE KEYSPACE IF NOT EXISTS {} WITH replication = {{'class': 'SimpleStrategy', "
            "'replication_factor': 1}}",
            quote_identifier(request.keyspace))));
    }
    NACRE_CHECK(server.execute("USE " + quote_identifier(request.keyspace)));
    return {};
}

error about(std::string_view what, const error& why) {
    return {why.code(), fmt::format("{}: {}", what, why.message()), why.fields()};
}

class deployment {
  public:
    deployment(const package& what, const deploy_request& request)
        : _what(what), _request(request) {}

    status run() {
        _shown.step(fmt::format("connecting to {}", _request.server.to_string()));
        NACRE_TRY(_server, client::connection::open(_request.server));
        NACRE_CHECK(enter_keyspace(*_server, _request));
        for (const auto& type : _what.types) NACRE_CHECK(execute("type", type));
        NACRE_CHECK(create_functions());
        for (const auto& aggregate : _what.aggregates) {
            NACRE_CHECK(execute(aggregate.signature(), aggregate.statement));
            add_aggregate(aggregate);
        }
        _shown.step("waiting for schema agreement");
        return client::wait_for_schema_agreement(*_server, agreement_max);
    }

    void clear_progress() { _shown.clear(); }

    void tell() {
        for (const auto& warning : _warnings) fmt::print(stderr, "warning: {}\n", warning);
        if (_request.is_json) return tell_json();
        for (const auto& one : _made) {
            fmt::print("{} {}.{} RETURNS {}\n", one.is_aggregate ? "aggregate" : "function ",
                       quote_identifier(_request.keyspace), one.signature, one.returns);
        }
        if (_made.empty()) return;
        fmt::print("\nCall it in any statement, for example:\n");
        for (const auto& one : _made) {
            if (!_parts.contains(one.signature)) fmt::print("  SELECT {} FROM …;\n", one.call);
        }
    }

  private:
    status execute(std::string_view what, const std::string& statement) {
        _shown.step(fmt::format("creating {} ({})", what,
                                readable_bytes(static_cast<double>(statement.size()))));
        auto done = _server->execute(statement);
        if (!done) return about(what, done.error());
        _warnings.insert(_warnings.end(), done->warnings.begin(), done->warnings.end());
        return {};
    }

    // A source is sent once, with the first of its functions.
    status create_functions() {
        std::set<const std::string*> sent;
        for (const auto& function : _what.functions) {
            const bool by_digest = !sent.insert(function.body.get()).second;
            NACRE_CHECK(execute(function.signature(), function.create_statement(by_digest)));
            std::vector<std::string> names;
            for (const auto& argument : function.tree.arguments) {
                names.push_back(quote_identifier(argument.name));
            }
            _made.push_back(
                {.signature = function.signature(),
                 .returns = cql::to_text(function.tree.return_type),
                 .call = fmt::format("{}.{}({})", quote_identifier(_request.keyspace),
                                     quote_identifier(function.name()), fmt::join(names, ", "))});
        }
        return {};
    }

    void add_aggregate(const package::aggregate& aggregate) {
        const auto& tree = aggregate.tree;
        std::string returns = cql::to_text(tree.state_type);
        for (const auto& function : _what.functions) {
            const auto& name = function.name();
            if (tree.final_function == name) returns = cql::to_text(function.tree.return_type);
            if (name == tree.state_function || tree.final_function == name ||
                tree.reduce_function == name) {
                _parts.insert(function.signature());
            }
        }
        std::vector<std::string> columns;
        for (std::size_t i = 0; i < tree.argument_types.size(); ++i) {
            columns.push_back(tree.argument_types.size() == 1 ? "column"
                                                              : fmt::format("column{}", i + 1));
        }
        _made.push_back(
            {.signature = aggregate.signature(),
             .returns = returns,
             .call = fmt::format("{}.{}({})", quote_identifier(_request.keyspace),
                                 quote_identifier(tree.aggregate.name), fmt::join(columns, ", ")),
             .is_aggregate = true});
    }

    void tell_json() const {
        auto made = nlohmann::json::array();
        for (const auto& one : _made) {
            made.push_back({{"kind", one.is_aggregate ? "aggregate" : "function"},
                            {"signature", one.signature},
                            {"returns", one.returns},
                            {"call", one.call}});
        }
        const nlohmann::json whole{
            {"keyspace", _request.keyspace}, {"created", made}, {"warnings", _warnings}};
        fmt::print("{}\n", whole.dump(2));
    }

    const package& _what;
    const deploy_request& _request;
    progress _shown;
    std::unique_ptr<client::connection> _server;
    std::vector<deployed> _made;
    std::set<std::string> _parts;  ///< functions that only an aggregate calls
    std::vector<std::string> _warnings;
};

}  // namespace

exit_status deploy(const package& what, const deploy_request& request) {
    deployment running(what, request);
    const auto done = running.run();
    running.clear_progress();
    if (!done) return report(done.error(), request.is_json);
    running.tell();
    return exit_status::ok;
}

}  // namespace nacre::tool

#include "tool/test_functions.h"

#include <set>

#include "tool/call.h"
#include "tool/cases.h"
#include "tool/function_name.h"
#include "tool/progress.h"
#include "tool/test_aggregate.h"
#include "tool/test_scalar.h"

namespace nacre::tool {

namespace {

using block_list = std::vector<case_block>;

class test_run {
  public:
    test_run(const package& what, const test_request& request) : _what(what), _request(request) {}

    status run(const sandbox_parts& parts) {
        for (const auto& file : _request.files) {
            NACRE_TRY(auto blocks, read_cases(file));
            for (auto& block : blocks) _blocks.push_back(std::move(block));
        }
        progress shown;
        shown.step("compiling");
        NACRE_TRY(const auto place, laboratory::open(parts, _request.shows_output));
        std::vector<std::string> warnings;
        NACRE_CHECK(place->create(_what, warnings));
        const auto where = place->current();
        for (const auto& function : _what.functions) {
            shown.step("testing " + function.signature());
            const auto callee = find_function(*where, place->keyspace(), function);
            const auto types = types_of(callee->signature.argument_types);
            NACRE_TRY(const auto blocks, blocks_of(function.name(), types));
            // A part of an aggregate sees states, which are what its other parts made of them.
            const bool tries_edges = _request.tries_edges && !_what.is_part(function.name());
            NACRE_TRY(auto report, test_scalar(*place, *callee, blocks, tries_edges));
            report.signature = function.signature();
            reports.push_back(std::move(report));
        }
        for (const auto& aggregate : _what.aggregates) {
            shown.step("testing " + aggregate.signature());
            const auto callee = find_aggregate(*where, place->keyspace(), aggregate);
            const auto types = types_of(callee->signature().argument_types);
            NACRE_TRY(const auto blocks, blocks_of(aggregate.tree.aggregate.name, types));
            NACRE_TRY(auto report, test_aggregate(*place, *callee, blocks, _request.tries_edges));
            report.signature = aggregate.signature();
            reports.push_back(std::move(report));
        }
        for (const auto& block : _blocks) {
            if (!_used.contains(&block)) {
                return unusable("line {}: there is no function or aggregate {}", block.line,
                                block.name);
            }
        }
        return {};
    }

    std::vector<test_report> reports;

  private:
    static std::vector<std::string> types_of(const std::vector<types::type_ptr>& all) {
        std::vector<std::string> texts;
        for (const auto& type : all) texts.push_back(type->to_cql_without_frozen());
        return texts;
    }

    result<std::vector<const case_block*>> blocks_of(const std::string& name,
                                                     const std::vector<std::string>& types) {
        std::vector<const case_block*> found;
        for (const auto& block : _blocks) {
            // As a module's exports, names are meant with their case.
            function_name meant{.name = block.name};
            if (block.name != name) {
                auto parsed = function_name::parse(block.name);
                if (!parsed) return parsed.error();
                meant = std::move(*parsed);
            }
            if (meant.name != name || !meant.fits(types)) continue;
            found.push_back(&block);
            _used.insert(&block);
        }
        return found;
    }

    const package& _what;
    const test_request& _request;
    block_list _blocks;
    std::set<const case_block*> _used;
};

void print(const test_report& one) {
    constexpr std::size_t shown_max = 10;
    fmt::print("{}  {}: {} cases, {} further checks\n", one.failures.empty() ? "ok    " : "FAILED",
               one.signature, one.cases, one.others);
    for (std::size_t i = 0; i < std::min(one.failures.size(), shown_max); ++i) {
        fmt::print("        {}\n", one.failures[i]);
    }
    if (one.failures.size() > shown_max) {
        fmt::print("        and {} more\n", one.failures.size() - shown_max);
    }
    for (const auto& note : one.notes) fmt::print("        note: {}\n", note);
}

}  // namespace

exit_status test_functions(const package& what, const sandbox_parts& parts,
                           const test_request& request) {
    test_run run(what, request);
    const auto done = run.run(parts);
    if (!done) return report(done.error(), request.is_json);
    std::size_t failed = 0;
    std::size_t passed = 0;
    auto list = nlohmann::json::array();
    for (const auto& one : run.reports) {
        failed += one.failures.size();
        passed += one.cases + one.others;
        if (!request.is_json) print(one);
        list.push_back({{"function", one.signature},
                        {"cases", one.cases},
                        {"further", one.others},
                        {"failures", one.failures},
                        {"notes", one.notes}});
    }
    if (request.is_json) {
        const nlohmann::json whole{{"passed", passed}, {"failed", failed}, {"functions", list}};
        fmt::print("{}\n", whole.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
        fmt::print("{} passed, {} failed\n", passed, failed);
    }
    return failed == 0 ? exit_status::ok : exit_status::failed;
}

}  // namespace nacre::tool

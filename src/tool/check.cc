#include "tool/check.h"

#include <set>

#include <nlohmann/json.hpp>

#include "tool/progress.h"
#include "udf/readable_text.h"

namespace nacre::tool {

namespace {

struct verdict {
    std::string what;
    std::optional<error> refused;
    std::vector<std::string> warnings;
};

verdict verdict_of(laboratory& place, std::string what, const std::string& statement) {
    auto done = place.execute(statement);
    if (!done) return {std::move(what), done.error(), {}};
    return {std::move(what), std::nullopt, std::move(done->warnings)};
}

std::vector<verdict> try_all(const package& what, laboratory& place) {
    progress shown;
    std::vector<verdict> verdicts;
    for (const auto& type : what.types) verdicts.push_back(verdict_of(place, type, type));
    // A source that was refused is not there for the next function's digest.
    std::set<const std::string*> sent;
    for (const auto& function : what.functions) {
        shown.step("checking " + function.signature());
        verdicts.push_back(
            verdict_of(place, function.signature(),
                       function.create_statement(sent.contains(function.body.get()))));
        if (!verdicts.back().refused) sent.insert(function.body.get());
    }
    for (const auto& aggregate : what.aggregates) {
        verdicts.push_back(verdict_of(place, aggregate.signature(), aggregate.statement));
    }
    return verdicts;
}

}  // namespace

std::optional<error> find_refusal(const package& what, const sandbox_parts& parts) {
    progress shown;
    shown.step("checking");
    auto place = laboratory::open(parts, /*shows_output=*/false);
    if (!place) return place.error();
    std::vector<std::string> warnings;
    const auto done = (*place)->create(what, warnings);
    if (!done) return done.error();
    return std::nullopt;
}

exit_status check(const package& what, const sandbox_parts& parts, bool is_json) {
    auto place = laboratory::open(parts, /*shows_output=*/false);
    if (!place) return report(place.error(), is_json);
    const auto verdicts = try_all(what, **place);
    bool is_fine = true;
    auto list = nlohmann::json::array();
    for (const auto& one : verdicts) {
        is_fine = is_fine && !one.refused;
        nlohmann::json object{{"what", one.what}, {"ok", !one.refused}, {"warnings", one.warnings}};
        if (one.refused) {
            object["error"] = one.refused->message();
            object["code"] = static_cast<int>(one.refused->code());
        }
        list.push_back(std::move(object));
        if (is_json) continue;
        if (one.refused) {
            fmt::print("refused  {}\n         {:#06x} {}\n", one.what,
                       static_cast<int>(one.refused->code()), one.refused->message());
        } else {
            fmt::print("ok       {}\n", one.what);
        }
        for (const auto& warning : one.warnings) fmt::print("         warning: {}\n", warning);
    }
    if (is_json) {
        fmt::print("{}\n", list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    }
    return is_fine ? exit_status::ok : exit_status::failed;
}

}  // namespace nacre::tool

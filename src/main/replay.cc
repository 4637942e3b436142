#include "main/replay.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "main/languages.h"
#include "runtime/shard.h"
#include "udf/capture_text.h"
#include "udf/captured_call.h"
#include "udf/function_logs.h"
#include "udf/readable_text.h"
#include "udf/repeat_call.h"
#include "udf/statistics_registry.h"
#include "udf/wasm/engine.h"

namespace nacre {

namespace {

constexpr int exit_same = 0;
constexpr int exit_other = 1;
constexpr int exit_unusable = 2;

using udf::captured_call;
using udf::captured_outcome;

std::string printable(std::string_view text) {
    return udf::readable(text, text.size());
}

result<captured_call> read_capture(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    if (!in) return invalid("it can't be read");
    return udf::decode_captured_call(content.view());
}

// A server's sandbox with the limits that the call had there.
class laboratory {
  public:
    static result<std::unique_ptr<laboratory>> create(const captured_call& call) {
        auto made = std::unique_ptr<laboratory>(new laboratory());
        made->_registry.repeat(call.world);
        udf::wasm::wasm_engine::options options;
        for (const auto& limit : function_limit_table) {
            auto& ceiling = options.ceilings.*limit.member;
            ceiling = std::max(ceiling, call.limits.*limit.member);
        }
        options.precompiled = precompiled_guests();
        options.log = [](const udf::guest_function&, udf::guest_stream stream,
                         std::string_view line) {
            fmt::print("{}    {}\n", name_of(stream), printable(line));
        };
        NACRE_TRY(made->_engine, udf::wasm::wasm_engine::create(std::move(options)));
        NACRE_TRY(made->_language, made->language_of(call));
        return made;
    }

    ~laboratory() {
        if (_engine) _engine->stop();
    }

    result<captured_outcome> repeat(const captured_call& call, std::uint32_t rows) {
        NACRE_TRY(const auto code, runtime::run_blocking(_shards.at(0), [this, &call] {
                      return _language->compile(call.definition);
                  }));
        const auto before = std::chrono::steady_clock::now();
        auto ran = runtime::run_blocking(_shards.at(0),
                                         [&] { return udf::repeat_call(*code, call, rows); });
        captured_outcome outcome;
        outcome.wall = std::chrono::steady_clock::now() - before;
        const auto entry = _registry.find(call.definition->keyspace, call.definition->name,
                                          call.definition->argument_types);
        outcome.cpu = std::chrono::nanoseconds(entry->statistics->cpu_ns.load());
        if (ran) {
            outcome.results = std::move(*ran);
            return outcome;
        }
        outcome.message = ran.error().message();
        for (std::size_t i = 0; i < udf::failure_kind_names.size(); ++i) {
            const auto kind = static_cast<udf::failure_kind>(i);
            if (entry->statistics->failures(kind) != 0) outcome.failed_as = kind;
        }
        if (!outcome.failed_as) return std::move(ran).error();
        return outcome;
    }

  private:
    laboratory() = default;

    result<std::shared_ptr<function::language>> language_of(const captured_call& call) {
        for (const auto& each : make_languages(*_engine, _registry, call.limits)) {
            const auto names = each->names();
            if (std::ranges::find(names, call.definition->language) != names.end()) {
                return each;
            }
        }
        return invalid("its language '{}' is not known here", call.definition->language);
    }

    udf::statistics_registry _registry{{.quarantine_failures = 0}};
    std::unique_ptr<udf::wasm::wasm_engine> _engine;
    runtime::shard_group _shards{1};
    std::shared_ptr<function::language> _language;
};

bool same_values(const data::column_vector& left, const data::column_vector& right) {
    const auto rows = std::min(left.size(), right.size());
    for (std::uint32_t row = 0; row < rows; ++row) {
        if (left.serialised(row) != right.serialised(row)) return false;
    }
    return true;
}

bool same(const captured_outcome& recorded, const captured_outcome& now) {
    if (recorded.failed_as != now.failed_as || recorded.message != now.message) return false;
    return !recorded.results || !now.results || same_values(*recorded.results, *now.results);
}

}  // namespace

int replay(const replay_request& request) {
    const auto refuse = [&](const error& why) {
        fmt::print(stderr, "nacre: {}: {}\n", request.file.string(), printable(why.message()));
        return exit_unusable;
    };
    const auto call = read_capture(request.file);
    if (!call) return refuse(call.error());
    fmt::print("{}", udf::describe(*call));
    std::fflush(stdout);
    const auto place = laboratory::create(*call);
    if (!place) return refuse(place.error());
    const auto rows = std::min(request.rows.value_or(call->rows), call->rows);
    const auto outcome = (*place)->repeat(*call, rows);
    if (!outcome) return refuse(outcome.error());

    fmt::print("recorded  {}", udf::describe(call->outcome));
    fmt::print("replayed  {}", udf::describe(*outcome));
    if (outcome->results) fmt::print("{}", udf::describe_results(*call, *outcome->results));
    const bool is_same = same(call->outcome, *outcome);
    fmt::print("{}\n", is_same ? "the same outcome" : "another outcome");
    return is_same ? exit_same : exit_other;
}

}  // namespace nacre

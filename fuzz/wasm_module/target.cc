// Modules from CREATE FUNCTION to their calls: validation, the trial start, the generated adapter,
// a statement, and an aggregate's fold. Promises:
// - no module crashes the server, holds it up or leaks; a refusal is 0x2200 with a text;
// - a call of what was accepted ends in time, with a valid value for each row or with a failure
//   that names the function;
// - a failed statement takes nothing from the next one: it finds a free place in the pool.

#include "promise.h"
#include "sandbox.h"
#include "types/value.h"
#include "values.h"
#include "wasm_module/module_generator.h"

namespace {

using namespace nacre;
using namespace nacre::fuzz;

void call(input& in, const function::compiled& code, const schema::function_definition& declared) {
    std::vector<data::column_vector> columns;
    const auto rows = in.below(12) + 1;
    for (const auto& type : declared.argument_types) columns.push_back(draw_column(in, type, rows));
    auto selected = draw_selection(in, rows);
    if (declared.on_null == schema::null_input::returns_null) {
        selected = without_nulls(columns, selected);
    }
    const auto out = sandbox::instance().call(code, declared.return_type, columns, selected);
    if (!out.ok()) return check_failure(out.error(), declared);
    tell("returned");
    require(out->size() == selected.size(), "a result for each row", "");
    for (std::uint32_t row = 0; row < out->size(); ++row) {
        if (const auto value = out->serialised(row)) {
            require(types::validate(*declared.return_type, *value).ok(), "results are valid values",
                    declared.return_type->to_cql());
        }
    }
}

void fold(input& in, const function::compiled& code, const schema::function_definition& declared) {
    std::vector<data::column_vector> columns;
    const auto rows = in.below(12) + 1;
    for (std::size_t i = 1; i < declared.argument_types.size(); ++i) {
        columns.push_back(draw_column(in, declared.argument_types[i], rows));
    }
    auto selected = draw_selection(in, rows);
    if (declared.on_null == schema::null_input::returns_null) {
        selected = without_nulls(columns, selected);
    }
    auto state = draw_column(in, declared.argument_types[0], 1).serialised(0);
    const auto out = sandbox::instance().fold(code, state, columns, selected, in.below(12) + 1);
    if (!out.ok()) return check_failure(out.error(), declared);
    if (*out) {
        require(types::validate(*declared.return_type, **out).ok(), "states are valid values",
                declared.return_type->to_cql());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input in(data, size);
    const auto declared = draw_function(in);
    const auto code = sandbox::instance().compile(declared);
    if (!code.ok()) {
        check_refusal(code.error());
        return 0;
    }
    // More statements than the pool has places: each must give back what it took.
    for (auto n = in.below(7) + 1; n > 0; --n) call(in, **code, *declared);
    const auto& arguments = declared->argument_types;
    if (!arguments.empty() && arguments[0]->same_values(*declared->return_type)) {
        fold(in, **code, *declared);
    }
    return 0;
}

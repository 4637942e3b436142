// Modules from CREATE FUNCTION to their calls: validation, the trial start, the generated adapter,
// a statement, and an aggregate's fold. Promises:
// - no module crashes the server, holds it up or leaks; a refusal is 0x2200 with a text;
// - a call of what was accepted ends in time, with a valid value for each row or with a failure
//   that names the function;
// - a failed statement takes nothing from the next one: it finds a free place in the pool.

#include "promise.h"
#include "sandbox.h"
#include "statement.h"
#include "values.h"
#include "wasm_module/module_generator.h"

namespace {

using namespace nacre;
using namespace nacre::fuzz;

std::vector<data::column_vector> draw_columns(input& in, std::span<const types::type_ptr> types,
                                              std::uint32_t rows) {
    std::vector<data::column_vector> columns;
    for (const auto& type : types) columns.push_back(draw_column(in, type, rows));
    return columns;
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
    const auto& types = declared->argument_types;
    // Now and then more statements than the pool has places: each must give back what it took.
    const auto statements = in.once_in(16) ? 6 : 1;
    for (int i = 0; i < statements; ++i) {
        const auto rows = in.below(12) + 1;
        const auto columns = draw_columns(in, types, rows);
        check_call(**code, *declared, columns, draw_selection(in, rows));
    }
    if (!types.empty() && types[0]->same_values(*declared->return_type)) {
        const auto rows = in.below(12) + 1;
        const auto columns = draw_columns(in, std::span(types).subspan(1), rows);
        const auto state = draw_column(in, types[0], 1).serialised(0);
        check_fold(**code, *declared, state, columns, draw_selection(in, rows), in.below(12) + 1);
    }
    return 0;
}

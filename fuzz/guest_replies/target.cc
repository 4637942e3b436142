// The host's side of the ABI under guests that follow a script. Promises:
// - whatever a guest answers, and however its memory changes meanwhile, the host reads and writes
//   inside of it (the sanitizers watch the host, traps and checks the rest);
// - a statement ends in time, with valid values or a failure that names the function;
// - the next statement with the same function works.

#include <map>

#include "guest_replies/scripted_guest.h"
#include "promise.h"
#include "sandbox.h"
#include "statement.h"
#include "values.h"

namespace {

using namespace nacre;
using namespace nacre::fuzz;

struct ready_function {
    schema::function_ptr declared;
    function::compiled_ptr code;
};

// Compiled once for each shape that comes up.
const ready_function& get(guest_abi abi, const types::type_ptr& type, schema::null_input on_null,
                          bool is_state_function) {
    using key = std::tuple<guest_abi, std::string, schema::null_input, bool>;
    static auto& known = *new std::map<key, ready_function>;
    auto& found = known[{abi, type->to_cql(), on_null, is_state_function}];
    if (!found.code) {
        found.declared = scripted_function(abi, type, on_null, is_state_function);
        auto code = sandbox::instance().compile(found.declared);
        require(code.ok(), "the scripted guest compiles",
                code.ok() ? "" : code.error().message() + "\n" + found.declared->body);
        found.code = std::move(*code);
    }
    return found;
}

// A result that a guest can return by returning its empty script.
bool takes_empty(const types::type& type) {
    return type.kind() == types::type_kind::blob || type.kind() == types::type_kind::text;
}

void works_again(const ready_function& function) {
    data::column_vector script(types::type::native(types::type_kind::blob));
    script.append_serialised({});
    const std::uint32_t row = 0;
    require(check_call(*function.code, *function.declared, {script}, std::span(&row, 1)),
            "the next statement works", "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input in(data, size);
    constexpr auto abis =
        std::to_array<guest_abi>({guest_abi::one, guest_abi::two, guest_abi::three});
    const auto abi = in.pick(abis);
    const auto on_null =
        in.once_in(2) ? schema::null_input::returns_null : schema::null_input::called;
    // Few types, so that shapes come again: blob, as the empty script is one, or a drawn native
    // one.
    const auto type =
        in.once_in(2) ? draw_type(in, 0) : types::type::native(types::type_kind::blob);
    const bool folds = in.once_in(3);
    const auto& function = get(abi, type, on_null, folds);

    const auto rows = in.below(6) + 1;
    std::vector<data::column_vector> columns;
    if (folds) columns.push_back(draw_column(in, type, rows));
    data::column_vector scripts(types::type::native(types::type_kind::blob));
    for (std::uint32_t i = 0; i < rows; ++i) {
        if (in.once_in(8)) {
            scripts.append_null();
        } else {
            scripts.append_serialised(draw_script(in));
        }
    }
    columns.push_back(std::move(scripts));
    const auto selected = draw_selection(in, rows);
    check_call(*function.code, *function.declared, columns, selected);
    if (folds) {
        optional_bytes state;
        // A state of ABI 3 is a script too.
        if (type->kind() == types::type_kind::blob) {
            state = draw_script(in);
        } else if (!in.once_in(4)) {
            state = draw_value(in, *type);
        }
        columns.erase(columns.begin());
        check_fold(*function.code, *function.declared, state, columns, selected, in.below(4) + 1);
    } else if (takes_empty(*type)) {
        works_again(function);
    }
    return 0;
}

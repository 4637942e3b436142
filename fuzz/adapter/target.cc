// The adapter of ABI 1 and 2, and the host's side of batches with modules of ABI 3, against a slow
// host that calls for each row. Promise: for a function that keeps the contract, whatever its
// signature, the rows selected, the nulls and the places where batches are cut or finished early, a
// statement and a fold have the same results as calls row by row; and where a row fails, the error
// says with which arguments, unless the module does not tell the row.

#include <cmath>

#include "adapter/plain_module.h"
#include "adapter/reference.h"
#include "promise.h"
#include "sandbox.h"
#include "types/value.h"
#include "values.h"

namespace {

using namespace nacre;
using namespace nacre::fuzz;

// Rows of the server's columns as its functions see them.
optional_bytes seen(const data::column_vector& column, std::uint32_t row) {
    if (column.is_empty_value(row)) return std::nullopt;
    return column.serialised(row);
}

std::vector<optional_bytes> arguments_of(const std::vector<data::column_vector>& columns,
                                         std::uint32_t row) {
    std::vector<optional_bytes> all;
    for (const auto& column : columns) all.push_back(seen(column, row));
    return all;
}

bool is_native(const types::type& type) {
    return type.physical() != types::physical_type::serialised;
}

// What becomes of a value that a guest wrote: absent if it is none of its type.
reference_host::answer accepted(const types::type& type, reference_host::answer answer) {
    if (!answer || !*answer) return answer;
    auto& value = **answer;
    if (is_native(type) && value.empty()) return optional_bytes();
    if (!types::validate(type, value).ok()) return std::nullopt;
    if (type.kind() == types::type_kind::boolean) value[0] = value[0] == 0 ? '\0' : '\1';
    return answer;
}

// Two NaNs of different bits are the same to WebAssembly.
bool equal(const types::type& type, const optional_bytes& left, const optional_bytes& right) {
    if (left == right) return true;
    if (!left || !right) return false;
    if (type.kind() == types::type_kind::float_) {
        return std::isnan(types::load_float(*left)) && std::isnan(types::load_float(*right));
    }
    if (type.kind() == types::type_kind::double_) {
        return std::isnan(types::load_double(*left)) && std::isnan(types::load_double(*right));
    }
    return false;
}

std::string show(const types::type& type, const optional_bytes& value) {
    return value ? types::to_cql_literal(type, *value) + " 0x" + to_hex(*value) : "null";
}

// Memory may run out under the adapter, which keeps limits, and not in the reference, but only if
// there is much to hold.
bool may_be_short_of_memory(const std::vector<data::column_vector>& columns, bytes_view body,
                            const error& why) {
    std::uint64_t held = body.size();
    for (const auto& column : columns) held += column.blob().size();
    constexpr std::uint64_t much = 32 << 10;
    return held > much && why.message().find("memory") != std::string::npos;
}

void check_failed_row(const error& why, const plain_function& function,
                      const std::vector<data::column_vector>& columns, std::uint32_t row) {
    check_failure(why, *function.declared);
    const bool is_silent =
        function.batches && function.batches->tells_row == batch_style::row_export::none;
    if (is_silent) return;
    std::string expected = ", called with (";
    for (std::size_t k = 0; k < columns.size(); ++k) {
        if (k != 0) expected += ", ";
        const auto value = columns[k].serialised(row);
        constexpr std::size_t shown_bytes_max = 64;
        if (!value) {
            expected += "null";
        } else if (value->size() > shown_bytes_max) {
            expected += fmt::format("<{} bytes>", value->size());
        } else {
            expected += types::to_cql_literal(*columns[k].type(), *value);
        }
    }
    expected += ")";
    require(why.message().ends_with(expected), "a failure tells its row's arguments",
            why.message() + "\nexpected" + expected);
}

void check_call(input& in, const plain_function& function, const function::compiled& code) {
    const auto& declared = *function.declared;
    const auto& type = *declared.return_type;
    const auto rows = in.below(70) + 1;
    std::vector<data::column_vector> columns;
    for (const auto& t : declared.argument_types) columns.push_back(draw_column(in, t, rows));
    auto selected = draw_selection(in, rows);
    if (declared.on_null == schema::null_input::returns_null) {
        selected = without_nulls(columns, selected);
    }
    const auto out = sandbox::instance().call(code, declared.return_type, columns, selected);
    if (!out.ok() && may_be_short_of_memory(columns, declared.body, out.error())) return;

    reference_host reference(function);
    for (std::size_t i = 0; i < selected.size(); ++i) {
        const auto arguments = arguments_of(columns, selected[i]);
        const auto raw = reference.call(arguments);
        const auto expected = accepted(type, raw);
        if (!expected) {
            require(!out.ok(), "a failing row fails its statement", declared.body);
            // What is no value is found after the batch, when the row is not known any more.
            if (!raw) check_failed_row(out.error(), function, columns, selected[i]);
            return;
        }
        if (!out.ok()) continue;  // a later row has to be the cause
        const auto got = out->serialised(static_cast<std::uint32_t>(i));
        require(equal(type, got, *expected), "a batch has the results of its rows",
                fmt::format("row {}: {} instead of {}\n{}", selected[i], show(type, got),
                            show(type, *expected), declared.body));
    }
    require(out.ok(), "a statement fails only if a row does",
            out.ok() ? "" : out.error().message() + "\n" + declared.body);
    require(out->size() == selected.size(), "a result for each row", "");
    tell("equal");
}

void check_fold(input& in, const plain_function& function, const function::compiled& code) {
    const auto& declared = *function.declared;
    const auto& type = *declared.return_type;
    const auto rows = in.below(70) + 1;
    std::vector<data::column_vector> columns;
    for (std::size_t k = 1; k < declared.argument_types.size(); ++k) {
        columns.push_back(draw_column(in, declared.argument_types[k], rows));
    }
    auto selected = draw_selection(in, rows);
    const bool skips = declared.on_null == schema::null_input::returns_null;
    if (skips) selected = without_nulls(columns, selected);
    optional_bytes state;
    if (!in.once_in(4)) state = draw_value(in, type);
    const auto out = sandbox::instance().fold(code, state, columns, selected, in.below(20) + 1);
    if (!out.ok() && may_be_short_of_memory(columns, declared.body, out.error())) return;

    // Folded row by row, a state passes through the host, which looks at it each time.
    const bool is_seen = function.batches && !function.batches->has_fold;
    reference_host reference(function);
    for (const auto row : selected) {
        if (skips && !state) break;
        if (is_seen && state && !types::validate(type, *state).ok()) break;
        auto arguments = arguments_of(columns, row);
        arguments.insert(arguments.begin(), state);
        const auto next = reference.call(arguments);
        if (!next) {
            require(!out.ok(), "a failing row fails its fold", declared.body);
            check_failure(out.error(), declared);
            return;
        }
        state = *next;
    }
    const bool valid = !state || types::validate(type, *state).ok();
    require(out.ok() == valid, "a fold fails only if a row does or its state is no value",
            out.ok() ? declared.body : out.error().message() + "\n" + declared.body);
    if (!valid) return;
    require(
        equal(type, *out, state), "a fold has the state of its rows",
        fmt::format("{} instead of {}\n{}", show(type, *out), show(type, state), declared.body));
    tell("equal state");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input in(data, size);
    const auto function = draw_plain_function(in);
    const auto code = sandbox::instance().compile(function.declared);
    require(code.ok(), "a module that keeps the contract is accepted",
            code.ok() ? "" : code.error().message() + "\n" + function.declared->body);
    check_call(in, function, **code);
    if (function.is_state_function) check_fold(in, function, **code);
    return 0;
}

#include "statement.h"

#include "promise.h"
#include "sandbox.h"
#include "types/value.h"

namespace nacre::fuzz {

namespace {

std::vector<std::uint32_t> seen_by(const schema::function_definition& declared,
                                   const std::vector<data::column_vector>& columns,
                                   std::span<const std::uint32_t> rows) {
    if (declared.on_null == schema::null_input::returns_null) return without_nulls(columns, rows);
    return {rows.begin(), rows.end()};
}

void check_value(const types::type& type, bytes_view value) {
    const auto valid = types::validate(type, value);
    require(valid.ok(), "what a function returns is a valid value",
            valid.ok() ? "" : valid.error().message());
    (void)types::to_cql_literal(type, value);
}

}  // namespace

bool check_call(const function::compiled& code, const schema::function_definition& declared,
                const std::vector<data::column_vector>& columns,
                std::span<const std::uint32_t> rows) {
    const auto seen = seen_by(declared, columns, rows);
    const auto out = sandbox::instance().call(code, declared.return_type, columns, seen);
    if (!out.ok()) {
        check_failure(out.error(), declared);
        return false;
    }
    tell("returned");
    require(out->size() == seen.size(), "a result for each row", "");
    for (std::uint32_t row = 0; row < out->size(); ++row) {
        if (const auto value = out->serialised(row)) check_value(*declared.return_type, *value);
    }
    return true;
}

bool check_fold(const function::compiled& code, const schema::function_definition& declared,
                const optional_bytes& state, const std::vector<data::column_vector>& columns,
                std::span<const std::uint32_t> rows, std::size_t step) {
    const auto seen = seen_by(declared, columns, rows);
    const auto out = sandbox::instance().fold(code, state, columns, seen, step);
    if (!out.ok()) {
        check_failure(out.error(), declared);
        return false;
    }
    tell("folded");
    if (*out) check_value(*declared.return_type, **out);
    return true;
}

}  // namespace nacre::fuzz

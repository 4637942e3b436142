// Values on their way through Lua. Promise: a function that returns its argument returns every
// value of every type unchanged, in the form in which the server itself writes it; a null stays
// null, and so does the empty value of a type without empty texts. Sets and maps of NaN are
// refused; a zero among their keys has no sign in Lua.

#include <algorithm>
#include <map>

#include "promise.h"
#include "sandbox.h"
#include "types/value.h"
#include "udf/lua/language.h"
#include "values.h"

namespace {

using namespace nacre;
using namespace nacre::fuzz;

struct ready_function {
    schema::function_ptr declared;
    function::compiled_ptr code;
};

// Of other types the empty value is nil to Lua.
bool has_empty_texts(const types::type& type) {
    const auto kind = type.kind();
    return kind == types::type_kind::text || kind == types::type_kind::ascii ||
           kind == types::type_kind::blob;
}

const ready_function& identity_of(const types::type_ptr& type) {
    constexpr std::size_t functions_max = 200;
    static auto& known = *new std::map<std::string, ready_function>;
    static auto language = udf::lua::make_language(
        sandbox::instance().engine(), sandbox::instance().statistics(), sandbox::lua_limits());
    if (known.size() > functions_max) known.clear();
    auto& found = known[type->to_cql()];
    if (!found.code) {
        auto declared = define_function("f", {type}, type, schema::null_input::called, "return a0");
        declared->language = "lua";
        auto code = sandbox::instance().compile(*language, declared);
        require(code.ok(), "an identity compiles", code.ok() ? "" : code.error().message());
        found = {.declared = std::move(declared), .code = std::move(*code)};
    }
    return found;
}

std::string show(const types::type& type, const optional_bytes& value) {
    return value ? types::to_cql_literal(type, *value) + " 0x" + to_hex(*value) : "null";
}

// Elements of sets and keys of maps are keys of Lua's tables.
bool has_keys(const types::type& type) {
    if (type.kind() == types::type_kind::set || type.kind() == types::type_kind::map) return true;
    return std::ranges::any_of(type.parameters(), [](const auto& each) { return has_keys(*each); });
}

std::string show_all(const types::type& type, const data::column_vector& column,
                     std::span<const std::uint32_t> rows) {
    std::string all = type.to_cql();
    for (const auto& field : type.parameters()) all += " " + field->to_cql();
    for (const auto row : rows) all += "\n" + show(type, column.serialised(row));
    return all;
}

}  // namespace

// The interpreter is compiled for the first function; on a busy machine that takes seconds, which
// are not the first input's.
extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
    (void)identity_of(types::type::native(types::type_kind::bigint));
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input in(data, size);
    const auto type = draw_type(in);
    const auto& function = identity_of(type);
    const auto rows = in.below(20) + 1;
    std::vector<data::column_vector> columns{draw_column(in, type, rows)};
    const auto selected = draw_selection(in, rows);
    const auto out = sandbox::instance().call(*function.code, type, columns, selected);
    // What Lua can't say: its tables have no key that is not a number.
    if (!out.ok() && out.error().message().find("table index is NaN") != std::string::npos)
        return 0;
    require(out.ok(), "values come through Lua",
            out.ok() ? "" : out.error().message() + "\n" + show_all(*type, columns[0], selected));
    require(out->size() == selected.size(), "a result for each row", "");
    for (std::uint32_t i = 0; i < out->size(); ++i) {
        auto expected = columns[0].serialised(selected[i]);
        if (expected && expected->empty() && !has_empty_texts(*type)) expected.reset();
        const auto got = out->serialised(i);
        const bool may_lose_sign =
            has_keys(*type) && expected && show(*type, expected).find("-0.0") != std::string::npos;
        if (may_lose_sign) continue;
        require(got == expected, "values come back unchanged",
                type->to_cql() + ": " + show(*type, expected) + " became " + show(*type, got));
    }
    return 0;
}

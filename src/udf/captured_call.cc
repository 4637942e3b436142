#include "udf/captured_call.h"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/sha.h>
#include <utf8.h>

#include "base/byte_reader.h"
#include "types/value.h"

namespace nacre::udf {

namespace {

using types::type;
using types::type_kind;
using types::type_ptr;

constexpr std::string_view magic = "NACRECAP";
constexpr std::uint32_t format_version = 1;
constexpr std::uint32_t type_depth_max = 64;
constexpr std::int32_t null_size = -1;
constexpr std::uint32_t no_row = UINT32_MAX;

bytes digest_of(bytes_view data) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest.data());
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// ---- Writing ------------------------------------------------------------------------------------

void put_text(bytes& out, std::string_view text) {
    append_big_endian(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

void put_value(bytes& out, const optional_bytes& value) {
    append_big_endian(out, value ? static_cast<std::int32_t>(value->size()) : null_size);
    if (value) out.append(*value);
}

void put_type(bytes& out, const type& t) {
    out.push_back(static_cast<char>(t.kind()));
    const auto& parameters = t.parameters();
    if (t.kind() == type_kind::vector) append_big_endian(out, t.dimensions());
    if (t.kind() == type_kind::user) {
        put_text(out, t.keyspace());
        put_text(out, t.name());
    }
    append_big_endian(out, static_cast<std::uint16_t>(parameters.size()));
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (t.kind() == type_kind::user) put_text(out, t.field_names()[i]);
        put_type(out, *parameters[i]);
    }
}

void put_definition(bytes& out, const schema::function_definition& definition) {
    put_text(out, definition.keyspace);
    put_text(out, definition.name);
    put_text(out, definition.language);
    put_text(out, definition.source());
    out.push_back(definition.on_null == schema::null_input::called ? 1 : 0);
    out.push_back(definition.is_deterministic ? 1 : 0);
    append_big_endian(out, static_cast<std::uint16_t>(definition.argument_types.size()));
    for (std::size_t i = 0; i < definition.argument_types.size(); ++i) {
        put_text(out, definition.argument_names[i]);
        put_type(out, *definition.argument_types[i]);
    }
    put_type(out, *definition.return_type);
    append_big_endian(out, static_cast<std::uint16_t>(definition.options.size()));
    for (const auto& [name, value] : definition.options) {
        put_text(out, name);
        put_text(out, value);
    }
}

void put_column(bytes& out, const data::column_vector& column) {
    for (std::uint32_t row = 0; row < column.size(); ++row) put_value(out, column.serialised(row));
}

// ---- Reading ------------------------------------------------------------------------------------

error damaged(std::string_view what) {
    return invalid("the file is damaged: {}", what);
}

template <typename Integer>
result<Integer> take(byte_reader& in) {
    if (const auto number = in.take_big_endian<Integer>()) return *number;
    return damaged("it ends too early");
}

result<std::string> take_text(byte_reader& in) {
    NACRE_TRY(const auto size, take<std::uint32_t>(in));
    const auto text = in.take(size);
    if (!text) return damaged("it ends too early");
    if (!utf8::is_valid(text->begin(), text->end())) return damaged("a text that is no UTF-8");
    return std::string(*text);
}

result<std::chrono::system_clock::time_point> take_time(byte_reader& in) {
    using clock = std::chrono::system_clock;
    using std::chrono::microseconds;
    NACRE_TRY(const auto since_1970, take<std::int64_t>(in));
    constexpr auto first = std::chrono::ceil<microseconds>(clock::duration::min());
    constexpr auto last = std::chrono::floor<microseconds>(clock::duration::max());
    if (since_1970 < first.count() || since_1970 > last.count()) {
        return damaged("a time that no clock shows");
    }
    return clock::time_point(microseconds(since_1970));
}

result<optional_bytes> take_value(byte_reader& in, const type& t) {
    NACRE_TRY(const auto size, take<std::int32_t>(in));
    if (size == null_size) return optional_bytes();
    if (size < 0) return damaged("a value of negative size");
    const auto value = in.take(static_cast<std::uint32_t>(size));
    if (!value) return damaged("it ends too early");
    NACRE_CHECK(types::validate(t, *value));
    return optional_bytes(bytes(*value));
}

// As many parameters as a type of the kind has; none: as many as it likes, but one.
std::optional<std::size_t> parameter_count(type_kind kind) {
    switch (kind) {
        case type_kind::list:
        case type_kind::set:
        case type_kind::vector:
            return 1;
        case type_kind::map:
            return 2;
        case type_kind::tuple:
        case type_kind::user:
            return std::nullopt;
        default:
            return 0;
    }
}

type_ptr make_type(type_kind kind, std::vector<type_ptr> parameters, std::uint32_t dimensions) {
    switch (kind) {
        case type_kind::list:
            return type::list_of(parameters[0], true);
        case type_kind::set:
            return type::set_of(parameters[0], true);
        case type_kind::map:
            return type::map_of(parameters[0], parameters[1], true);
        case type_kind::vector:
            return type::vector_of(parameters[0], dimensions);
        case type_kind::tuple:
            return type::tuple_of(std::move(parameters));
        default:
            return type::native(kind);
    }
}

result<type_ptr> take_type(byte_reader& in, std::uint32_t depth = 0) {
    if (depth > type_depth_max) return damaged("a type is nested too deeply");
    NACRE_TRY(const auto code, take<std::uint8_t>(in));
    if (code > static_cast<std::uint8_t>(type_kind::vector)) return damaged("an unknown type");
    const auto kind = static_cast<type_kind>(code);
    std::uint32_t dimensions = 0;
    std::string keyspace;
    std::string name;
    if (kind == type_kind::vector) {
        NACRE_TRY(dimensions, take<std::uint32_t>(in));
        if (dimensions == 0) return damaged("a vector without dimensions");
    } else if (kind == type_kind::user) {
        NACRE_TRY(keyspace, take_text(in));
        NACRE_TRY(name, take_text(in));
    }
    NACRE_TRY(const auto count, take<std::uint16_t>(in));
    if (const auto wanted = parameter_count(kind); wanted ? count != *wanted : count == 0) {
        return damaged("a type with a wrong number of parameters");
    }
    std::vector<std::string> field_names;
    std::vector<type_ptr> parameters;
    for (std::uint16_t i = 0; i < count; ++i) {
        if (kind == type_kind::user) {
            NACRE_TRY(auto field, take_text(in));
            field_names.push_back(std::move(field));
        }
        NACRE_TRY(auto parameter, take_type(in, depth + 1));
        parameters.push_back(std::move(parameter));
    }
    if (kind == type_kind::user) {
        return type::user(std::move(keyspace), std::move(name), std::move(field_names),
                          std::move(parameters), true);
    }
    return make_type(kind, std::move(parameters), dimensions);
}

result<schema::function_ptr> take_definition(byte_reader& in) {
    schema::function_definition made;
    NACRE_TRY(made.keyspace, take_text(in));
    NACRE_TRY(made.name, take_text(in));
    NACRE_TRY(made.language, take_text(in));
    NACRE_TRY(made.body, take_text(in));
    NACRE_TRY(const auto is_called, take<std::uint8_t>(in));
    made.on_null = is_called != 0 ? schema::null_input::called : schema::null_input::returns_null;
    NACRE_TRY(const auto is_deterministic, take<std::uint8_t>(in));
    made.is_deterministic = is_deterministic != 0;
    NACRE_TRY(const auto argument_count, take<std::uint16_t>(in));
    for (std::uint16_t i = 0; i < argument_count; ++i) {
        NACRE_TRY(auto name, take_text(in));
        NACRE_TRY(auto argument, take_type(in));
        made.argument_names.push_back(std::move(name));
        made.argument_types.push_back(std::move(argument));
    }
    NACRE_TRY(made.return_type, take_type(in));
    NACRE_TRY(const auto option_count, take<std::uint16_t>(in));
    for (std::uint16_t i = 0; i < option_count; ++i) {
        NACRE_TRY(auto name, take_text(in));
        NACRE_TRY(made.options[name], take_text(in));
    }
    return std::make_shared<const schema::function_definition>(std::move(made));
}

result<function_limits> take_limits(byte_reader& in) {
    function_limits limits;
    NACRE_TRY(const auto count, take<std::uint16_t>(in));
    for (std::uint16_t i = 0; i < count; ++i) {
        NACRE_TRY(const auto name, take_text(in));
        NACRE_TRY(const auto value, take<std::uint64_t>(in));
        // Another version of the server may have had limits that this one has not.
        const auto* found = find_function_limit(name);
        if (found == nullptr) continue;
        if (value < found->floor || value > found->highest) return damaged("an impossible limit");
        limits.*found->member = static_cast<std::uint32_t>(value);
    }
    return limits;
}

result<data::column_vector> take_column(byte_reader& in, const type_ptr& t, std::uint32_t rows) {
    data::column_vector column(t);
    for (std::uint32_t row = 0; row < rows; ++row) {
        NACRE_TRY(const auto value, take_value(in, *t));
        column.append(value);
    }
    return column;
}

status take_batch(byte_reader& in, captured_call& made) {
    NACRE_TRY(const auto entry, take<std::uint8_t>(in));
    made.entry = static_cast<captured_entry>(entry);
    if (made.entry != captured_entry::call && made.entry != captured_entry::fold) {
        return damaged("neither a call nor a fold");
    }
    const auto& types = made.definition->argument_types;
    const bool is_fold = made.entry == captured_entry::fold;
    if (is_fold && types.empty()) return damaged("a fold without a state");
    if (is_fold && !types.front()->same_values(*made.definition->return_type)) {
        return damaged("a fold whose result is no state");
    }
    NACRE_TRY(made.batches_before, take<std::uint32_t>(in));
    if (is_fold) {
        NACRE_TRY(made.state, take_value(in, *types.front()));
    }
    NACRE_TRY(made.rows_of_batch, take<std::uint32_t>(in));
    NACRE_TRY(made.rows, take<std::uint32_t>(in));
    // Of a function without arguments the file's size is no bound.
    if (made.rows > captured_rows_max) return damaged("more rows than a batch has");
    NACRE_TRY(const auto failed_row, take<std::uint32_t>(in));
    if (failed_row != no_row) {
        if (failed_row >= made.rows) return damaged("a row that is not there");
        made.failed_row = failed_row;
    }
    for (std::size_t i = is_fold ? 1 : 0; i < types.size(); ++i) {
        NACRE_TRY(auto column, take_column(in, types[i], made.rows));
        made.arguments.push_back(std::move(column));
    }
    return {};
}

status take_outcome(byte_reader& in, captured_call& made) {
    auto& outcome = made.outcome;
    NACRE_TRY(const auto kind, take<std::uint8_t>(in));
    if (kind > failure_kind_names.size()) return damaged("an unknown outcome");
    if (kind != 0) outcome.failed_as = static_cast<failure_kind>(kind - 1);
    NACRE_TRY(outcome.message, take_text(in));
    NACRE_TRY(const auto cpu_ns, take<std::uint64_t>(in));
    NACRE_TRY(const auto wall_ns, take<std::uint64_t>(in));
    outcome.cpu = std::chrono::nanoseconds(cpu_ns);
    outcome.wall = std::chrono::nanoseconds(wall_ns);
    NACRE_TRY(const auto has_results, take<std::uint8_t>(in));
    if (has_results != 0) {
        NACRE_TRY(outcome.results, take_column(in, made.definition->return_type, made.rows));
    }
    return {};
}

}  // namespace

bytes encode(const captured_call& call) {
    bytes out(magic);
    append_big_endian(out, format_version);
    put_text(out, call.server_version);
    append_big_endian(
        out,
        static_cast<std::int64_t>(
            std::chrono::floor<std::chrono::microseconds>(call.time.time_since_epoch()).count()));
    put_definition(out, *call.definition);
    append_big_endian(out, static_cast<std::uint16_t>(function_limit_table.size()));
    for (const auto& limit : function_limit_table) {
        put_text(out, limit.name);
        append_big_endian(out, static_cast<std::uint64_t>(call.limits.*limit.member));
    }
    append_big_endian(out, call.world.realtime_ns);
    append_big_endian(out, call.world.seed);

    out.push_back(static_cast<char>(call.entry));
    append_big_endian(out, call.batches_before);
    if (call.entry == captured_entry::fold) put_value(out, call.state);
    append_big_endian(out, call.rows_of_batch);
    append_big_endian(out, call.rows);
    append_big_endian(out, call.failed_row.value_or(no_row));
    for (const auto& column : call.arguments) put_column(out, column);

    const auto& outcome = call.outcome;
    out.push_back(
        static_cast<char>(outcome.failed_as ? static_cast<int>(*outcome.failed_as) + 1 : 0));
    put_text(out, outcome.message);
    append_big_endian(out, static_cast<std::uint64_t>(outcome.cpu.count()));
    append_big_endian(out, static_cast<std::uint64_t>(outcome.wall.count()));
    out.push_back(outcome.results ? 1 : 0);
    if (outcome.results) put_column(out, *outcome.results);
    out += digest_of(out);
    return out;
}

result<captured_call> decode_captured_call(bytes_view file) {
    if (!file.starts_with(magic)) return invalid("it is not a captured call");
    byte_reader in(file.substr(magic.size()));
    NACRE_TRY(const auto version, take<std::uint32_t>(in));
    if (version != format_version) {
        return invalid("it has version {} of the format, only {} is known", version,
                       format_version);
    }
    if (in.remaining() < SHA256_DIGEST_LENGTH) return damaged("it ends too early");
    const auto content = file.substr(0, file.size() - SHA256_DIGEST_LENGTH);
    if (digest_of(content) != file.substr(content.size())) {
        return damaged("its checksum does not fit");
    }
    in = byte_reader(content.substr(magic.size() + sizeof(format_version)));

    captured_call made;
    NACRE_TRY(made.server_version, take_text(in));
    NACRE_TRY(made.time, take_time(in));
    NACRE_TRY(made.definition, take_definition(in));
    NACRE_TRY(made.limits, take_limits(in));
    NACRE_TRY(made.world.realtime_ns, take<std::uint64_t>(in));
    NACRE_TRY(made.world.seed, take<std::uint64_t>(in));
    NACRE_CHECK(take_batch(in, made));
    NACRE_CHECK(take_outcome(in, made));
    if (!in.at_end()) return damaged("something follows its end");
    return made;
}

}  // namespace nacre::udf

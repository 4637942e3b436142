#include "udf/batch_codec.h"

#include <algorithm>
#include <cstring>

#include "types/ordered_collection.h"
#include "types/value.h"

namespace nacre::udf {

namespace {

using types::physical_type;

constexpr std::uint64_t header_bytes = 8;
constexpr std::uint64_t descriptor_bytes = 16;

constexpr std::uint64_t align8(std::uint64_t size) {
    return (size + 7) & ~std::uint64_t{7};
}
constexpr std::uint64_t bitmap_bytes(std::uint64_t rows) {
    return align8((rows + 7) / 8);
}

std::uint64_t head_bytes(std::size_t argument_count) {
    return align8(header_bytes + descriptor_bytes * (argument_count + 1));
}

// Everything of a column but the bytes of serialised values.
std::uint64_t column_bytes(physical_type physical, std::uint64_t rows) {
    const auto width = data::column_vector::width_bytes(physical);
    const auto array = width != 0 ? width * rows : 4 * (rows + 1);
    return bitmap_bytes(rows) + align8(array);
}

bool are_neighbours(row_numbers rows) {
    return rows.back() - rows.front() + 1 == rows.size();
}

// Of all the rows together.
std::uint64_t serialised_bytes(argument_columns arguments, row_numbers rows) {
    std::uint64_t bytes = 0;
    for (const auto* column : arguments) {
        if (column->physical() != physical_type::serialised) continue;
        if (are_neighbours(rows)) {
            const auto offsets = column->offsets();
            bytes += offsets[rows.back() + 1] - offsets[rows.front()];
        } else {
            for (const auto row : rows) bytes += column->view(row).size();
        }
    }
    return bytes;
}

std::uint64_t serialised_bytes(argument_columns arguments, std::uint32_t row) {
    std::uint64_t bytes = 0;
    for (const auto* column : arguments) {
        if (column->physical() == physical_type::serialised) bytes += column->view(row).size();
    }
    return bytes;
}

std::uint64_t layout_bytes(argument_columns arguments, const types::type* result_type,
                           std::uint64_t rows, std::uint64_t serialised) {
    auto total = head_bytes(arguments.size());
    for (const auto* column : arguments) total += column_bytes(column->physical(), rows);
    if (result_type != nullptr) total += column_bytes(result_type->physical(), rows);
    // Each serialised column's bytes are aligned on their own.
    return total + align8(serialised) + 8 * arguments.size();
}

// Functions see empty values of natively kept types as nulls.
bool is_null_to_functions(const data::column_vector& column, std::uint32_t row) {
    return column.is_null(row) || column.is_empty_value(row);
}

// Places columns one after the other; all of it was measured before.
class column_writer {
  public:
    column_writer(std::span<char> room, std::uint32_t base, std::uint64_t at)
        : _room(room), _base(base), _at(at) {}

    struct descriptor {
        std::uint32_t validity = 0;
        std::uint32_t values = 0;
        std::uint32_t data = 0;
        std::uint32_t data_size = 0;
    };

    descriptor argument(const data::column_vector& column, row_numbers rows) {
        descriptor made;
        made.validity = validity(column, rows);
        const auto width = data::column_vector::width_bytes(column.physical());
        if (width != 0) {
            made.values = address();
            fixed(column, rows, width);
        } else {
            serialised(column, rows, made);
        }
        return made;
    }

    descriptor room_for(const types::type& type, std::uint32_t rows) {
        descriptor made;
        made.validity = address();
        std::memset(take(bitmap_bytes(rows)), 0, bitmap_bytes(rows));
        made.values = address();
        (void)take(column_bytes(type.physical(), rows) - bitmap_bytes(rows));
        return made;
    }

  private:
    [[nodiscard]] std::uint32_t address() const { return _base + static_cast<std::uint32_t>(_at); }
    char* take(std::uint64_t bytes) {
        auto* const here = _room.data() + _at;
        _at += align8(bytes);
        return here;
    }

    std::uint32_t validity(const data::column_vector& column, row_numbers rows) {
        if (column.null_count() == 0 && !column.has_empty_values()) return 0;
        const bool any_null = std::ranges::any_of(
            rows, [&](std::uint32_t row) { return is_null_to_functions(column, row); });
        if (!any_null) return 0;
        const auto where = address();
        auto* bitmap = take(bitmap_bytes(rows.size()));
        std::memset(bitmap, 0, bitmap_bytes(rows.size()));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (is_null_to_functions(column, rows[i])) continue;
            bitmap[i >> 3] = static_cast<char>(bitmap[i >> 3] | 1 << (i & 7));
        }
        return where;
    }

    void fixed(const data::column_vector& column, row_numbers rows, std::uint32_t width) {
        auto* out = take(std::uint64_t{width} * rows.size());
        const auto* in = column.fixed_bytes().data();
        if (are_neighbours(rows)) {
            std::memcpy(out, in + std::size_t{rows.front()} * width, rows.size() * width);
            return;
        }
        switch (width) {
            case 1:
                return gather<1>(out, in, rows);
            case 2:
                return gather<2>(out, in, rows);
            case 4:
                return gather<4>(out, in, rows);
            default:
                return gather<8>(out, in, rows);
        }
    }

    template <std::size_t Width>
    static void gather(char* out, const char* in, row_numbers rows) {
        for (const auto row : rows) {
            std::memcpy(out, in + row * Width, Width);
            out += Width;
        }
    }

    void serialised(const data::column_vector& column, row_numbers rows, descriptor& made) {
        made.values = address();
        auto* offsets = take(4 * (rows.size() + 1));
        made.data = address();
        auto* out = _room.data() + _at;
        if (are_neighbours(rows)) {
            made.data_size = neighbours(column, rows, offsets, out);
            (void)take(made.data_size);
            return;
        }
        std::uint32_t offset = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            std::memcpy(offsets + 4 * i, &offset, 4);
            const auto value = column.view(rows[i]);
            std::memcpy(out + offset, value.data(), value.size());
            offset += static_cast<std::uint32_t>(value.size());
        }
        std::memcpy(offsets + 4 * rows.size(), &offset, 4);
        made.data_size = offset;
        (void)take(offset);
    }

    // Rows that lie side by side in the column, so that their values do too.
    static std::uint32_t neighbours(const data::column_vector& column, row_numbers rows,
                                    char* offsets, char* out) {
        const auto in = column.offsets().subspan(rows.front(), rows.size() + 1);
        const auto first = in.front();
        for (std::size_t i = 0; i < in.size(); ++i) {
            const std::uint32_t offset = in[i] - first;
            std::memcpy(offsets + 4 * i, &offset, 4);
        }
        const auto size = in.back() - first;
        std::memcpy(out, column.blob().data() + first, size);
        return size;
    }

    std::span<char> _room;
    std::uint32_t _base;
    std::uint64_t _at;
};

// ---- Results ----------------------------------------------------------------------------------

error bad_result(std::string_view what) {
    return {error_code::function_failure, std::string(what)};
}

class validity_reader {
  public:
    explicit validity_reader(bytes_view bitmap) : _bitmap(bitmap) {}
    [[nodiscard]] bool has_no_nulls() const { return _bitmap.empty(); }
    [[nodiscard]] bool is_null(std::uint32_t row) const {
        return !_bitmap.empty() &&
               (static_cast<unsigned char>(_bitmap[row >> 3]) >> (row & 7) & 1) == 0;
    }

  private:
    bytes_view _bitmap;  ///< empty: no nulls
};

constexpr std::int64_t nanoseconds_per_day = 86'400'000'000'000;

template <typename Native>
status read_fixed(bytes_view values, std::uint32_t rows, const validity_reader& validity,
                  data::column_vector& result) {
    const auto kind = result.type()->kind();
    const bool every_bit_pattern_is_valid =
        kind != types::type_kind::boolean && kind != types::type_kind::time;
    if (validity.has_no_nulls() && every_bit_pattern_is_valid) {
        result.append_native_block(values);
        return {};
    }
    for (std::uint32_t row = 0; row < rows; ++row) {
        if (validity.is_null(row)) {
            result.append_null();
            continue;
        }
        Native value;
        std::memcpy(&value, values.data() + std::size_t{row} * sizeof(Native), sizeof(Native));
        if constexpr (sizeof(Native) == 1) {
            if (kind == types::type_kind::boolean) value = value != 0 ? 1 : 0;
        }
        if constexpr (std::is_same_v<Native, std::int64_t>) {
            if (kind == types::type_kind::time && (value < 0 || value >= nanoseconds_per_day)) {
                return bad_result(fmt::format("its result is not a valid time: {}", value));
            }
        }
        result.append_native(value);
    }
    return {};
}

bool is_ascii(bytes_view text) {
    char all = 0;
    for (const char c : text) all = static_cast<char>(all | c);
    return (all & 0x80) == 0;
}

// Whether any bytes from anywhere in `blob` are a valid value.
bool is_valid_everywhere(const types::type& type, bytes_view blob) {
    switch (type.kind()) {
        case types::type_kind::blob:
            return true;
        case types::type_kind::text:
        case types::type_kind::ascii:
            return is_ascii(blob);
        default:
            return false;
    }
}

status check_value(const types::type& type, bytes_view value) {
    const auto valid = types::validate(type, value);
    if (valid) return {};
    return bad_result(fmt::format("its result is not a valid {}: {}", type.to_cql_without_frozen(),
                                  valid.error().message()));
}

status read_serialised(const wasm::guest_memory& memory, std::uint32_t values, std::uint32_t data,
                       std::uint32_t data_size, std::uint32_t rows, const validity_reader& validity,
                       data::column_vector& result) {
    const auto raw_offsets = memory.view(values, std::uint64_t{4} * (std::uint64_t{rows} + 1));
    const auto blob = memory.view(data, data_size);
    if (!raw_offsets || !blob) return bad_result("its result column lies outside of its memory");
    std::vector<std::uint32_t> offsets(std::size_t{rows} + 1);
    std::memcpy(offsets.data(), raw_offsets->data(), raw_offsets->size());
    // Those of nulls too: else the same bytes could be the value of many rows.
    bool is_astray = offsets[rows] > data_size;
    for (std::uint32_t row = 0; row < rows; ++row) is_astray |= offsets[row] > offsets[row + 1];
    if (is_astray) return bad_result("the offsets of its result column are not ascending");
    const auto value_at = [&](std::uint32_t row) {
        return blob->substr(offsets[row], offsets[row + 1] - offsets[row]);
    };
    const auto& type = *result.type();
    const bool valid_everywhere = is_valid_everywhere(type, *blob);
    // Of sets and maps, in which guests may have theirs.
    const bool any_order = types::has_order(type);
    for (std::uint32_t row = 0; row < rows; ++row) {
        if (validity.is_null(row)) {
            result.append_null();
            continue;
        }
        if (!valid_everywhere) NACRE_CHECK(check_value(type, value_at(row)));
        if (any_order) {
            NACRE_TRY(const auto ordered, types::canonical(type, value_at(row)));
            result.append_serialised(ordered);
        } else {
            result.append_serialised(value_at(row));
        }
    }
    return {};
}

}  // namespace

batch_size measure_batch(argument_columns arguments, row_numbers rows,
                         const types::type* result_type, batch_limits limits) {
    batch_size size;
    std::uint64_t serialised = 0;
    const auto most =
        static_cast<std::uint32_t>(std::min<std::size_t>(rows.size(), limits.rows_max));
    // Mostly all of them fit.
    if (most != 0) serialised = serialised_bytes(arguments, rows.first(most));
    const auto whole = layout_bytes(arguments, result_type, most, serialised);
    if (whole <= limits.bytes_max) return {.rows = most, .total_bytes = whole};
    serialised = 0;
    while (size.rows < most) {
        const auto more = serialised + serialised_bytes(arguments, rows[size.rows]);
        const auto total = layout_bytes(arguments, result_type, size.rows + 1, more);
        if (size.rows != 0 && total > limits.bytes_max) break;
        serialised = more;
        size.total_bytes = total;
        ++size.rows;
    }
    return size;
}

status write_batch(const wasm::guest_memory& memory, std::uint32_t address,
                   argument_columns arguments, row_numbers rows, const types::type* result_type,
                   batch_size size) {
    const auto room = memory.writable(address, size.total_bytes);
    if (!room || address == 0 || address % 8 != 0) {
        return bad_result("its nacre_reserve returned a bad address");
    }
    column_writer writer(*room, address, head_bytes(arguments.size()));
    const auto put = [&](std::uint64_t at, const auto& what) {
        std::memcpy(room->data() + at, &what, sizeof(what));
    };
    put(0, static_cast<std::uint32_t>(rows.size()));
    put(4, static_cast<std::uint32_t>(arguments.size()));
    auto at = header_bytes;
    for (const auto* column : arguments) {
        put(at, writer.argument(*column, rows));
        at += descriptor_bytes;
    }
    put(at, result_type != nullptr
                ? writer.room_for(*result_type, static_cast<std::uint32_t>(rows.size()))
                : column_writer::descriptor());
    return {};
}

result<std::uint32_t> read_results(const wasm::guest_memory& memory, std::uint32_t address,
                                   std::uint32_t rows, data::column_vector& result) {
    const auto header = memory.view(address, header_bytes);
    if (!header) return bad_result("its batch lies outside of its memory");
    std::uint32_t done = 0;
    std::uint32_t argument_count = 0;
    std::memcpy(&done, header->data(), 4);
    std::memcpy(&argument_count, header->data() + 4, 4);
    if (done == 0 || done > rows)
        return bad_result("it says that it finished an odd number of rows");
    const auto raw =
        memory.view(address + header_bytes + descriptor_bytes * std::uint64_t{argument_count},
                    descriptor_bytes);
    if (!raw) return bad_result("its batch lies outside of its memory");
    column_writer::descriptor where;
    std::memcpy(&where, raw->data(), sizeof(where));

    bytes_view bitmap;
    if (where.validity != 0) {
        const auto found = memory.view(where.validity, (std::uint64_t{done} + 7) / 8);
        if (!found) return bad_result("its result column lies outside of its memory");
        bitmap = *found;
    }
    const validity_reader validity(bitmap);

    const auto physical = result.physical();
    if (physical == physical_type::serialised) {
        NACRE_CHECK(read_serialised(memory, where.values, where.data, where.data_size, done,
                                    validity, result));
        return done;
    }
    const auto values =
        memory.view(where.values, std::uint64_t{data::column_vector::width_bytes(physical)} * done);
    if (!values) return bad_result("its result column lies outside of its memory");
    switch (physical) {
        case physical_type::int8:
            NACRE_CHECK(read_fixed<std::int8_t>(*values, done, validity, result));
            break;
        case physical_type::int16:
            NACRE_CHECK(read_fixed<std::int16_t>(*values, done, validity, result));
            break;
        case physical_type::int32:
            NACRE_CHECK(read_fixed<std::int32_t>(*values, done, validity, result));
            break;
        case physical_type::float32:
            NACRE_CHECK(read_fixed<float>(*values, done, validity, result));
            break;
        case physical_type::float64:
            NACRE_CHECK(read_fixed<double>(*values, done, validity, result));
            break;
        default:
            NACRE_CHECK(read_fixed<std::int64_t>(*values, done, validity, result));
            break;
    }
    return done;
}

}  // namespace nacre::udf

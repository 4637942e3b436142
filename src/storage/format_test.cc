// Golden vectors of docs/internals/storage-format.md: a change that breaks one of these needs a new
// version.
#include <random>

#include <gtest/gtest.h>

#include "storage/key_codec.h"
#include "storage/mutation_codec.h"
#include "storage/ordered_value.h"
#include "storage/row_codec.h"
#include "types/value.h"

namespace nacre::storage {
namespace {

using types::type;
using types::type_kind;
using types::type_ptr;

const type_ptr& native(type_kind kind) {
    return type::native(kind);
}

bytes raw(std::string_view hex) {
    const auto decoded = from_hex(hex);
    EXPECT_TRUE(decoded.has_value()) << hex;
    return decoded.value_or(bytes());
}
bytes ordered(const type& t, bytes_view value, direction way = direction::ascending) {
    bytes out;
    append_ordered(out, t, value, way);
    return out;
}

struct golden {
    type_ptr t;
    std::string_view value;
    std::string_view expected;
};

std::vector<golden> golden_vectors() {
    using enum type_kind;
    const auto ints = type::list_of(native(int_), true);
    const auto counts = type::map_of(native(text), native(int_), true);
    const auto pair = type::tuple_of({native(int_), native(text)});
    return {
        {native(int_), "", "02"},
        {native(int_), "00000001", "0380000001"},
        {native(int_), "ffffffff", "037fffffff"},
        {native(tinyint), "80", "0300"},
        {native(smallint), "0102", "038102"},
        {native(bigint), "8000000000000000", "030000000000000000"},
        {native(timestamp), "0000018bcfe56800", "038000018bcfe56800"},
        {native(boolean), "01", "0301"},
        {native(date), "80004d00", "0380004d00"},
        {native(time), "00000000000003e8", "0300000000000003e8"},
        {native(float_), "3f800000", "03bf800000"},
        {native(float_), "bf800000", "03407fffff"},
        {native(float_), "80000000", "037fffffff"},
        {native(float_), "00000000", "0380000000"},
        {native(float_), "ffc12345", "03ffc00000"},
        {native(double_), "c000000000000000", "033fffffffffffffff"},
        {native(text), "61", "03610000"},
        {native(blob), "610062", "036100ff620000"},
        {native(blob), "00", "0300ff0000"},
        {native(inet), "7f000001", "037f00ff00ff010000"},
        {native(uuid), "0102030405064708890a0b0c0d0e0f10", "03040102030405064708890a0b0c0d0e0f10"},
        {native(uuid), "0102030405061708890a0b0c0d0e0f10", "03011708050601020304890a0b0c0d0e0f10"},
        {native(timeuuid), "0102030405061708890a0b0c0d0e0f10",
         "0397080506010203"
         "04098a8b8c8d8e8f90"},
        {native(varint), "00", "03020100"},
        {native(varint), "0080", "0302020080"},
        {native(varint), "80", "0301fe80"},
        {native(decimal), "0000000000", "0302"},
        {native(decimal), "000000010f",
         "03038000000000000001"
         "2000"},
        {native(decimal), "00000002ff85",
         "03017ffffffffffffffe"
         "e5c1ff"},
        {ints, "00000002000000040000000100000004ffffffff",
         "03038000000103"
         "7fffffff00"},
        {ints, "00000000", "0300"},
        {counts, "0000000100000001610000000400000001",
         "03036100000380000001"
         "00"},
        {pair, "ffffffff0000000161", "03010361000000"},
        {pair, "0000000400000001ffffffff", "03038000000100"},
    };
}

TEST(format, ordered_values) {
    for (const auto& each : golden_vectors()) {
        const auto name = each.t->to_cql() + " 0x" + std::string(each.value);
        EXPECT_EQ(to_hex(ordered(*each.t, raw(each.value))), each.expected) << name;
        bytes inverted = raw(each.expected);
        for (auto& c : inverted) c = static_cast<char>(~c);
        EXPECT_EQ(ordered(*each.t, raw(each.value), direction::descending), inverted) << name;
    }
}

bytes random_bytes(std::mt19937& random, std::size_t size) {
    // Few different bytes, so that values share beginnings and contain 00 and ff often.
    static constexpr std::string_view alphabet(
        "\x00\x01\x7f\x80\xff"
        "a",
        6);
    bytes out;
    for (std::size_t i = 0; i < size; ++i) out.push_back(alphabet[random() % alphabet.size()]);
    return out;
}

std::size_t size_of(const type& t) {
    switch (t.kind()) {
        case type_kind::tinyint:
            return 1;
        case type_kind::smallint:
            return 2;
        case type_kind::date:
            return 4;
        case type_kind::time:
            return 8;
        default:
            return t.fixed_size_bytes();
    }
}

bytes random_value(std::mt19937& random, const type& t) {
    using enum type_kind;
    if (const auto size = size_of(t); size != 0) {
        bytes value = random_bytes(random, size);
        if (t.kind() == boolean) value[0] = static_cast<char>(value[0] & 1);
        if (t.kind() == timeuuid) value[6] = static_cast<char>((value[6] & 0x0f) | 0x10);
        return value;
    }
    switch (t.kind()) {
        case text:
        case ascii:
            return bytes(random() % 4, 'a') + bytes(random() % 2, '\0');
        case inet:
            return random_bytes(random, random() % 2 == 0 ? 4 : 16);
        case varint:
            return random_bytes(random, 1 + random() % 4);
        case decimal:
            return to_big_endian(static_cast<std::int32_t>(random() % 7) - 3) +
                   random_bytes(random, 1 + random() % 3);
        case list:
        case set: {
            std::vector<optional_bytes> elements(random() % 4);
            for (auto& each : elements) each = random_value(random, *t.element());
            return types::join_list(elements);
        }
        case vector: {
            std::vector<bytes> elements(t.dimensions());
            for (auto& each : elements) each = random_value(random, *t.element());
            return types::join_vector(t, elements);
        }
        case map: {
            std::vector<std::pair<bytes, bytes>> entries(random() % 3);
            for (auto& each : entries) {
                each = {random_value(random, *t.key()), random_value(random, *t.mapped())};
            }
            return types::join_map(entries);
        }
        case tuple:
        case user: {
            std::vector<optional_bytes> fields(t.parameters().size());
            for (std::size_t i = 0; i < fields.size(); ++i) {
                if (random() % 3 != 0) fields[i] = random_value(random, *t.parameters()[i]);
            }
            return types::join_fields(fields);
        }
        default:
            return random_bytes(random, random() % 5);
    }
}

std::vector<type_ptr> key_types() {
    using enum type_kind;
    std::vector<type_ptr> all;
    for (const auto kind :
         {ascii, bigint, blob, boolean, date, decimal, double_, float_, inet, int_, smallint, text,
          time, timestamp, timeuuid, tinyint, uuid, varint}) {
        all.push_back(native(kind));
    }
    all.push_back(type::list_of(native(int_), true));
    all.push_back(type::list_of(native(text), true));
    all.push_back(type::set_of(native(varint), true));
    all.push_back(type::map_of(native(text), native(decimal), true));
    all.push_back(type::tuple_of({native(int_), native(text), native(double_)}));
    all.push_back(type::user("ks", "pair", {"a", "b"},
                             {native(blob), type::list_of(native(tinyint), true)}, true));
    all.push_back(type::vector_of(native(float_), 2));
    all.push_back(type::vector_of(native(text), 2));
    all.push_back(type::vector_of(native(varint), 1));
    return all;
}

int sign(std::strong_ordering order) {
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}
int sign(int n) {
    return n < 0 ? -1 : n > 0 ? 1 : 0;
}

TEST(format, ordered_values_sort_as_the_type_does_and_decode) {
    std::mt19937 random(7);
    for (const auto& t : key_types()) {
        for (int i = 0; i < 3000; ++i) {
            const bytes a = random() % 20 == 0 ? bytes() : random_value(random, *t);
            const bytes b = random() % 20 == 0 ? bytes() : random_value(random, *t);
            const auto name = t->to_cql() + " " + to_hex(a) + " " + to_hex(b);
            const int expected = sign(types::compare(*t, a, b));
            for (const auto way : {direction::ascending, direction::descending}) {
                const auto ordered_a = ordered(*t, a, way);
                const auto ordered_b = ordered(*t, b, way);
                const int found = sign(ordered_a.compare(ordered_b));
                ASSERT_EQ(found, way == direction::ascending ? expected : -expected) << name;
                if (found != 0) {
                    ASSERT_FALSE(ordered_a.starts_with(ordered_b)) << name;
                }
                const bytes stored = ordered_a + "rest";
                bytes_view in = stored;
                bytes decoded;
                ASSERT_TRUE(take_ordered(in, *t, way, decoded)) << name;
                ASSERT_EQ(in, "rest") << name;
                ASSERT_EQ(ordered(*t, decoded, way), ordered_a) << name;
                if (!has_spellings(*t)) {
                    ASSERT_EQ(decoded, a) << name;
                }
            }
        }
    }
}

TEST(format, damaged_ordered_values_are_refused) {
    std::mt19937 random(8);
    for (const auto& t : key_types()) {
        for (int i = 0; i < 300; ++i) {
            const auto whole = ordered(*t, random_value(random, *t));
            for (std::size_t size = 0; size < whole.size(); ++size) {
                bytes_view in = bytes_view(whole).substr(0, size);
                bytes decoded;
                ASSERT_FALSE(take_ordered(in, *t, direction::ascending, decoded))
                    << t->to_cql() << " " << to_hex(whole) << " cut to " << size;
            }
        }
    }
}

schema::table_ptr key_table() {
    std::vector<schema::column_definition> columns{
        {.name = "p", .type = native(type_kind::int_), .kind = schema::column_kind::partition_key},
        {.name = "q",
         .type = native(type_kind::text),
         .kind = schema::column_kind::partition_key,
         .position = 1},
        {.name = "c",
         .type = native(type_kind::text),
         .kind = schema::column_kind::clustering,
         .order = schema::clustering_order::ascending},
        {.name = "d",
         .type = native(type_kind::int_),
         .kind = schema::column_kind::clustering,
         .position = 1,
         .order = schema::clustering_order::descending},
        {.name = "v", .type = native(type_kind::int_), .id = 4}};
    return std::make_shared<schema::table>("ks", "t", uuid(), 0x01020304, 5, columns,
                                           schema::table_options());
}

TEST(format, keys) {
    const auto table = key_table();
    const data::partition_key key{raw("00000007"), "ab"};
    const auto prefix = partition_prefix(*table, key);
    const auto token = to_big_endian(
        static_cast<std::uint64_t>(data::token_of(data::serialise_partition_key(key)).value) ^
        (1ULL << 63));
    EXPECT_EQ(to_hex(prefix), "01020304" + to_hex(token) +
                                  "00ff0400ff00ff00ff0700ff"
                                  "00ff0261620"
                                  "0ff"
                                  "0000");
    EXPECT_EQ(partition_prefix_size(prefix + '\x04'), prefix.size());
    EXPECT_EQ(partition_prefix_size(prefix), 0u);
    bytes scratch;
    std::vector<bytes_view> decoded;
    ASSERT_TRUE(decode_partition(prefix, *table, scratch, decoded));
    EXPECT_EQ(data::partition_key(decoded.begin(), decoded.end()), key);

    bytes suffix;
    append_clustering(suffix, *table, {"x", raw("00000002")});
    EXPECT_EQ(to_hex(suffix),
              "03780000"
              "fc7ffffffd");

    data::clustering_range range{{{"x"}, false}, {{"x", raw("00000002")}, true}};
    const auto [from, to] = positions_of(*table, range);
    EXPECT_EQ(to_hex(from), "03780000ff");
    EXPECT_EQ(to_hex(to), "03780000fc7ffffffdff");
    bytes stored;
    append_positions(stored, {from, to});
    EXPECT_EQ(to_hex(stored),
              "037800ff00ffff0000"
              "03780000fc7ffffffdff");
    EXPECT_EQ(parse_positions(stored), position_range(from, to));
}

TEST(format, rows) {
    data::row row;
    row.marker = {.write_timestamp_us = 0x0006'0000'0000'0000};
    row.cells = {
        {.column_id = 4, .value = raw("00000005"), .write_timestamp_us = 0x0006'0000'0000'0000}};
    bytes encoded;
    encode_row(data::view_of(row), encoded);
    EXPECT_EQ(to_hex(encoded),
              "01"
              "0006000000000000"
              "0401"
              "0400000005");

    // base / 1000000 = 1000; 150 cells' id takes two bytes.
    data::row full;
    full.marker = {.write_timestamp_us = 1'000'000'001, .ttl_seconds = 300, .expires_at = 1300};
    full.deletion = {999'999'999, 1001};
    full.complex_deletions = {{2, {1'000'000'000, 999}}};
    full.cells = {{.column_id = 1,
                   .value = std::nullopt,
                   .write_timestamp_us = 1'000'000'001,
                   .expires_or_deleted_at = 1000},
                  {.column_id = 2, .path = "k", .value = "v", .write_timestamp_us = 1'000'000'002},
                  {.column_id = 150,
                   .value = "",
                   .write_timestamp_us = 1'000'000'001,
                   .ttl_seconds = 1,
                   .expires_or_deleted_at = 1001}};
    auto view = data::view_of(full);
    view.spelling = "s";
    encoded.clear();
    encode_row(view, encoded);
    EXPECT_EQ(to_hex(encoded),
              "1f"
              "000000003b9aca01"  // header, base
              "ac02"
              "d804"  // ttl, expires_at
              "03"
              "02"  // deletion
              "01"
              "02"
              "01"
              "01"  // complex
              "01"
              "73"  // spelling
              "01"
              "00"
              "00"  // cell tombstone
              "02"
              "0d"
              "02"
              "016b"
              "0176"
              "9601"
              "03"
              "01"
              "02"
              "00");
    data::row_view parsed;
    ASSERT_TRUE(parse_row(encoded, parsed));
    EXPECT_EQ(data::to_row(parsed), data::to_row(view));
    EXPECT_EQ(parsed.spelling, "s");
}

TEST(format, damaged_rows_are_refused) {
    data::row row;
    row.deletion = {5, 1};
    row.cells = {
        {.column_id = 200, .path = "p", .value = bytes(300, 'x'), .write_timestamp_us = 9}};
    bytes encoded;
    encode_row(data::view_of(row), encoded);
    data::row_view parsed;
    ASSERT_TRUE(parse_row(encoded, parsed));
    for (std::size_t size = 0; size < encoded.size(); ++size) {
        // Cut right after what precedes the cells, it is a row without cells.
        if (size == 11) continue;
        EXPECT_FALSE(parse_row(bytes_view(encoded).substr(0, size), parsed)) << size;
    }
    encoded[0] = static_cast<char>(encoded[0] | 0x40);
    EXPECT_FALSE(parse_row(encoded, parsed)) << "a later version of the encoding";
}

TEST(format, extreme_times_survive) {
    for (const std::int64_t at :
         {std::int64_t{1} - INT64_MAX, std::int64_t{-1}, std::int64_t{0}, INT64_MAX}) {
        data::row row;
        row.marker = {.write_timestamp_us = at, .ttl_seconds = INT32_MAX, .expires_at = INT32_MAX};
        row.cells = {{.column_id = 1,
                      .value = std::nullopt,
                      .write_timestamp_us = INT64_MAX,
                      .expires_or_deleted_at = INT32_MIN},
                     {.column_id = 2, .value = "x", .write_timestamp_us = 1 - INT64_MAX}};
        bytes encoded;
        encode_row(data::view_of(row), encoded);
        data::row_view parsed;
        ASSERT_TRUE(parse_row(encoded, parsed));
        EXPECT_EQ(data::to_row(parsed), row);
    }
}

TEST(format, merging_many_states_equals_merging_one_by_one) {
    std::vector<bytes> states;
    for (std::uint32_t i = 0; i < 17; ++i) {
        data::row row;
        row.cells = {{.column_id = 1 + i % 5,
                      .value = bytes(1, static_cast<char>('a' + i)),
                      .write_timestamp_us = i % 3}};
        if (i == 9) row.deletion = {0, 7};
        encode_row(data::view_of(row), states.emplace_back());
    }
    bytes one_by_one = states.front();
    for (const auto& each : states) {
        const bytes_view both[] = {one_by_one, each};
        bytes merged;
        ASSERT_TRUE(merge_rows(both, both + 2, merged));
        one_by_one = merged;
    }
    const std::vector<bytes_view> all(states.begin(), states.end());
    bytes at_once;
    ASSERT_TRUE(merge_rows(all.data(), all.data() + all.size(), at_once));
    EXPECT_EQ(to_hex(at_once), to_hex(one_by_one));
}

}  // namespace
}  // namespace nacre::storage

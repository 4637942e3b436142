#include "protocol/response.h"

#include <gtest/gtest.h>

#include "protocol/error_message.h"
#include "protocol/frame_reader.h"
#include "protocol/frame_writer.h"
#include "protocol/type_option.h"

namespace nacre::protocol {
namespace {

using types::type;
using types::type_kind;
using types::type_ptr;

constexpr version all_versions[] = {version::v3, version::v4, version::v5};

bytes encoded(version v, message m) {
    frame_writer writer(direction::response);
    writer.use_version(v);
    m.stream = m.stream == 0 ? std::int16_t{3} : m.stream;
    writer.add(std::move(m));
    bytes out;
    for (const auto slice : writer.finish()) out.append(slice);
    return out;
}

response decoded(bytes_view raw) {
    frame_reader reader(direction::response);
    reader.append(raw);
    auto next = reader.next();
    EXPECT_TRUE(next && *next);
    auto r = decode_response(**next);
    EXPECT_TRUE(r) << r.error().message();
    return std::move(*r);
}

template <typename Body>
Body round_trip(version v, message m) {
    return std::get<Body>(decoded(encoded(v, std::move(m))).body);
}

const type_ptr& native(type_kind kind) {
    return type::native(kind);
}

/// One column of every shape of type.
struct every_type {
    std::vector<type_ptr> types{
        native(type_kind::int_),
        native(type_kind::text),
        native(type_kind::date),
        native(type_kind::duration),
        type::list_of(native(type_kind::smallint)),
        type::set_of(native(type_kind::uuid)),
        type::map_of(native(type_kind::text), type::list_of(native(type_kind::int_), true)),
        type::tuple_of({native(type_kind::int_), native(type_kind::time)}),
        type::user("ks", "point", {"x", "y"},
                   {native(type_kind::double_), native(type_kind::tinyint)}),
        type::vector_of(native(type_kind::float_), 3)};
    std::vector<std::string> names;
    std::vector<column_view> columns;

    every_type() {
        for (std::size_t i = 0; i < types.size(); ++i) names.push_back(fmt::format("c{}", i));
        for (std::size_t i = 0; i < types.size(); ++i) {
            columns.push_back({"ks", "t", names[i], types[i].get()});
        }
    }
};

// The bytes in this test were read by the Python driver, which found what it should.
TEST(response, golden_rows) {
    const every_type all;
    rows_head head{all.columns};
    head.paging_state = "state";
    bytes content;
    for (std::size_t i = 0; i < all.types.size(); ++i) append_bytes(content, std::nullopt);
    auto v3 = rows_message(version::v3, head, 1, content);
    add_warnings(version::v3, v3, {"careful"});
    EXPECT_EQ(
        to_hex(encoded(version::v3, std::move(v3))),
        "8300000308000001e300000002000000030000000a00000005737461746500026b730001740002633000090002"
        "63"
        "31000d000263320000002e6f72672e6170616368652e63617373616e6472612e64622e6d61727368616c2e5369"
        "6d"
        "706c654461746554797065000263330000002c6f72672e6170616368652e63617373616e6472612e64622e6d61"
        "72"
        "7368616c2e4475726174696f6e54797065000263340020000000296f72672e6170616368652e63617373616e64"
        "72"
        "612e64622e6d61727368616c2e53686f727454797065000263350022000c000263360021000d00200009000263"
        "37"
        "003100020009000000286f72672e6170616368652e63617373616e6472612e64622e6d61727368616c2e54696d"
        "65"
        "5479706500026338003000026b730005706f696e7400020001780007000179000000286f72672e61706163686"
        "52e63617373616e6472612e64622e6d61727368616c2e427974655479706500026339000000596f72672e61706"
        "16"
        "368652e63617373616e6472612e64622e6d61727368616c2e566563746f7254797065286f72672e61706163686"
        "52"
        "e63617373616e6472612e64622e6d61727368616c2e466c6f617454797065202c20332900000001fffffffffff"
        "fff"
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
    auto v5 = rows_message(version::v5, head, 1, content);
    add_warnings(version::v5, v5, {"careful"});
    EXPECT_EQ(to_hex(encoded(version::v5, std::move(v5))),
              "850800030800000111000100076361726566756c00000002000000030000000a00000005737461746500"
              "026b7300"
              "017400026330000900026331000d0002633200110002633300150002633400200013000263350022000c"
              "000263360"
              "021000d0020000900026337003100020009001200026338003000026b730005706f696e7400020001780"
              "0070001"
              "79001400026339000000596f72672e6170616368652e63617373616e6472612e64622e6d61727368616c"
              "2e566563"
              "746f7254797065286f72672e6170616368652e63617373616e6472612e64622e6d61727368616c2e466c"
              "6f617454"
              "797065202c20332900000001ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
              "fffffffff"
              "fffffffffff");
}

TEST(response, golden_errors) {
    const timeout_fields counts{1, 0, 1, true, "SIMPLE", 0, {{bytes("\x7f\0\0\1", 4), 1}}};
    const std::tuple<version, error, std::string_view> cases[] = {
        {version::v3, invalid("bad"), "830000030000000009000022000003626164"},
        {version::v3,
         {error_code::function_failure, "ff", function_failure_fields{"ks", "f", {}}},
         "8300000300000000080000220000026666"},
        {version::v5,
         {error_code::function_failure, "ff", function_failure_fields{"ks", "f", {"int"}}},
         "850000030000000016000014000002666600026b7300016600010003696e74"},
        {version::v5,
         {error_code::already_exists, "ae", already_exists_fields{"ks", "t"}},
         "85000003000000000f000024000002616500026b73000174"},
        {version::v5,
         {error_code::unprepared, "up", unprepared_fields{"\xca\xfe"}},
         "85000003000000000c00002500000275700002cafe"},
        {version::v5,
         {error_code::unavailable, "to", counts},
         "850000030000000012000010000002746f00010000000100000000"},
        {version::v5,
         {error_code::read_timeout, "to", counts},
         "850000030000000013000012000002746f0001000000000000000101"},
        {version::v5,
         {error_code::write_timeout, "to", counts},
         "85000003000000001a000011000002746f00010000000000000001000653494d504c45"},
        {version::v3,
         {error_code::read_failure, "to", counts},
         "830000030000000013000012000002746f0001000000000000000101"},
        {version::v5,
         {error_code::read_failure, "to", counts},
         "85000003000000001e000013000002746f0001000000000000000100000001047f000001000101"},
        {version::v5,
         {error_code::write_failure, "to", counts},
         "850000030000000025000015000002746f0001000000000000000100000001047f0000010001000653494d504"
         "c"
         "45"},
    };
    for (const auto& [v, failure, hex] : cases) {
        EXPECT_EQ(to_hex(encoded(v, error_message(v, failure))), hex);
    }
}

TEST(response, golden_metadata_of_rows_and_prepared) {
    const auto& int_type = *native(type_kind::int_);
    const auto& text_type = *native(type_kind::text);
    const std::vector<column_view> mixed{{"ks", "t", "a", &int_type}, {"ks", "u", "b", &text_type}};
    rows_head head{mixed};
    head.skip_metadata = true;
    bytes content;
    append_bytes(content, bytes("\0\0\0\7", 4));
    append_bytes(content, bytes("hi"));
    EXPECT_EQ(to_hex(encoded(version::v3, rows_message(version::v3, head, 1, content))),
              "83000003080000001e000000020000000400000002000000010000000400000007000000026869");
    head.new_metadata_id = "newid";
    EXPECT_EQ(
        to_hex(encoded(version::v5, rows_message(version::v5, head, 1, content))),
        "85000003080000003d00000002000000080000000200056e6577696400026b73000174000161000900026b"
        "73000175000162000d000000010000000400000007000000026869");

    const std::vector<column_view> columns{{"ks", "t", "c0", &int_type},
                                           {"ks", "t", "c1", &text_type}};
    const std::uint16_t key[] = {0};
    const prepared_head prepared{"id", "meta", columns, key, std::span(columns).subspan(0, 1)};
    EXPECT_EQ(
        to_hex(encoded(version::v3, prepared_message(version::v3, prepared))),
        "8300000308000000380000000400026964000000010000000200026b7300017400026330000900026331000d"
        "000000010000000100026b73000174000263300009");
    EXPECT_EQ(
        to_hex(encoded(version::v5, prepared_message(version::v5, prepared))),
        "850000030800000044000000040002696400046d657461000000010000000200000001000000026b73000174"
        "00026330000900026331000d000000010000000100026b73000174000263300009");
}

TEST(response, rows_round_trip) {
    const every_type all;
    for (const auto v : all_versions) {
        rows_head head{all.columns};
        head.paging_state = "p";
        auto m = rows_message(v, head, 7, "content");
        add_warnings(v, m, {"one", "two"});
        const auto id = uuid::random();
        add_tracing_id(m, id);
        const auto r = decoded(encoded(v, std::move(m)));
        EXPECT_EQ(r.warnings.size(), v == version::v3 ? 0u : 2u);
        EXPECT_EQ(r.tracing_id, id);
        const auto& rows = std::get<rows_response>(r.body);
        EXPECT_EQ(rows.row_count, 7);
        EXPECT_EQ(rows.content, "content");
        EXPECT_EQ(rows.metadata.paging_state, "p");
        ASSERT_EQ(rows.metadata.columns.size(), all.types.size());
        for (std::size_t i = 0; i < all.types.size(); ++i) {
            EXPECT_EQ(rows.metadata.columns[i].name, all.names[i]);
            EXPECT_TRUE(rows.metadata.columns[i].type->same_values(*all.types[i])) << i;
        }
    }
}

TEST(response, rows_without_metadata) {
    const every_type all;
    rows_head head{all.columns};
    head.skip_metadata = true;
    const auto rows =
        round_trip<rows_response>(version::v5, rows_message(version::v5, head, 0, {}));
    EXPECT_TRUE(rows.metadata.columns.empty());
    EXPECT_EQ(rows.metadata.column_count, 10);
    // A client with stale metadata is told the new one although it asked not to be.
    head.new_metadata_id = "id";
    const auto changed =
        round_trip<rows_response>(version::v5, rows_message(version::v5, head, 0, {}));
    EXPECT_EQ(changed.metadata.columns.size(), 10u);
    EXPECT_EQ(changed.metadata.new_metadata_id, "id");
}

TEST(response, prepared_round_trips) {
    const every_type all;
    const std::uint16_t key[] = {1, 0};
    for (const auto v : all_versions) {
        const auto prepared = round_trip<prepared_response>(
            v, prepared_message(v, {"id", "meta", all.columns, key, all.columns}));
        EXPECT_EQ(prepared.id, "id");
        EXPECT_EQ(prepared.result_metadata_id, v == version::v5 ? "meta" : "");
        EXPECT_EQ(prepared.markers.size(), 10u);
        EXPECT_EQ(prepared.metadata.columns.size(), 10u);
        EXPECT_EQ(prepared.partition_key_indices.size(), v == version::v3 ? 0u : 2u);
        const auto none =
            round_trip<prepared_response>(v, prepared_message(v, {"id", "meta", {}, {}, {}}));
        EXPECT_TRUE(none.markers.empty());
        EXPECT_EQ(none.metadata.column_count, 0);
    }
}

TEST(response, schema_changes_and_events) {
    const schema_change function{"CREATED", "FUNCTION", "ks", "f", {"int", "text"}};
    EXPECT_EQ(round_trip<schema_change>(version::v4, schema_change_message(version::v4, function)),
              function);
    EXPECT_EQ(round_trip<schema_change>(version::v3, schema_change_message(version::v3, function)),
              (schema_change{"UPDATED", "KEYSPACE", "ks", "", {}}));
    const schema_change keyspace{"DROPPED", "KEYSPACE", "ks", "", {}};
    const auto raw = encoded(version::v5, event_message(version::v5, keyspace));
    EXPECT_EQ(raw.substr(2, 2), "\xff\xff");
    EXPECT_EQ(std::get<schema_change>(std::get<event>(decoded(raw).body)), keyspace);

    const status_change up{"UP", bytes("\x7f\0\0\1", 4), 9042};
    const auto status =
        std::get<status_change>(round_trip<event>(version::v5, event_message(version::v5, up)));
    EXPECT_EQ(status.address, up.address);
    EXPECT_EQ(status.port, 9042);
    const topology_change added{"NEW_NODE", bytes(16, '\1'), 9042};
    EXPECT_EQ(
        std::get<topology_change>(round_trip<event>(version::v5, event_message(version::v5, added)))
            .address.size(),
        16u);
}

TEST(response, the_rest_round_trips) {
    round_trip<ready_response>(version::v4, ready_message());
    round_trip<void_response>(version::v4, void_message());
    EXPECT_EQ(round_trip<set_keyspace_response>(version::v4, set_keyspace_message("ks")).keyspace,
              "ks");
    EXPECT_EQ(
        round_trip<authenticate_response>(version::v4, authenticate_message("a.B")).authenticator,
        "a.B");
    EXPECT_FALSE(round_trip<auth_success_response>(version::v4, auth_success_message()).token);
    const string_multimap options{{"COMPRESSION", {"snappy", "lz4"}}};
    EXPECT_EQ(round_trip<supported_response>(version::v4, supported_message(options)).options,
              options);
}

TEST(response, error_fields_round_trip) {
    const error failure(error_code::function_failure, "execution failed",
                        function_failure_fields{"ks", "f", {"int", "frozen<list<text>>"}});
    const auto again = round_trip<error>(version::v4, error_message(version::v4, failure));
    EXPECT_EQ(again.code(), error_code::function_failure);
    EXPECT_EQ(again.message(), "execution failed");
    EXPECT_EQ(std::get<function_failure_fields>(again.fields()).argument_types.size(), 2u);
    const timeout_fields cas{9, 1, 2, false, "CAS", 5, {}};
    const auto timeout = round_trip<error>(
        version::v5, error_message(version::v5, {error_code::write_timeout, "late", cas}));
    EXPECT_EQ(std::get<timeout_fields>(timeout.fields()).contentions, 5);
}

TEST(response, long_messages_are_cut_at_a_character) {
    std::string text;
    while (text.size() < 70000) text += "\xc3\xa9";
    const auto again =
        round_trip<error>(version::v4, error_message(version::v4, invalid("{}", text)));
    EXPECT_EQ(again.message().size(), 65534u);
}

TEST(response, every_cut_is_a_protocol_error) {
    const every_type all;
    auto raw = encoded(version::v5,
                       prepared_message(version::v5, {"id", "m", all.columns, {}, all.columns}));
    frame whole{{version::v5, direction::response, 0, 1, opcode::result, 0}, raw.substr(9)};
    for (std::size_t size = 0; size < whole.body.size(); ++size) {
        EXPECT_FALSE(decode_response({whole.header, whole.body.substr(0, size)})) << size;
    }
}

TEST(type_option, class_names) {
    const auto nested =
        type::map_of(native(type_kind::text),
                     type::freeze(type::list_of(type::tuple_of({native(type_kind::int_)}))));
    const std::string p = "org.apache.cassandra.db.marshal.";
    EXPECT_EQ(to_class_name(*nested), p + "MapType(" + p + "UTF8Type," + p + "FrozenType(" + p +
                                          "ListType(" + p + "TupleType(" + p + "Int32Type))))");
    for (const auto& each : every_type().types) {
        const auto again = from_class_name(to_class_name(*each));
        ASSERT_TRUE(again) << again.error().message();
        EXPECT_TRUE((*again)->same_values(*each));
    }
    for (const std::string_view bad :
         {"", "NoSuchType", "ListType", "ListType(", "ListType()", "ListType(Int32Type",
          "ListType(Int32Type))", "MapType(Int32Type)", "VectorType(FloatType)",
          "VectorType(FloatType,x)", "UserType(ks,zz)", "UserType(ks,6b,6b)"}) {
        EXPECT_FALSE(from_class_name(bad)) << bad;
    }
}

TEST(type_option, depth_is_limited) {
    bytes deep;
    for (int i = 0; i < 100000; ++i) append_big_endian(deep, std::uint16_t{0x20});
    wire_reader in(deep);
    EXPECT_EQ(take_type(in), nullptr);
    EXPECT_TRUE(in.failed());
    std::string name;
    for (int i = 0; i < 100000; ++i) name += "ListType(";
    EXPECT_FALSE(from_class_name(name));
}

}  // namespace
}  // namespace nacre::protocol

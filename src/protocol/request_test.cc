#include "protocol/request.h"

#include <gtest/gtest.h>

#include "protocol/frame_reader.h"
#include "protocol/frame_writer.h"

namespace nacre::protocol {
namespace {

// The bytes in this file were written by the Python driver (cassandra-driver 3.30).

frame frame_of(std::string_view hex) {
    frame_reader reader(direction::request);
    reader.append(*from_hex(hex));
    auto next = reader.next();
    EXPECT_TRUE(next && *next);
    return std::move(**next);
}

template <typename Request>
Request decoded(std::string_view hex) {
    auto r = decode_request(frame_of(hex));
    EXPECT_TRUE(r) << r.error().message();
    return std::get<Request>(std::move(*r));
}

bytes encoded(version v, std::int16_t stream, const request& r) {
    frame_writer writer(direction::request);
    writer.use_version(v);
    auto m = encode_request(v, r);
    m.stream = stream;
    writer.add(std::move(m));
    bytes out;
    for (const auto slice : writer.finish()) out.append(slice);
    return to_hex(out);
}

value of(bytes data) {
    return {value::kind::value, std::move(data)};
}

TEST(request, startup) {
    const auto hex =
        "0400000101000000280002000b434f4d5052455353494f4e00036c7a34000b43514c5f56455253494f4e000533"
        "2e342e37";
    const auto startup = decoded<startup_request>(hex);
    EXPECT_EQ(startup.options, (string_map{{"COMPRESSION", "lz4"}, {"CQL_VERSION", "3.4.7"}}));
    EXPECT_EQ(encoded(version::v4, 1, startup), hex);
}

TEST(request, options_and_register) {
    decoded<options_request>("050000000500000000");
    EXPECT_EQ(encoded(version::v5, 0, options_request{}), "050000000500000000");
    const auto hex =
        "040000010b000000200002000d534348454d415f4348414e4745000d5354415455535f4348414e4745";
    const auto registered = decoded<register_request>(hex);
    EXPECT_EQ(registered.event_types, (std::vector<std::string>{"SCHEMA_CHANGE", "STATUS_CHANGE"}));
    EXPECT_EQ(encoded(version::v4, 1, registered), hex);
}

TEST(request, query_in_every_version) {
    const std::string text = "0000001b53454c454354202a2046524f4d2074205748455245206b203d203f";
    const std::string rest = "00000064000000020102000900000000075bcd15";
    const std::pair<version, std::string> cases[] = {
        {version::v3, "030000010700000036" + text + "00043c" + rest},
        {version::v4, "040000010700000036" + text + "00043c" + rest},
        {version::v5, "05000001070000003d" + text + "0004000000bc" + rest + "00026b73"},
    };
    for (const auto& [v, hex] : cases) {
        const auto query = decoded<query_request>(hex);
        EXPECT_EQ(query.text, "SELECT * FROM t WHERE k = ?");
        EXPECT_EQ(query.parameters.consistency, 4);
        EXPECT_EQ(query.parameters.serial_consistency, 9);
        EXPECT_EQ(query.parameters.page_size, 100);
        EXPECT_EQ(query.parameters.paging_state, bytes("\x01\x02"));
        EXPECT_EQ(query.parameters.default_timestamp_us, 123456789);
        EXPECT_EQ(query.parameters.keyspace.value_or(""), v == version::v5 ? "ks" : "");
        EXPECT_EQ(encoded(v, 1, query), hex);
    }
}

TEST(request, execute_tells_null_from_unset) {
    const std::pair<version, std::string> cases[] = {
        {version::v3,
         "0300012c0a000000200002cafe000125000200000003616263ffffffff000013880000000000000007"},
        {version::v4,
         "0400012c0a000000240002cafe000125000300000003616263fffffffffffffffe000013880000000000000"
         "007"},
        {version::v5,
         "0500012c0a0000002b0002cafe00021122000100000025000300000003616263fffffffffffffffe0000138"
         "80000000000000007"},
    };
    for (const auto& [v, hex] : cases) {
        const auto execute = decoded<execute_request>(hex);
        EXPECT_EQ(execute.id, "\xca\xfe");
        EXPECT_EQ(execute.result_metadata_id, v == version::v5 ? "\x11\x22" : "");
        std::vector<value> values{of("abc"), {value::kind::null, {}}};
        if (v >= version::v4) values.push_back({value::kind::unset, {}});
        EXPECT_EQ(execute.parameters.values, values);
        EXPECT_EQ(execute.parameters.page_size, 5000);
        EXPECT_EQ(encoded(v, 300, execute), hex);
    }
}

TEST(request, prepare) {
    const std::string text = "0000001c494e5345525420494e544f207420286b292056414c55455320283f29";
    const auto v4 = "040000010900000020" + text;
    EXPECT_FALSE(decoded<prepare_request>(v4).keyspace);
    EXPECT_EQ(encoded(version::v4, 1, decoded<prepare_request>(v4)), v4);
    const auto v5 = "050000010900000028" + text + "0000000100026b73";
    EXPECT_EQ(decoded<prepare_request>(v5).keyspace, "ks");
    EXPECT_EQ(encoded(version::v5, 1, decoded<prepare_request>(v5)), v5);
}

TEST(request, batch) {
    const std::string entries =
        "010002000000001c494e5345525420494e544f207420286b292056414c554553202831290000010002cafe0002"
        "0000000400000001ffffffff0001";
    const std::pair<version, std::string> cases[] = {
        {version::v3, "030000010d00000044" + entries + "200000000000000063"},
        {version::v5, "050000010d00000047" + entries + "000000200000000000000063"},
    };
    for (const auto& [v, hex] : cases) {
        const auto batch = decoded<batch_request>(hex);
        EXPECT_EQ(batch.type, batch_type::unlogged);
        ASSERT_EQ(batch.entries.size(), 2u);
        EXPECT_EQ(batch.entries[0].what, batch_request::entry::kind::text);
        EXPECT_EQ(batch.entries[0].statement, "INSERT INTO t (k) VALUES (1)");
        EXPECT_EQ(batch.entries[1].statement, "\xca\xfe");
        EXPECT_EQ(batch.entries[1].values,
                  (std::vector<value>{of(bytes("\0\0\0\1", 4)), {value::kind::null, {}}}));
        EXPECT_EQ(batch.parameters.default_timestamp_us, 99);
        EXPECT_EQ(encoded(v, 1, batch), hex);
    }
}

TEST(request, value_names_and_now_in_seconds) {
    query_request query{"SELECT ?", {}};
    query.parameters.values = {of("x"), of("")};
    query.parameters.value_names = {"first", "second"};
    query.parameters.now_seconds = 17;
    query.parameters.skip_metadata = true;
    for (const auto v : {version::v3, version::v4, version::v5}) {
        auto expected = query.parameters;
        if (v < version::v5) expected.now_seconds.reset();
        const auto again = decoded<query_request>(encoded(v, 2, query));
        EXPECT_EQ(again.parameters, expected);
    }
}

TEST(request, custom_payload_is_skipped) {
    frame whole = frame_of("050000000500000000");
    whole.header.flags = frame_flag::custom_payload;
    whole.body = *from_hex(
        "0001"
        "0001"
        "6b"
        "00000002"
        "cafe");
    EXPECT_TRUE(decode_request(whole));
}

TEST(request, every_wrong_length_is_a_protocol_error) {
    for (
        const std::string_view hex :
        {"05000001070000003d0000001b53454c454354202a2046524f4d2074205748455245206b203d203f000400000"
         "0bc00000064000000020102000900000000075bcd1500026b73",
         "0500012c0a0000002b0002cafe00021122000100000025000300000003616263fffffffffffffffe000013880"
         "000000000000007",
         "050000010d00000047010002000000001c494e5345525420494e544f207420286b292056414c5545532028312"
         "90000010002cafe00020000000400000001ffffffff0001000000200000000000000063"}) {
        const auto whole = frame_of(hex);
        for (std::size_t size = 0; size < whole.body.size(); ++size) {
            const auto r = decode_request({whole.header, whole.body.substr(0, size)});
            ASSERT_FALSE(r) << size;
            EXPECT_EQ(r.error().code(), error_code::protocol_error);
        }
        const auto r = decode_request({whole.header, whole.body + "x"});
        ASSERT_FALSE(r);
        EXPECT_NE(r.error().message().find("wrong length"), std::string::npos);
    }
}

TEST(request, malformed_bodies_are_protocol_errors) {
    const auto refuse = [](opcode op, std::string_view hex) {
        frame whole;
        whole.header.op = op;
        whole.body = *from_hex(hex);
        const auto r = decode_request(whole);
        ASSERT_FALSE(r) << hex;
        EXPECT_EQ(r.error().code(), error_code::protocol_error) << hex;
    };
    refuse(opcode::query,
           "ffffffff"
           "0001"
           "00000000");  // negative length
    refuse(opcode::query,
           "7fffffff"
           "0001"
           "00000000");  // far too long
    refuse(opcode::query,
           "00000002"
           "c328"
           "0001"
           "00000000");  // not UTF-8
    refuse(opcode::query,
           "00000001"
           "61"
           "0001"
           "00000200");  // unknown flag
    refuse(opcode::query,
           "00000001"
           "61"
           "0001"
           "00000001"
           "0001"
           "fffffffd");  // value of -3
    refuse(opcode::batch,
           "03"
           "0000"
           "0001"
           "00000000");  // unknown type
    refuse(opcode::batch,
           "00"
           "0001"
           "02"
           "0000"
           "0000"
           "0001"
           "00000000");         // unknown kind
    refuse(opcode::ready, "");  // not a request
    refuse(static_cast<opcode>(0x77), "");
}

}  // namespace
}  // namespace nacre::protocol

#include <random>

#include <gtest/gtest.h>

#include "protocol/checksum.h"
#include "protocol/frame_reader.h"
#include "protocol/frame_writer.h"
#include "protocol/limits.h"

namespace nacre::protocol {
namespace {

message of(std::int16_t stream, bytes head, bytes tail = {}) {
    message m{opcode::query};
    m.stream = stream;
    m.head = std::move(head);
    m.tail = std::move(tail);
    return m;
}

bytes written(frame_writer& writer) {
    bytes out;
    for (const auto slice : writer.finish()) out.append(slice);
    writer.clear();
    return out;
}

/// Bytes that LZ4 and Snappy shrink, but not to nothing.
bytes some_data(std::size_t size) {
    bytes data(size, '\0');
    for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<char>((i * 7 + i / 256) % 256);
    return data;
}

struct setting {
    version v;
    compression how;
};
constexpr setting all_settings[] = {
    {version::v3, compression::none}, {version::v4, compression::none},
    {version::v4, compression::lz4},  {version::v4, compression::snappy},
    {version::v5, compression::none}, {version::v5, compression::lz4},
};

// The segments in these tests were written by the Python driver.
TEST(segment, golden_bytes) {
    for (const auto& [how, hex] :
         {std::pair(compression::none, "090002a4c8c10500000005000000001086284d"),
          std::pair(compression::lz4, "0900000004c2b8950500000005000000001086284d")}) {
        frame_writer writer(direction::request);
        writer.negotiated(version::v5, how);
        message m{opcode::options};
        writer.add(std::move(m));
        EXPECT_EQ(to_hex(written(writer)), hex);

        frame_reader reader(direction::request);
        reader.negotiated(version::v5, how);
        reader.append(*from_hex(hex));
        const auto next = reader.next();
        ASSERT_TRUE(next && *next);
        EXPECT_EQ((*next)->header.op, opcode::options);
        EXPECT_TRUE(reader.at_boundary());
    }
}

TEST(segment, golden_compressed_bytes) {
    frame_reader reader(direction::response);
    reader.negotiated(version::v5, compression::lz4);
    reader.append(
        *from_hex("1700e207041fb7daaf8500000108000003e8610100ffffffd2506161616161ef053159"));
    const auto next = reader.next();
    ASSERT_TRUE(next && *next) << next.error().failure.message();
    EXPECT_EQ((*next)->body, bytes(1000, 'a'));
}

TEST(segment, golden_large_frame) {
    frame_writer writer(direction::request);
    writer.negotiated(version::v5, compression::none);
    writer.add(of(1, {}, some_data(300000)));
    const auto out = written(writer);
    EXPECT_EQ(out.size(), 300039u);
    EXPECT_EQ(to_hex(bytes_view(out).substr(0, 12)), "ffff013891fe050000010700");
}

TEST(frames, longer_than_allowed_for_now) {
    for (const auto v : {version::v4, version::v5}) {
        for (const std::size_t size : {1000, 1001}) {
            frame_writer writer(direction::request);
            writer.negotiated(v, compression::none);
            writer.add(of(1, {}, some_data(size)));
            frame_reader reader(direction::request);
            reader.negotiated(v, compression::none);
            reader.limit_bodies(1000);
            reader.append(written(writer));
            EXPECT_EQ(reader.next().has_value(), size == 1000);
        }
    }
}

TEST(checksum, does_not_depend_on_the_pieces) {
    const auto data = some_data(1000);
    const auto whole = crc32_update(crc32_start, data);
    for (std::size_t cut = 0; cut < data.size(); cut += 13) {
        const auto view = bytes_view(data);
        EXPECT_EQ(crc32_update(crc32_update(crc32_start, view.substr(0, cut)), view.substr(cut)),
                  whole);
    }
}

TEST(frames, round_trip_in_pieces_of_any_size) {
    const std::size_t sizes[] = {0,      1,      100,    511,    512, 20000,         131061, 131062,
                                 131063, 131071, 262142, 300000, 5,   (1 << 20) + 7, 3};
    for (const auto& [v, how] : all_settings) {
        frame_writer writer(direction::request);
        writer.negotiated(v, how);
        std::int16_t stream = 0;
        for (const auto size : sizes) {
            auto data = some_data(size);
            const auto cut = size / 3;
            writer.add(of(stream++, data.substr(0, cut), data.substr(cut)));
        }
        const auto out = written(writer);
        for (const std::size_t piece :
             {std::size_t{1}, std::size_t{7}, std::size_t{65536}, out.size()}) {
            frame_reader reader(direction::request);
            reader.negotiated(v, how);
            std::int16_t expected = 0;
            for (std::size_t at = 0; at < out.size(); at += piece) {
                reader.append(bytes_view(out).substr(at, piece));
                for (;;) {
                    auto next = reader.next();
                    ASSERT_TRUE(next) << next.error().failure.message();
                    if (!*next) break;
                    ASSERT_EQ((*next)->header.stream, expected);
                    ASSERT_EQ((*next)->header.version, v);
                    ASSERT_TRUE((*next)->body ==
                                some_data(sizes[static_cast<std::size_t>(expected)]));
                    ++expected;
                }
            }
            EXPECT_EQ(expected, static_cast<std::int16_t>(std::size(sizes)));
            EXPECT_TRUE(reader.at_boundary());
        }
    }
}

TEST(frames, small_messages_share_one_slice_and_one_segment) {
    frame_writer writer(direction::response);
    writer.negotiated(version::v5, compression::none);
    for (std::int16_t i = 0; i < 100; ++i) writer.add(of(i, "0123456789"));
    EXPECT_EQ(writer.finish().size(), 1u);
    EXPECT_EQ(writer.finish()[0].size(), 6u + 100 * 19 + 4);
}

TEST(frames, large_tails_are_not_copied) {
    frame_writer writer(direction::response);
    writer.negotiated(version::v5, compression::none);
    auto tail = some_data(100000);
    const auto* const where = tail.data();
    writer.add(of(1, "head", std::move(tail)));
    const auto slices = writer.finish();
    ASSERT_EQ(slices.size(), 3u);
    EXPECT_EQ(static_cast<const void*>(slices[1].data()), static_cast<const void*>(where));
}

broken_framing broken_by(frame_reader& reader, bytes_view data) {
    reader.append(data);
    for (;;) {
        auto next = reader.next();
        if (!next) return next.error();
        if (!*next) {
            ADD_FAILURE() << "not refused";
            return {protocol_error("none"), 0, 0};
        }
    }
}

TEST(broken_frames, unsupported_versions_are_named) {
    for (const int number : {6, 66, 71, 0}) {
        frame_reader reader(direction::request);
        bytes raw = *from_hex("000000070500000000");
        raw[0] = static_cast<char>(number);
        const auto broken = broken_by(reader, raw);
        EXPECT_EQ(broken.failure.message(),
                  fmt::format("Invalid or unsupported protocol version ({}); supported versions "
                              "are (3/v3, 4/v4, 5/v5)",
                              number));
        EXPECT_EQ(broken.version, 5);
        EXPECT_EQ(broken.stream, 7);
    }
    frame_reader reader(direction::request);
    EXPECT_EQ(broken_by(reader, *from_hex("0200000100000000")).version, 2);
}

TEST(broken_frames, the_version_may_not_change) {
    frame_reader reader(direction::request);
    reader.negotiated(version::v4, compression::none);
    const auto broken = broken_by(reader, *from_hex("030000000500000000"));
    EXPECT_EQ(broken.failure.message(),
              "Invalid message version. Got 3/v3 but previous messages on this connection had "
              "version 4/v4");
}

TEST(broken_frames, wrong_direction) {
    frame_reader reader(direction::request);
    broken_by(reader, *from_hex("840000000500000000"));
}

TEST(broken_frames, the_longest_body_is_allowed_and_one_more_is_not) {
    frame_reader fits(direction::request);
    fits.append(*from_hex("040000090710000000"));
    EXPECT_TRUE(fits.next());
    EXPECT_LT(fits.buffered_bytes(), 100u);
    frame_reader reader(direction::request);
    EXPECT_EQ(broken_by(reader, *from_hex("040000090710000001")).stream, 9);
    frame_reader negative(direction::request);
    broken_by(negative, *from_hex("0400000907ffffffff"));
}

TEST(broken_frames, compressed_without_negotiation) {
    frame_reader reader(direction::request);
    broken_by(reader, *from_hex("04010000070000000100"));
}

TEST(broken_frames, compressed_bodies_that_lie_about_their_size) {
    for (const auto how : {compression::lz4, compression::snappy}) {
        frame_reader reader(direction::request);
        reader.negotiated(version::v4, how);
        broken_by(reader, *from_hex("040100000700000006"
                                    "0fffffff0000"));
        frame_reader short_one(direction::request);
        short_one.negotiated(version::v4, how);
        broken_by(short_one, *from_hex("040100000700000003"
                                       "ffffff"));
    }
}

TEST(broken_frames, every_flipped_bit_of_a_segment_is_noticed) {
    for (const auto how : {compression::none, compression::lz4}) {
        frame_writer writer(direction::request);
        writer.negotiated(version::v5, how);
        writer.add(of(1, bytes(700, 'x')));
        const auto good = written(writer);
        for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
            auto bad = good;
            bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
            frame_reader reader(direction::request);
            reader.negotiated(version::v5, how);
            reader.append(bad);
            EXPECT_FALSE(reader.next()) << bit;
        }
    }
}

bytes segment_of(bytes_view payload, std::uint32_t self_contained) {
    char header[6];
    store_segment_header(header, segment_format::plain,
                         {static_cast<std::uint32_t>(payload.size()), 0, self_contained != 0});
    bytes out(header, sizeof(header));
    out.append(payload);
    append_segment_trailer(out, crc32_update(crc32_start, payload));
    return out;
}

TEST(broken_frames, segments_whose_frames_do_not_fit) {
    const auto frame_bytes = *from_hex("05000001070000000461626364");
    const auto view = bytes_view(frame_bytes);
    const auto refused = [](bytes_view data) {
        frame_reader reader(direction::request);
        reader.negotiated(version::v5, compression::none);
        broken_by(reader, data);
    };
    refused(segment_of(view.substr(0, 5), 1));
    refused(segment_of(view.substr(0, 11), 1));
    refused(segment_of(view.substr(0, 11), 0) + segment_of(view.substr(11), 1));
    refused(segment_of(view.substr(0, 11), 0) + segment_of(bytes(view.substr(11)) + "x", 0));
    frame_reader reader(direction::request);
    reader.negotiated(version::v5, compression::none);
    reader.append(segment_of(view.substr(0, 3), 0) + segment_of(view.substr(3), 0));
    const auto next = reader.next();
    ASSERT_TRUE(next && *next);
    EXPECT_EQ((*next)->body, "abcd");
}

TEST(broken_frames, random_bytes_never_do_harm) {
    std::mt19937 random(20261122);
    for (int round = 0; round < 20000; ++round) {
        const auto& [v, how] = all_settings[round % std::size(all_settings)];
        frame_reader reader(direction::request);
        if (round % 3 != 0) reader.negotiated(v, how);
        bytes data(random() % 200, '\0');
        for (auto& each : data) each = static_cast<char>(random());
        if (!data.empty() && round % 2 == 0) data[0] = static_cast<char>(v);
        reader.append(data);
        for (int frames = 0; frames < 100; ++frames) {
            const auto next = reader.next();
            if (!next || !*next) break;
        }
    }
}

}  // namespace
}  // namespace nacre::protocol

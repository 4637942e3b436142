#include "udf/wasm/guest_image.h"

#include <random>

#include <gtest/gtest.h>

namespace nacre::udf::wasm {
namespace {

guest_memory memory_in(bytes& contents) {
    return guest_memory({reinterpret_cast<std::uint8_t*>(contents.data()), contents.size()});
}

TEST(guest_image, restores_what_differs_and_nothing_else) {
    std::mt19937 random(1);
    for (int round = 0; round < 200; ++round) {
        bytes initial(1000 + random() % 1000, '\0');
        for (std::size_t i = 0; i < initial.size(); i += random() % 100 + 1) initial[i] = 'i';
        bytes now = initial;
        now.resize(now.size() + random() % 3 * 500);
        for (std::size_t i = random() % 900; i < now.size(); i += random() % 400 + 1) {
            now[i] = static_cast<char>(random());
        }
        const std::size_t from = round % 3 * 64;
        const auto image =
            guest_image::difference(bytes_view(initial).substr(from), bytes_view(now).substr(from),
                                    from, {.address = 7, .bytes = 9});
        EXPECT_EQ(image.memory_bytes(), now.size());
        EXPECT_EQ(image.host_buffer().address, 7u);
        bytes fresh = initial;
        now.replace(0, from, initial, 0, from);  // before it: not its business
        fresh.resize(now.size() + 64);
        fresh.back() = 'x';  // nor is what is beyond
        ASSERT_TRUE(image.apply(memory_in(fresh)));
        EXPECT_EQ(fresh.substr(0, now.size()), now);
        EXPECT_EQ(fresh.back(), 'x');
    }
}

TEST(guest_image, takes_what_differs) {
    bytes initial(1 << 20, '\0');
    bytes now = initial;
    EXPECT_EQ(guest_image::difference(initial, now, 0, {}).size_bytes(), 0u);
    now[500'000] = 'x';
    EXPECT_LT(guest_image::difference(initial, now, 0, {}).size_bytes(), 100u);
}

TEST(guest_image, needs_a_memory_of_its_size) {
    bytes now(128, 'x');
    const auto image = guest_image::difference({}, now, 0, {});
    bytes smaller(127, '\0');
    EXPECT_FALSE(image.apply(memory_in(smaller)));
    EXPECT_EQ(smaller, bytes(127, '\0'));
}

}  // namespace
}  // namespace nacre::udf::wasm

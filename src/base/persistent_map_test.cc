#include "base/persistent_map.h"

#include <map>
#include <random>
#include <string>

#include <gmock/gmock.h>

namespace nacre {
namespace {

using testing::ElementsAre;
using testing::Pair;

using numbers = persistent_map<int, int>;

std::map<int, int> contents(const numbers& map) {
    std::map<int, int> all;
    for (const auto& [key, value] : map) all.emplace_hint(all.end(), key, value);
    return all;
}

struct differing {
    int key;
    std::optional<int> before;
    std::optional<int> after;
    bool operator==(const differing&) const = default;
};

std::vector<differing> differences(const numbers& before, const numbers& after) {
    std::vector<differing> all;
    const auto of = [](const int* value) { return value ? std::optional(*value) : std::nullopt; };
    numbers::difference(before, after, [&](int key, const int* left, const int* right) {
        all.push_back({key, of(left), of(right)});
    });
    return all;
}

TEST(persistent_map, holds_what_was_put_in_ordered_by_key) {
    persistent_map<std::string, int> map;
    EXPECT_TRUE(map.empty());
    EXPECT_EQ(map.begin(), map.end());
    for (const auto* name : {"d", "b", "e", "a", "c"}) map.insert_or_assign(name, name[0]);
    map.insert_or_assign("b", 7);
    EXPECT_THAT(map, ElementsAre(Pair("a", 'a'), Pair("b", 7), Pair("c", 'c'), Pair("d", 'd'),
                                 Pair("e", 'e')));
    EXPECT_EQ(map.size(), 5u);
    EXPECT_EQ(*map.find(std::string_view("c")), 'c');
    EXPECT_EQ(map.find(std::string_view("bb")), nullptr);
    EXPECT_EQ(map.lower_bound(std::string_view("bb"))->first, "c");
    EXPECT_EQ(map.lower_bound(std::string_view("f")), map.end());
    map.erase("bb");
    map.erase("a");
    EXPECT_EQ(map.size(), 4u);
}

TEST(persistent_map, a_copy_does_not_change_with_the_original) {
    numbers map{{1, 10}, {2, 20}};
    const auto copy = map;
    map.insert_or_assign(1, 11);
    map.erase(2);
    map.insert_or_assign(3, 30);
    EXPECT_THAT(copy, ElementsAre(Pair(1, 10), Pair(2, 20)));
    EXPECT_THAT(map, ElementsAre(Pair(1, 11), Pair(3, 30)));
    EXPECT_FALSE(copy == map);
    EXPECT_TRUE((copy == numbers{{2, 20}, {1, 10}}));
}

// Whatever is done in whatever order, it does what std::map does, and differences are found.
TEST(persistent_map, random_changes) {
    std::mt19937 random(7);
    for (int round = 0; round < 30; ++round) {
        numbers map;
        std::map<int, int> model;
        auto before = map;
        auto model_before = model;
        const int keys = 1 << (round % 10);
        for (int step = 0; step < 400; ++step) {
            const int key = static_cast<int>(random() % static_cast<unsigned>(keys));
            if (random() % 3 == 0) {
                map.erase(key);
                model.erase(key);
            } else {
                map.insert_or_assign(key, step);
                model.insert_or_assign(key, step);
            }
            if (random() % 50 != 0) continue;
            ASSERT_EQ(contents(map), model);
            ASSERT_EQ(map.size(), model.size());
            std::vector<differing> expected;
            for (int k = 0; k < keys; ++k) {
                const auto in = [k](const std::map<int, int>& of) {
                    const auto found = of.find(k);
                    return found == of.end() ? std::nullopt : std::optional(found->second);
                };
                if (in(model_before) != in(model)) {
                    expected.push_back({k, in(model_before), in(model)});
                }
            }
            ASSERT_EQ(differences(before, map), expected);
            before = map;
            model_before = model;
        }
    }
}

struct counted {
    int value;
    static inline std::uint64_t comparisons = 0;
    bool operator<(const counted& other) const {
        ++comparisons;
        return value < other.value;
    }
};

// What changes cost: comparisons stand for nodes that are touched.
TEST(persistent_map, a_change_and_the_search_for_it_cost_the_logarithm) {
    constexpr int size = 100'000;
    constexpr std::uint64_t few = 300;
    persistent_map<counted, int> map;
    for (int i = 0; i < size; ++i) map.insert_or_assign({i}, i);
    for (const int at : {0, 1, size / 2, size / 3, size - 1}) {
        const auto before = map;
        counted::comparisons = 0;
        map.insert_or_assign({at}, -1);
        map.erase(counted{at + 1});
        map.insert_or_assign({size + at}, 1);
        EXPECT_LT(counted::comparisons, few);
        counted::comparisons = 0;
        int changes = 0;
        decltype(map)::difference(before, map, [&](const auto&...) { ++changes; });
        EXPECT_EQ(changes, 3);
        EXPECT_LT(counted::comparisons, 4 * few);
    }
}

}  // namespace
}  // namespace nacre

// Random writes and reads, the same to the store in memory and to the one in RocksDB: any
// difference is a bug in one of them. Replays from its seed: NACRE_SEED=… storage_test
// --gtest_filter='differential.*'.
#include <random>

#include "storage/store_fixture.h"

namespace nacre::storage::testing {
namespace {

const type_ptr integer = type::native(type_kind::int_);
const type_ptr text = type::native(type_kind::text);

class generator {
  public:
    generator(std::uint64_t seed, schema::table_ptr table)
        : _random(seed), _table(std::move(table)) {}

    std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(_random() % n); }

    data::mutation mutation() {
        change made(_table, key(), time());
        for (std::uint32_t parts = 1 + below(4); parts != 0; --parts) add_part(made.at(time()));
        return made;
    }

    scan_request request() {
        auto made = request_for(_table, {"p", "c", "d", "s", "v", "m"});
        made.columns.push_back(
            {.ordinal = *_table->find("v"), .what = wanted_column::part::write_timestamp});
        made.columns.push_back({.ordinal = *_table->find("v"), .what = wanted_column::part::ttl});
        if (below(3) != 0) {
            std::vector<data::partition_key> keys;
            for (std::uint32_t i = 0; i < 6; ++i) keys.push_back({int_value(static_cast<int>(i))});
            std::ranges::shuffle(keys, _random);
            keys.resize(1 + below(6));
            made.partitions = std::move(keys);
        }
        if (below(2) == 0) {
            const auto from = static_cast<int>(below(5));
            const auto to = from + static_cast<int>(below(3));
            made.slices.push_back({bound(from), bound(to)});
            if (below(3) == 0) {
                made.slices.push_back({{{int_value(to + 1), "a"}, true}, {{}, true}});
            }
        }
        made.reversed = below(3) == 0;
        made.partitions_only = made.slices.empty() && below(5) == 0;
        made.static_rows = below(4) != 0;
        made.rows_per_partition_max = below(3) == 0 ? 1 + below(3) : 0;
        made.batch_rows_max = 1 + below(5);
        made.now_seconds = 1998 + below(5);
        made.want_positions = true;
        return made;
    }

  private:
    std::int64_t time() { return 1 + below(30); }
    data::partition_key key() { return {int_value(static_cast<int>(below(6)))}; }
    data::clustering_key clustering() {
        return {int_value(static_cast<int>(below(6))), bytes(1, static_cast<char>('a' + below(2)))};
    }
    data::clustering_bound bound(int c) {
        std::vector<bytes> prefix;
        if (below(6) == 0) return {{}, true};
        prefix.push_back(int_value(c));
        if (below(3) == 0) prefix.emplace_back("b");
        return {std::move(prefix), below(2) == 0};
    }

    void add_part(change& made) {
        if (below(4) == 0) {
            made.ttl(5, 1997 + static_cast<std::int32_t>(below(6)));
        } else {
            made.ttl(0, 0);
        }
        switch (below(12)) {
            case 0:
                made.update_static().set("s", value());
                break;
            case 1:
                made.update_static().unset("s");
                break;
            case 2:
                made.delete_row(clustering());
                break;
            case 3: {
                const auto from = static_cast<int>(below(6));
                made.delete_range(bound(from), bound(from + static_cast<int>(below(3))));
                break;
            }
            case 4:
                if (below(4) == 0) made.delete_partition();
                break;
            case 5:
                made.update(clustering()).unset("v");
                break;
            case 6:
                made.update(clustering()).clear("m");
                break;
            case 7:
                made.update(clustering()).element("m", value(), "x").element("m", value(), "y");
                break;
            case 8:
                made.update(clustering()).element("m", value(), std::nullopt);
                break;
            case 9:
                made.update(clustering()).set("v", value());
                break;
            default:
                made.insert(clustering()).set("v", value());
                break;
        }
    }
    bytes value() { return int_value(static_cast<int>(below(4))); }

    std::mt19937_64 _random;
    schema::table_ptr _table;
};

std::uint64_t seed() {
    const char* const given = std::getenv("NACRE_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : 4711;
}

class differential : public ::testing::Test {
  protected:
    std::unique_ptr<rocks_store> open() {
        // The clock stands still at zero: nothing is old enough to be purged.
        auto opened = open_rocks_store({.path = _directory.path(),
                                        .blocking = &_loop.blocking(),
                                        .block_cache_bytes = 1 << 16,
                                        .write_buffer_bytes = 1 << 16,
                                        .now_seconds = [] { return 0; }});
        EXPECT_TRUE(opened.ok());
        return std::move(*opened);
    }
    scanned read(table_store& store, const scan_request& request) {
        auto found = _loop.run(read_all(store, request));
        EXPECT_TRUE(found.ok()) << found.error().message();
        return found.ok() ? *found : scanned();
    }

    temporary_directory _directory;
    loop _loop;
};

TEST_F(differential, memory_and_rocks_agree) {
    const auto table = table_builder()
                           .partition("p", integer)
                           .clustering("c", integer)
                           .clustering("d", text, schema::clustering_order::descending)
                           .fixed("s", integer)
                           .regular("v", integer)
                           .regular("m", type::map_of(integer, text))
                           .make();
    generator random(seed(), table);
    const auto memory = make_memory_store();
    auto rocks = open();
    std::uint64_t rows = 0;
    for (int step = 0; step < 3000; ++step) {
        std::vector<data::mutation> mutations;
        for (auto n = 1 + random.below(3); n != 0; --n) mutations.push_back(random.mutation());
        ASSERT_TRUE(_loop.run(memory->apply(mutations)).ok());
        ASSERT_TRUE(_loop.run(rocks->apply(std::move(mutations))).ok());
        if (random.below(400) == 0) {
            ASSERT_TRUE(_loop.run(memory->truncate(table)).ok());
            ASSERT_TRUE(_loop.run(rocks->truncate(table)).ok());
        }
        if (random.below(100) == 0) {
            ASSERT_TRUE(_loop.run(rocks->compact()).ok());
        }
        if (random.below(200) == 0) {
            ASSERT_TRUE(_loop.run(rocks->close()).ok());
            rocks = open();
        }
        auto request = random.request();
        const auto expected = read(*memory, request);
        const auto found = read(*rocks, request);
        ASSERT_EQ(found.rows, expected.rows) << "seed " << seed() << ", step " << step;
        ASSERT_EQ(found.positions, expected.positions);
        ASSERT_EQ(found.partition_starts, expected.partition_starts);
        rows += found.rows.size();
        if (expected.positions.empty()) continue;
        const auto at = random.below(static_cast<std::uint32_t>(expected.positions.size()));
        request.resume_after = expected.positions[at];
        const std::vector<std::string> rest(expected.rows.begin() + at + 1, expected.rows.end());
        ASSERT_EQ(read(*memory, request).rows, rest) << "seed " << seed() << ", step " << step;
        ASSERT_EQ(read(*rocks, request).rows, rest) << "seed " << seed() << ", step " << step;
    }
    EXPECT_GT(rows, 3000u) << "the generator no longer reaches much";
    ASSERT_TRUE(_loop.run(rocks->close()).ok());
}

}  // namespace
}  // namespace nacre::storage::testing

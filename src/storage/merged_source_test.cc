#include "storage/merged_source.h"

#include <random>

#include <gtest/gtest.h>

#include "storage/memory/memory_source.h"
#include "storage/row_codec.h"

namespace nacre::storage {
namespace {

bytes row_of(std::int64_t at) {
    data::row row;
    row.marker.write_timestamp_us = at;
    bytes encoded;
    encode_row(data::view_of(row), encoded);
    return encoded;
}

/// Blocks at every move until it is unblocked.
class reluctant_source final : public entry_source {
  public:
    explicit reluctant_source(std::shared_ptr<const entry_map> entries)
        : _inner(std::move(entries)) {}
    void seek(bytes_view target) override {
        moved([&] { _inner.seek(target); });
    }
    void seek_for_prev(bytes_view target) override {
        moved([&] { _inner.seek_for_prev(target); });
    }
    void next() override {
        moved([&] { _inner.next(); });
    }
    void prev() override {
        moved([&] { _inner.prev(); });
    }
    void unblock() override {
        _where = _inner.where();
        _key = _inner.key();
        _value = _inner.value();
    }
    [[nodiscard]] error failure() const override { return _inner.failure(); }

  private:
    template <typename Move>
    void moved(Move move) {
        move();
        _where = state::blocked;
    }
    memory_source _inner;
};

class tiers : public ::testing::Test {
  protected:
    void SetUp() override {
        std::mt19937 random(99);
        std::vector<std::shared_ptr<entry_map>> parts;
        for (int i = 0; i < 3; ++i) parts.push_back(std::make_shared<entry_map>());
        for (int i = 0; i < 300; ++i) {
            const bytes key = std::to_string(100 + random() % 150);
            const auto at = static_cast<std::int64_t>(random() % 1000);
            auto& in_part = (*parts[random() % 3])[key];
            std::int64_t latest = at;
            if (!in_part.empty()) {
                row_reader reader;
                ASSERT_TRUE(reader.open(in_part));
                latest = std::max(at, reader.marker.write_timestamp_us);
            }
            in_part = row_of(latest);
            auto& expected = _expected[key];
            expected = std::max(expected, latest);
        }
        std::vector<std::unique_ptr<entry_source>> sources;
        for (const auto& part : parts) {
            sources.push_back(std::make_unique<reluctant_source>(part));
        }
        _merged = std::make_unique<merged_source>(std::move(sources));
    }
    /// "key@timestamp", or "end".
    std::string here() {
        while (_merged->where() == entry_source::state::blocked) _merged->unblock();
        if (_merged->where() != entry_source::state::at_entry) return "end";
        row_reader reader;
        EXPECT_TRUE(reader.open(_merged->value()));
        return fmt::format("{}@{}", _merged->key(), reader.marker.write_timestamp_us);
    }
    std::string expected_at(std::map<std::string, std::int64_t>::const_iterator at) const {
        return at == _expected.end() ? "end" : fmt::format("{}@{}", at->first, at->second);
    }

    std::map<std::string, std::int64_t> _expected;
    std::unique_ptr<merged_source> _merged;
};

TEST_F(tiers, forward_and_backward) {
    _merged->seek("");
    for (auto at = _expected.cbegin(); at != _expected.cend(); ++at) {
        ASSERT_EQ(here(), expected_at(at));
        _merged->next();
    }
    EXPECT_EQ(here(), "end");
    _merged->seek_for_prev("999");
    for (auto at = _expected.crbegin(); at != _expected.crend(); ++at) {
        ASSERT_EQ(here(), fmt::format("{}@{}", at->first, at->second));
        _merged->prev();
    }
    EXPECT_EQ(here(), "end");
}

TEST_F(tiers, random_moves) {
    std::mt19937 random(5);
    auto at = _expected.cend();
    for (int i = 0; i < 5000; ++i) {
        const bytes target = std::to_string(95 + random() % 160);
        switch (at == _expected.cend() ? random() % 2 : random() % 8) {
            case 0:
                _merged->seek(target);
                at = _expected.lower_bound(target);
                break;
            case 1:
                _merged->seek_for_prev(target);
                at = _expected.upper_bound(target);
                at = at == _expected.cbegin() ? _expected.cend() : std::prev(at);
                break;
            case 2:
            case 3:
            case 4:
                _merged->next();
                ++at;
                break;
            default:
                _merged->prev();
                at = at == _expected.cbegin() ? _expected.cend() : std::prev(at);
                break;
        }
        ASSERT_EQ(here(), expected_at(at)) << "move " << i;
    }
}

}  // namespace
}  // namespace nacre::storage

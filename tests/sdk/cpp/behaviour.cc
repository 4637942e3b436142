// What the library promises besides the values of types: errors, the log, memory, state, columns.
#include <nacre/function.h>

#include <algorithm>
#include <numeric>

#include "vector_check.h"

NACRE_FUNCTION std::optional<std::string> check_vector(std::string_view block) {
    const auto complaint = vectors::check(block);
    if (complaint.empty()) return std::nullopt;
    return complaint;
}

// ---- Errors and the log -------------------------------------------------------------------------

NACRE_FUNCTION std::int64_t refuses(std::int64_t v) {
    if (v == 13) nacre::fail("not ", v, ", which is ", true);
    return v;
}

NACRE_FUNCTION std::string throws_out_of_range(std::string s) {
    return s.substr(5);
}

NACRE_FUNCTION std::int32_t at_index(const std::vector<std::int32_t>& list, std::int32_t i) {
    return list.at(static_cast<std::size_t>(i));
}

NACRE_FUNCTION std::string says(std::string s) {
    nacre::log("says ", s, " in ", s.size(), " bytes");
    return s;
}

NACRE_FUNCTION std::int32_t only_without_nulls(const std::vector<std::int32_t>& list) {
    return static_cast<std::int32_t>(list.size());
}

// ---- Memory -------------------------------------------------------------------------------------

NACRE_FUNCTION std::string megabytes(std::int32_t count) {
    return std::string(static_cast<std::size_t>(count) << 20, 'x');
}

// Sizes of all kinds, freed in another order than they came.
NACRE_FUNCTION std::int64_t churn(std::int64_t seed) {
    std::vector<std::string> kept;
    std::int64_t sum = 0;
    auto state = static_cast<std::uint64_t>(seed) * 2654435761U + 1;
    for (int i = 0; i < 300; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const auto size = static_cast<std::size_t>(state >> 33) % 3000;
        kept.emplace_back(size, static_cast<char>('a' + i % 26));
        if (i % 3 == 0) kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(size % kept.size()));
    }
    for (const auto& text : kept) {
        if (!std::ranges::all_of(text, [&](char c) { return c == text[0]; })) return -1;
        sum += static_cast<std::int64_t>(text.size());
    }
    return sum;
}

struct alignas(64) wide {
    char bytes[64];
};

NACRE_FUNCTION bool aligned(std::int32_t count) {
    std::vector<wide> all(static_cast<std::size_t>(count));
    auto* zeroed = static_cast<unsigned char*>(std::calloc(100, 3));
    bool is_fine = reinterpret_cast<std::uintptr_t>(all.data()) % 64 == 0 &&
                   std::all_of(zeroed, zeroed + 300, [](unsigned char c) { return c == 0; });
    std::iota(zeroed, zeroed + 200, std::uint8_t{0});
    zeroed = static_cast<unsigned char*>(std::realloc(zeroed, 5000));
    for (int i = 0; i < 200; ++i) is_fine = is_fine && zeroed[i] == i;
    std::free(zeroed);
    return is_fine;
}

// Every size and every distance of what overlaps, against a loop.
NACRE_FUNCTION std::int32_t copies_wrong(std::int32_t size_max) {
    std::int32_t wrong = 0;
    const auto n = static_cast<std::size_t>(size_max);
    std::vector<unsigned char> from(2 * n + 32);
    std::iota(from.begin(), from.end(), std::uint8_t{1});
    for (std::size_t size = 0; size < n; ++size) {
        for (std::size_t to = 0; to < 20; ++to) {
            auto have = from;
            auto want = from;
            std::memmove(have.data() + to, have.data() + 10, size);
            std::vector<unsigned char> piece(want.begin() + 10,
                                             want.begin() + 10 + static_cast<std::ptrdiff_t>(size));
            for (std::size_t i = 0; i < size; ++i) want[to + i] = piece[i];
            if (std::memcmp(have.data(), want.data(), want.size()) != 0 || have != want) ++wrong;
            std::memset(have.data() + to, 7, size);
            for (std::size_t i = 0; i < size; ++i) want[to + i] = 7;
            if (have != want) ++wrong;
        }
    }
    const unsigned char low[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0x80};
    const unsigned char high[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0x81};
    if (std::memcmp(low, high, 10) >= 0 || std::memcmp(high, low, 10) <= 0 ||
        std::memcmp(low, high, 9) != 0) {
        ++wrong;
    }
    return wrong;
}

// Objects with constructors and destructors outlive rows, not statements.
struct counted {
    counted() { values.reserve(4); }
    ~counted() { values.clear(); }
    std::vector<std::int64_t> values;
};
counted global;

NACRE_FUNCTION std::int64_t calls_before(std::int64_t v) {
    static counted local;
    global.values.push_back(v);
    local.values.push_back(v);
    return static_cast<std::int64_t>(std::min(global.values.size(), local.values.size())) - 1;
}

// ---- State functions ----------------------------------------------------------------------------

NACRE_FUNCTION std::int64_t added(std::int64_t state, std::int64_t v) {
    return state + v;
}

NACRE_FUNCTION std::optional<std::string> latest(std::optional<std::string> state,
                                                 std::optional<std::string> v) {
    return v ? v : state;
}

// ---- Columns ------------------------------------------------------------------------------------

NACRE_FUNCTION nacre::new_column<std::int64_t> rank_in_batch(nacre::column<std::int64_t> v) {
    std::vector<std::uint32_t> order(v.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, [&](auto a, auto b) { return v[a] < v[b]; });
    nacre::new_column<std::int64_t> ranks(v.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) ranks[order[i]] = i;
    return ranks;
}

NACRE_FUNCTION nacre::new_column<std::string_view> or_dash(
    nacre::column<std::optional<std::string_view>> text,
    nacre::column<std::optional<bool>> wanted) {
    nacre::new_column<std::string_view> made(text.size());
    for (std::uint32_t row = 0; row < text.size(); ++row) {
        if (!wanted[row]) {
            made.push_back_null();
        } else {
            made.push_back(*wanted[row] && text[row] ? *text[row] : "-");
        }
    }
    return made;
}

NACRE_FUNCTION nacre::new_column<nacre::date> column_of_dates(nacre::column<nacre::date> d) {
    nacre::new_column<nacre::date> made(d.size());
    for (std::uint32_t row = 0; row < d.size(); ++row) made.set(row, d[row] + std::chrono::days(1));
    return made;
}

// ---- In namespaces, and of every shape of declaration -------------------------------------------

namespace shop::inner {

NACRE_FUNCTION auto priced(double net) -> double;

auto priced(double net) -> double {
    return net * 2;
}

NACRE_FUNCTION [[nodiscard]] constexpr std::optional<std::int32_t> length_of(
    const std::optional<std::string>& text = std::nullopt) noexcept {
    if (!text) return std::nullopt;
    return static_cast<std::int32_t>(text->size());
}

NACRE_FUNCTION static decltype(1.5) unnamed(double, float) {
    return 1.5;
}

namespace {

struct point {
    double x;
    double y;
};

NACRE_FUNCTION point mirrored(const point& p) {
    return {p.y, p.x};
}

NACRE_AGGREGATE struct extent {
    std::optional<double> least;
    std::optional<double> greatest;

    void accumulate(double v) {
        least = std::min(v, least.value_or(v));
        greatest = std::max(v, greatest.value_or(v));
    }
    std::optional<double> finish() const {
        if (!least) return std::nullopt;
        return *greatest - *least;
    }
};

}  // namespace

}  // namespace shop::inner

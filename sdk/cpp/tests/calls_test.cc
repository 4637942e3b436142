/// Calls by version 3 on the host: rows, columns, states.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nacre/function.h>
#include <nacre/testing.h>

namespace {

using nacre::detail::batch;
using testing::ElementsAre;
template <typename T>
using maybe = std::optional<T>;

// ---- A host -------------------------------------------------------------------------------------

/// A batch as the host lays it out, with columns of these values and room for a result.
template <typename... A>
batch& batch_of(std::uint32_t rows, const std::vector<maybe<A>>&... arguments) {
    auto& made =
        *reinterpret_cast<batch*>(nacre::detail::allocate_bytes(8 + 16 * (sizeof...(A) + 1)));
    made.row_count = rows;
    made.argument_count = sizeof...(A);
    std::size_t next = 0;
    ((made.column(next++) = nacre::testing::descriptor_of<maybe<A>>(arguments)), ...);
    auto* bitmap = nacre::detail::allocate_bytes(rows / 8 + 8);
    std::memset(bitmap, 0, rows / 8 + 8);
    made.column(next) = {nacre::detail::address_of(bitmap),
                         nacre::detail::address_of(nacre::detail::allocate_bytes(8 * (rows + 1))),
                         0, 0};
    return made;
}

template <typename T>
std::vector<maybe<T>> results_of(batch& in) {
    const nacre::column<maybe<T>> column(in.column(in.argument_count), in.row_count);
    return {column.begin(), column.end()};
}

// ---- Functions ----------------------------------------------------------------------------------

std::int64_t sum(std::int64_t a, maybe<std::int64_t> b) {
    return a + b.value_or(100);
}
std::string twice(std::string_view s) {
    return std::string(s) + std::string(s);
}
maybe<std::int32_t> size_of(maybe<std::string> s) {
    if (!s || s->empty()) return std::nullopt;
    return static_cast<std::int32_t>(s->size());
}

TEST(rows, of_numbers_and_nulls) {
    using big = std::int64_t;
    auto& in = batch_of<big, big>(3, {1, std::nullopt, 3}, {10, 20, std::nullopt});
    EXPECT_EQ(nacre::detail::call_batch<nacre::detail::row_function<&sum>>(in), 0);
    // Where an argument that can't be null is, so is the result.
    EXPECT_THAT(results_of<big>(in), ElementsAre(11, std::nullopt, 103));
}

TEST(rows, of_text) {
    auto& in = batch_of<std::string>(3, {"a", "", "für"});
    nacre::detail::call_batch<nacre::detail::row_function<&twice>>(in);
    EXPECT_THAT(results_of<std::string>(in), ElementsAre("aa", "", "fürfür"));
    EXPECT_EQ(in.column(1).validity, 0u);
    auto& second = batch_of<std::string>(3, {"abc", std::nullopt, ""});
    nacre::detail::call_batch<nacre::detail::row_function<&size_of>>(second);
    EXPECT_THAT(results_of<std::int32_t>(second), ElementsAre(3, std::nullopt, std::nullopt));
}

TEST(rows, stop_where_their_results_take_too_much) {
    const std::string large(400'000, 'x');
    auto& in = batch_of<std::string>(4, {large, large, large, large});
    nacre::detail::call_batch<nacre::detail::row_function<&twice>>(in);
    EXPECT_EQ(in.row_count, 2u);
    EXPECT_THAT(results_of<std::string>(in), ElementsAre(large + large, large + large));
}

// ---- Columns ------------------------------------------------------------------------------------

nacre::new_column<double> halves(nacre::column<double> v) {
    nacre::new_column<double> made(v.size());
    for (std::uint32_t i = 0; i < v.size(); ++i) made[i] = v.values()[i] / 2;
    return made;
}
nacre::new_column<std::string_view> present(nacre::column<maybe<std::string_view>> v) {
    nacre::new_column<std::string_view> made(v.size());
    for (const auto& text : v) {
        if (!text) {
            made.push_back_null();
        } else {
            made.append("<");
            made.append(*text);
            made.append(">");
            made.end_row();
        }
    }
    return made;
}
nacre::new_column<std::int32_t> evens(nacre::column<std::int32_t> v) {
    nacre::new_column<std::int32_t> made(v.size());
    for (std::uint32_t i = 0; i < v.size(); ++i) {
        if (v[i] % 2 != 0) {
            made.set_null(i);
        } else {
            made.set(i, v[i]);
        }
    }
    return made;
}
nacre::new_column<std::int32_t> too_few(nacre::column<std::int32_t> v) {
    return nacre::new_column<std::int32_t>(v.size() - 1);
}
nacre::new_column<nacre::blob> unfinished(nacre::column<std::int32_t> v) {
    return nacre::new_column<nacre::blob>(v.size());
}

TEST(columns, whole) {
    auto& in = batch_of<double>(2, {1.0, -3.0});
    nacre::detail::call_batch<nacre::detail::column_function<&halves>>(in);
    EXPECT_THAT(results_of<double>(in), ElementsAre(0.5, -1.5));
    auto& text = batch_of<std::string_view>(3, {"a", std::nullopt, ""});
    nacre::detail::call_batch<nacre::detail::column_function<&present>>(text);
    EXPECT_THAT(results_of<std::string_view>(text), ElementsAre("<a>", std::nullopt, "<>"));
    auto& numbers = batch_of<std::int32_t>(10, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    nacre::detail::call_batch<nacre::detail::column_function<&evens>>(numbers);
    EXPECT_THAT(results_of<std::int32_t>(numbers),
                ElementsAre(0, std::nullopt, 2, std::nullopt, 4, std::nullopt, 6, std::nullopt, 8,
                            std::nullopt));
}

TEST(columns, have_a_value_for_each_row) {
    auto& in = batch_of<std::int32_t>(2, {1, 2});
    EXPECT_THROW(nacre::detail::call_batch<nacre::detail::column_function<&too_few>>(in),
                 nacre::failure);
    EXPECT_THROW(nacre::detail::call_batch<nacre::detail::column_function<&unfinished>>(in),
                 nacre::failure);
}

TEST(columns, in_unit_tests) {
    using nacre::testing::column_of;
    using nacre::testing::values_of;
    EXPECT_THAT(values_of(halves(column_of<double>({1, 2}))), ElementsAre(0.5, 1.0));
    EXPECT_THAT(values_of(present(column_of<maybe<std::string_view>>({std::nullopt, "x"}))),
                ElementsAre(std::nullopt, "<x>"));
}

// ---- States -------------------------------------------------------------------------------------

std::int64_t total(std::int64_t state, std::int64_t v) {
    return state + v;
}
maybe<std::string> last(maybe<std::string> state, maybe<std::string> v) {
    if (v == "drop") return std::nullopt;
    return v ? v : state;
}

template <typename Fold>
std::string state_bytes() {
    const auto pair = Fold::held::get();
    const auto size = nacre::detail::size_in(pair);
    if (size == nacre::detail::null_size) return "null";
    return {nacre::detail::pointer_to<char>(nacre::detail::address_in(pair)), size};
}
template <typename Fold>
void set_state(std::string_view bytes) {
    Fold::held::set(reinterpret_cast<const std::byte*>(bytes.data()),
                    static_cast<std::uint32_t>(bytes.size()));
}
template <typename Fold>
void set_null_state() {
    Fold::held::set(nullptr, nacre::detail::null_size);
}

TEST(folds, of_numbers) {
    using fold = nacre::detail::function_fold<nacre::detail::row_function<&total>>;
    static_assert(fold::is_possible);
    static_assert(
        !nacre::detail::function_fold<nacre::detail::row_function<&size_of>>::is_possible);
    using namespace std::string_literals;
    set_state<fold>("\0\0\0\0\0\0\0\x05"s);
    fold::fold(batch_of<std::int64_t>(2, {1, 2}));
    fold::fold(batch_of<std::int64_t>(1, {250}));
    EXPECT_EQ(state_bytes<fold>(), "\0\0\0\0\0\0\x01\x02"s);
    set_null_state<fold>();
    fold::fold(batch_of<std::int64_t>(1, {1}));
    EXPECT_EQ(state_bytes<fold>(), "null");
}

TEST(folds, of_text_and_null) {
    using fold = nacre::detail::function_fold<nacre::detail::row_function<&last>>;
    set_null_state<fold>();
    fold::fold(batch_of<std::string>(3, {"a", std::nullopt, "b"}));
    EXPECT_EQ(state_bytes<fold>(), "b");
    fold::fold(batch_of<std::string>(2, {"drop", std::nullopt}));
    EXPECT_EQ(state_bytes<fold>(), "null");
}

// ---- Aggregates ---------------------------------------------------------------------------------

struct average {
    std::int64_t count = 0;
    double sum = 0;
    void accumulate(double v) {
        ++count;
        sum += v;
    }
    void merge(const average& other) {
        count += other.count;
        sum += other.sum;
    }
    maybe<double> finish() const {
        return count == 0 ? std::nullopt : maybe<double>(sum / static_cast<double>(count));
    }
};
struct longest {
    maybe<std::string> found;
    void accumulate(maybe<std::string_view> v) {
        if (v && (!found || v->size() > found->size())) found = *v;
    }
};
class distinct {
  public:
    using state_type = std::set<std::int32_t>;
    distinct() = default;
    explicit distinct(state_type seen) : _seen(std::move(seen)) {}
    const state_type& state() const { return _seen; }
    void accumulate(std::int32_t v, bool counts) {
        if (counts) _seen.insert(v);
    }
    void merge(distinct&& other) { _seen.merge(std::move(other._seen)); }
    std::int64_t finish() { return static_cast<std::int64_t>(_seen.size()); }

  private:
    state_type _seen;
};
NACRE_EXPORT_AGGREGATE(average, v)
NACRE_EXPORT_AGGREGATE(longest)
NACRE_EXPORT_AGGREGATE(distinct, v, counts)

TEST(aggregates, say_what_they_are) {
    EXPECT_EQ(nacre_lines_average.view(),
              "average_accumulate(state tuple<bigint, double>, v double) CALLED ON NULL INPUT "
              "RETURNS tuple<bigint, double>\n"
              "average_merge(a tuple<bigint, double>, b tuple<bigint, double>) CALLED ON NULL "
              "INPUT RETURNS tuple<bigint, double>\n"
              "average_finish(state tuple<bigint, double>) CALLED ON NULL INPUT RETURNS double\n");
    EXPECT_EQ(nacre_lines_longest.view(),
              "longest_accumulate(state text, b text) CALLED ON NULL INPUT RETURNS text\n");
    EXPECT_EQ(nacre_declarations_average.view(),
              "CREATE AGGREGATE average (double) SFUNC average_accumulate STYPE tuple<bigint, "
              "double> REDUCEFUNC average_merge "
              "FINALFUNC average_finish;\n");
    EXPECT_EQ(nacre_declarations_longest.view(),
              "CREATE AGGREGATE longest (text) SFUNC longest_accumulate STYPE text;\n");
    EXPECT_EQ(nacre_declarations_distinct.view(),
              "CREATE AGGREGATE distinct (int, boolean) SFUNC distinct_accumulate STYPE set<int> "
              "REDUCEFUNC distinct_merge "
              "FINALFUNC distinct_finish;\n");
}

template <typename Class>
using state_of = nacre::detail::aggregate_state<Class>;

TEST(aggregates, fold_and_merge) {
    using accumulate = nacre::detail::accumulate_function<average>;
    using merge = nacre::detail::merge_function<average>;
    using finish = nacre::detail::finish_function<average>;
    set_null_state<accumulate>();
    EXPECT_EQ(state_bytes<accumulate>(), "null");
    accumulate::fold(batch_of<double>(3, {1.0, std::nullopt, 3.0}));
    const auto first = state_bytes<accumulate>();
    set_null_state<accumulate>();
    accumulate::fold(batch_of<double>(1, {8.0}));
    const auto second = state_bytes<accumulate>();
    const auto read = [](const std::string& bytes) {
        return nacre::detail::codec<state_of<average>>::read(
            reinterpret_cast<const std::byte*>(bytes.data()),
            static_cast<std::uint32_t>(bytes.size()));
    };
    set_null_state<merge>();
    merge::fold(batch_of<state_of<average>>(3, {read(first), std::nullopt, read(second)}));
    auto& last = batch_of<state_of<average>>(2, {read(state_bytes<merge>()), std::nullopt});
    nacre::detail::call_batch<finish>(last);
    EXPECT_THAT(results_of<double>(last), ElementsAre(4.0, std::nullopt));
}

TEST(aggregates, are_called_row_by_row_too) {
    using accumulate = nacre::detail::accumulate_function<longest>;
    auto& in = batch_of<state_of<longest>, std::string_view>(
        4, {std::nullopt, state_of<longest>{{"abc"}}, state_of<longest>{{"a"}}, std::nullopt},
        {"x", "yy", "zz", std::nullopt});
    nacre::detail::call_batch<accumulate>(in);
    EXPECT_THAT(results_of<std::string>(in), ElementsAre("x", "abc", "zz", std::nullopt));
}

TEST(aggregates, name_a_state_of_their_own) {
    using accumulate = nacre::detail::accumulate_function<distinct>;
    set_null_state<accumulate>();
    accumulate::fold(
        batch_of<std::int32_t, bool>(4, {1, 1, 2, std::nullopt}, {true, true, false, true}));
    using namespace std::string_literals;
    EXPECT_EQ(state_bytes<accumulate>(), "\0\0\0\x01\0\0\0\x04\0\0\0\x01"s);
}

}  // namespace

/// What the compiler finds out about functions: the lines of a module's sections.
#include <gtest/gtest.h>

#include <nacre/function.h>

namespace {

struct person {
    std::optional<std::string> name;
    std::optional<std::int32_t> age;
    std::optional<std::vector<std::string>> tags;
};
struct team {
    person leader;
    std::map<std::string, person> members;
};

std::int64_t fib(std::int64_t n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
std::optional<std::string> commas(std::optional<std::vector<std::string>> words) {
    return words ? std::optional(words->front()) : std::nullopt;
}
bool nothing() noexcept {
    return true;
}
std::map<std::int32_t, std::vector<std::string>> nested(
    const std::tuple<std::optional<bool>, std::set<std::string_view>>& /*a*/,
    const std::array<std::int16_t, 3>& /*b*/, long long /*c*/) {
    return {};
}
std::optional<team> merged(const team& a, std::optional<person> /*b*/) {
    return a;
}
nacre::new_column<double> halves(nacre::column<std::optional<double>> v) {
    return nacre::new_column<double>(v.size());
}
nacre::counter numbers(nacre::varint /*a*/, nacre::decimal /*b*/, float /*c*/, std::int8_t /*d*/) {
    return {};
}
nacre::ascii rest(nacre::blob_view, std::vector<unsigned char>, nacre::date,
                  std::chrono::year_month_day, nacre::time_of_day, nacre::timestamp,
                  nacre::duration, nacre::uuid, nacre::timeuuid, nacre::inet) {
    return {};
}

struct order_by {
    std::int32_t table;
    std::int32_t tables;
};
double token(double by, const order_by& /*order*/) {
    return by;
}

NACRE_EXPORT(token, by, Order)
NACRE_EXPORT_DETERMINISTIC(fib, n)
NACRE_EXPORT(commas, words)
NACRE_EXPORT(nothing)
NACRE_EXPORT(nested, a, b)
NACRE_EXPORT(merged, first, second)
NACRE_EXPORT(halves, v)
NACRE_EXPORT(numbers)
NACRE_EXPORT(rest)

TEST(signatures, come_from_types) {
    EXPECT_EQ(nacre_lines_fib.view(),
              "fib(n bigint) RETURNS NULL ON NULL INPUT RETURNS bigint DETERMINISTIC\n");
    EXPECT_EQ(nacre_lines_commas.view(),
              "commas(words list<text>) CALLED ON NULL INPUT RETURNS text\n");
    EXPECT_EQ(nacre_lines_nothing.view(), "nothing() RETURNS NULL ON NULL INPUT RETURNS boolean\n");
    EXPECT_EQ(
        nacre_lines_nested.view(),
        "nested(a tuple<boolean, frozen<set<text>>>, b vector<smallint, 3>, c bigint) RETURNS "
        "NULL ON NULL INPUT RETURNS map<int, frozen<list<text>>>\n");
    EXPECT_EQ(nacre_lines_merged.view(),
              "merged(first team, second person) CALLED ON NULL INPUT RETURNS team\n");
    EXPECT_EQ(nacre_lines_halves.view(), "halves(v double) CALLED ON NULL INPUT RETURNS double\n");
    EXPECT_EQ(nacre_lines_numbers.view(),
              "numbers(a varint, b decimal, c float, d tinyint) RETURNS NULL ON NULL INPUT RETURNS "
              "counter\n");
    EXPECT_EQ(nacre_lines_rest.view(),
              "rest(a blob, b blob, c date, d date, e time, f timestamp, g duration, h uuid, i "
              "timeuuid, j inet) RETURNS NULL ON NULL INPUT RETURNS ascii\n");
}

TEST(signatures, words_of_cql_are_quoted) {
    EXPECT_EQ(
        nacre_lines_token.view(),
        "\"token\"(\"by\" double, \"Order\" order_by) RETURNS NULL ON NULL INPUT RETURNS double\n");
    EXPECT_EQ(nacre_declarations_token.view(),
              "CREATE TYPE IF NOT EXISTS order_by (\"table\" int, tables int);\n");
}

TEST(declarations, are_of_every_user_type_once_and_inner_ones_first) {
    EXPECT_EQ(nacre_declarations_merged.view(),
              "CREATE TYPE IF NOT EXISTS person (name text, age int, tags frozen<list<text>>);\n"
              "CREATE TYPE IF NOT EXISTS team (leader frozen<person>, members frozen<map<text, "
              "frozen<person>>>);\n");
    EXPECT_EQ(nacre_declarations_fib.view(), "");
}

TEST(versions, one_and_two_pass_what_they_can) {
    using nacre::detail::no_export;
    using nacre::detail::row_function;
    using nacre::detail::row_type;
    using nacre::detail::sized_address;
    static_assert(std::is_same_v<row_type<row_function<&fib>>, std::int64_t(std::int64_t)>);
    static_assert(std::is_same_v<row_type<row_function<&nothing>>, std::int32_t()>);
    static_assert(std::is_same_v<row_type<row_function<&commas>>, sized_address(sized_address)>);
    static_assert(std::is_same_v<row_type<row_function<&numbers>>,
                                 sized_address(sized_address, sized_address, float, std::int32_t)>);
    constexpr std::optional<double> (*may_be_null)(double) = [](double) {
        return std::optional<double>();
    };
    static_assert(std::is_same_v<row_type<row_function<may_be_null>>, no_export>);
}

// ---- What is no function of CQL -----------------------------------------------------------------

void no_result(std::int32_t) {}
std::int32_t of_unsigned(std::int32_t, const std::vector<unsigned>&) {
    return 0;
}
const char* of_pointer(std::int32_t) {
    return "";
}
std::int32_t of_reference(std::string&) {
    return 0;
}
std::int32_t of_nullable_elements(std::set<std::optional<std::int32_t>>) {
    return 0;
}
nacre::new_column<double> of_column_and_value(nacre::column<double>, double) {
    return nacre::new_column<double>(0);
}
struct bad_struct {
    std::int32_t fine;
    wchar_t letter;
};
std::int32_t of_struct(bad_struct) {
    return 0;
}

template <auto Function>
std::string complaint() {
    return std::string(nacre::detail::function_complaint<Function>("f").view());
}

TEST(complaints, say_what_is_wrong_and_what_is_possible) {
    EXPECT_EQ(complaint<&fib>(), "");
    EXPECT_EQ(complaint<&no_result>(), "f returns nothing, and a function of CQL returns a value.");
    EXPECT_EQ(
        complaint<&of_unsigned>().substr(0, 152),
        "Argument 2 of f has the type `unsigned int`, which is no type of CQL. CQL's integers "
        "have a sign. Possible are bool (boolean), std::int8_t (tinyint), st");
    EXPECT_TRUE(complaint<&of_pointer>().starts_with(
        "f returns `const char *`, which is no type of CQL. Text is std::string or "
        "std::string_view. Possible are"));
    EXPECT_TRUE(complaint<&of_reference>().starts_with(
        "Argument 1 of f is a reference through which it could be written to: take `const std::"));
    EXPECT_TRUE(
        complaint<&of_nullable_elements>().starts_with("Argument 1 of f has the type `std::set<"));
    EXPECT_TRUE(complaint<&of_column_and_value>().starts_with(
        "f: where one argument is a nacre::column<T>"));
    EXPECT_TRUE(complaint<&of_struct>().starts_with("Argument 1 of f has the type `wchar_t`"));
}

struct no_accumulate {
    std::int32_t sum = 0;
};
struct no_constructor {
    explicit no_constructor(std::int32_t v) : sum(v) {}
    void accumulate(std::int32_t v) { sum += v; }
    std::int32_t sum;
};
class hidden_state {
  public:
    void accumulate(std::int32_t v) { _sum += v; }

  private:
    std::int32_t _sum = 0;
};
struct strange_state {
    unsigned sum = 0;
    void accumulate(std::int32_t v) { sum += static_cast<unsigned>(v); }
};
struct strange_argument {
    std::int32_t sum = 0;
    void accumulate(char v) { sum += v; }
};

template <typename Class>
std::string aggregate_complaint() {
    return std::string(nacre::detail::aggregate_complaint<Class>("a").view());
}

TEST(complaints, about_aggregates) {
    EXPECT_TRUE(aggregate_complaint<no_accumulate>().starts_with(
        "a has no public member function accumulate"));
    EXPECT_TRUE(aggregate_complaint<no_constructor>().starts_with(
        "a has no constructor without arguments"));
    EXPECT_TRUE(
        aggregate_complaint<hidden_state>().starts_with("a has no state that could be kept"));
    EXPECT_TRUE(aggregate_complaint<strange_state>().starts_with(
        "The state of a is of the type `unsigned int`"));
    EXPECT_TRUE(aggregate_complaint<strange_argument>().starts_with(
        "a: Argument 1 of accumulate has the type `char`"));
}

}  // namespace

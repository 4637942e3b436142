#include <nacre/function.h>

NACRE_FUNCTION NACRE_DETERMINISTIC std::int64_t sum_of(const std::vector<std::int32_t>& numbers) {
    std::int64_t sum = 0;
    for (const auto number : numbers) sum += number;
    return sum;
}

using numbers = std::optional<std::set<std::int32_t>>;

NACRE_FUNCTION NACRE_DETERMINISTIC numbers union_of(numbers a, numbers b) {
    if (!a) return b;
    if (b) a->merge(*b);
    return a;
}

NACRE_FUNCTION NACRE_DETERMINISTIC std::map<std::int32_t, std::vector<std::string>> inverted(
    const std::map<std::string, std::int32_t>& m) {
    std::map<std::int32_t, std::vector<std::string>> keys;
    for (const auto& [key, value] : m) keys[value].push_back(key);
    return keys;
}

NACRE_FUNCTION NACRE_DETERMINISTIC
    std::tuple<std::optional<std::string>, std::optional<std::int32_t>>
    swapped(const std::tuple<std::optional<std::int32_t>, std::optional<std::string>>& t) {
    return {std::get<1>(t), std::get<0>(t)};
}

NACRE_FUNCTION NACRE_DETERMINISTIC float dot(const std::array<float, 3>& a,
                                             const std::array<float, 3>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
    return static_cast<float>(sum);
}

struct person {
    std::optional<std::string> name;
    std::optional<std::int32_t> age;
    std::optional<std::vector<std::string>> tags;
};

NACRE_FUNCTION NACRE_DETERMINISTIC std::optional<person> oldest(
    const std::optional<std::vector<person>>& people) {
    if (!people) return std::nullopt;
    const person* found = nullptr;
    for (const auto& one : *people) {
        if (one.age && (found == nullptr || *one.age > *found->age)) found = &one;
    }
    return found == nullptr ? std::nullopt : std::optional(*found);
}

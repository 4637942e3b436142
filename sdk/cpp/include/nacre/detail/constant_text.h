#pragma once

#include <cstddef>
#include <string_view>

/// Text that is put together while the program is compiled.
namespace nacre::detail {

struct constant_text {
    static constexpr std::size_t bytes_max = 4096;

    char data[bytes_max] = {};
    std::size_t size = 0;

    // More than fits is an error of compilation: the index is out of the array.
    constexpr constant_text& add(std::string_view more) {
        for (const char c : more) data[size++] = c;
        return *this;
    }
    constexpr constant_text& add_number(std::size_t number) {
        std::size_t power = 1;
        while (number / power >= 10) power *= 10;
        for (; power != 0; power /= 10) data[size++] = static_cast<char>('0' + number / power % 10);
        return *this;
    }
    constexpr std::string_view view() const { return {data, size}; }
};

/// The name of a type or a value, as the compiler writes it behind "= " in a function's own name.
template <typename T>
consteval std::string_view spelling_of() {
    constexpr std::string_view function = __PRETTY_FUNCTION__;
    constexpr auto begin = function.find("T = ") + 4;
    return function.substr(begin, function.rfind(']') - begin);
}
template <auto Value>
consteval std::string_view spelling_of_value() {
    constexpr std::string_view function = __PRETTY_FUNCTION__;
    constexpr auto begin = function.find("Value = ") + 8;
    return function.substr(begin, function.rfind(']') - begin);
}

/// Without the scopes and the kind: "person" of "struct shop::person".
constexpr std::string_view last_name(std::string_view spelling) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < spelling.size(); ++i) {
        if (spelling[i] == ':' || spelling[i] == ' ' || spelling[i] == '.') begin = i + 1;
    }
    return spelling.substr(begin);
}

constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

constexpr char lower_case(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Words that are no names in CQL unless they are quoted.
constexpr std::string_view reserved_words =
    " add allow alter and apply asc authorize batch begin by columnfamily create default delete "
    "desc describe drop entries execute from full grant if in index infinity insert into is "
    "keyspace limit materialized mbean mbeans modify nan norecursive not null of on or order "
    "primary rename replace revoke schema select set table to token truncate unlogged unset update "
    "use using view where with ";

constexpr bool is_reserved(std::string_view name) {
    constant_text word;
    word.add(" ");
    for (const char c : name) word.data[word.size++] = lower_case(c);
    return reserved_words.find(word.add(" ").view()) != std::string_view::npos;
}

/// A name as CQL reads it.
constexpr void add_name(constant_text& to, std::string_view name) {
    const std::string_view quote = is_reserved(name) ? "\"" : "";
    to.add(quote).add(name).add(quote);
}

/// Part number `index` of a list as the preprocessor writes down a macro's arguments.
constexpr std::string_view listed(std::string_view list, std::size_t index) {
    while (index > 0) {
        const auto comma = list.find(',');
        if (comma == std::string_view::npos) return {};
        list.remove_prefix(comma + 1);
        --index;
    }
    list = list.substr(0, list.find(','));
    while (!list.empty() && is_blank(list.front())) list.remove_prefix(1);
    while (!list.empty() && is_blank(list.back())) list.remove_suffix(1);
    return list;
}

}  // namespace nacre::detail

#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "nacre/detail/codec.h"
#include "nacre/detail/vint.h"

/// list, set, map, tuple and vector. Sets and maps are written in the order of their elements.
namespace nacre::detail {

template <typename... T, typename Declare>
constexpr void declare_all(Declare declare) {
    (codec<value_of<T>>::declare(declare), ...);
}

template <typename T>
constexpr void describe_all(constant_text& to, std::string_view kind) {
    to.add(kind).add("<");
    describe_element<value_of<T>>(to);
}

template <typename First, typename... Rest>
constexpr void describe_parameters(constant_text& to, std::string_view kind) {
    describe_all<First>(to, kind);
    ((to.add(", "), describe_element<value_of<Rest>>(to)), ...);
    to.add(">");
}

constexpr std::uint32_t count_bytes = 4;

/// Of a container whose elements are of type Element as it goes through them.
template <typename Element, typename Container>
std::uint32_t elements_size(const Container& elements) {
    if constexpr (codec<value_of<Element>>::width != 0 && !is_nullable<Element>) {
        return count_bytes + static_cast<std::uint32_t>(elements.size()) *
                                 static_cast<std::uint32_t>(4 + codec<Element>::width);
    } else {
        std::uint32_t size = count_bytes;
        for (const auto& element : elements) size += element_size<Element>(element);
        return size;
    }
}

// ---- list ---------------------------------------------------------------------------------------

template <typename T>
    requires has_codec<value_of<T>>
struct codec<std::vector<T>> : sized_codec {
    static constexpr bool freezes = true;
    static constexpr void describe(constant_text& to) { describe_parameters<T>(to, "list"); }
    template <typename Declare>
    static constexpr void declare(Declare all) {
        declare_all<T>(all);
    }

    static std::vector<T> read(const std::byte* at, std::uint32_t size) {
        cursor in{at, at + size};
        auto count = in.take_size();
        std::vector<T> list;
        list.reserve(static_cast<std::size_t>(count));
        for (; count > 0; --count) list.push_back(take_element<T>(in));
        return list;
    }
    static std::uint32_t size(const std::vector<T>& list) { return elements_size<T>(list); }
    static std::byte* write(std::byte* to, const std::vector<T>& list) {
        to = store_big_endian(to, static_cast<std::int32_t>(list.size()));
        for (const auto& element : list) to = put_element<T>(to, element);
        return to;
    }
};

// ---- set ----------------------------------------------------------------------------------------

/// Calls `put` for the elements in their order, by the `key` of each.
template <typename Container, typename Key, typename Put>
void in_order(const Container& elements, Key key, Put put) {
    std::vector<const typename Container::value_type*> order;
    order.reserve(elements.size());
    for (const auto& element : elements) order.push_back(&element);
    std::sort(order.begin(), order.end(),
              [key](const auto* left, const auto* right) { return key(*left) < key(*right); });
    for (const auto* element : order) put(*element);
}

template <typename Set, typename T, bool IsOrdered>
struct set_codec : sized_codec {
    static constexpr bool freezes = true;
    static constexpr void describe(constant_text& to) { describe_parameters<T>(to, "set"); }
    template <typename Declare>
    static constexpr void declare(Declare all) {
        declare_all<T>(all);
    }

    static Set read(const std::byte* at, std::uint32_t size) {
        cursor in{at, at + size};
        Set set;
        for (auto count = in.take_size(); count > 0; --count) {
            set.insert(set.end(), take_element<T>(in));
        }
        return set;
    }
    static std::uint32_t size(const Set& set) { return elements_size<T>(set); }
    static std::byte* write(std::byte* to, const Set& set) {
        to = store_big_endian(to, static_cast<std::int32_t>(set.size()));
        const auto put = [&to](const T& element) { to = put_element<T>(to, element); };
        if constexpr (IsOrdered) {
            for (const auto& element : set) put(element);
        } else {
            in_order(set, [](const T& element) -> const T& { return element; }, put);
        }
        return to;
    }
};

template <typename T, typename Allocator>
    requires has_codec<T>
struct codec<std::set<T, std::less<T>, Allocator>>
    : set_codec<std::set<T, std::less<T>, Allocator>, T, true> {};
template <typename T, typename Hash, typename Equal, typename Allocator>
    requires has_codec<T>
struct codec<std::unordered_set<T, Hash, Equal, Allocator>>
    : set_codec<std::unordered_set<T, Hash, Equal, Allocator>, T, false> {};

// ---- map ----------------------------------------------------------------------------------------

template <typename Map, typename Key, typename Mapped, bool IsOrdered>
struct map_codec : sized_codec {
    static constexpr bool freezes = true;
    static constexpr void describe(constant_text& to) {
        describe_parameters<Key, Mapped>(to, "map");
    }
    template <typename Declare>
    static constexpr void declare(Declare all) {
        declare_all<Key, Mapped>(all);
    }

    static Map read(const std::byte* at, std::uint32_t size) {
        cursor in{at, at + size};
        Map map;
        for (auto count = in.take_size(); count > 0; --count) {
            auto key = take_element<Key>(in);
            map.emplace_hint(map.end(), std::move(key), take_element<Mapped>(in));
        }
        return map;
    }
    static std::uint32_t size(const Map& map) {
        std::uint32_t size = count_bytes;
        for (const auto& [key, mapped] : map) {
            size += element_size<Key>(key) + element_size<Mapped>(mapped);
        }
        return size;
    }
    static std::byte* write(std::byte* to, const Map& map) {
        to = store_big_endian(to, static_cast<std::int32_t>(map.size()));
        const auto put = [&to](const auto& entry) {
            to = put_element<Key>(to, entry.first);
            to = put_element<Mapped>(to, entry.second);
        };
        if constexpr (IsOrdered) {
            for (const auto& entry : map) put(entry);
        } else {
            in_order(map, [](const auto& entry) -> const Key& { return entry.first; }, put);
        }
        return to;
    }
};

template <typename Key, typename Mapped, typename Allocator>
    requires has_codec<Key> && has_codec<value_of<Mapped>>
struct codec<std::map<Key, Mapped, std::less<Key>, Allocator>>
    : map_codec<std::map<Key, Mapped, std::less<Key>, Allocator>, Key, Mapped, true> {};
template <typename Key, typename Mapped, typename Hash, typename Equal, typename Allocator>
    requires has_codec<Key> && has_codec<value_of<Mapped>>
struct codec<std::unordered_map<Key, Mapped, Hash, Equal, Allocator>>
    : map_codec<std::unordered_map<Key, Mapped, Hash, Equal, Allocator>, Key, Mapped, false> {};

// ---- tuple --------------------------------------------------------------------------------------

template <typename Tuple, typename... T>
struct tuple_codec : sized_codec {
    static constexpr void describe(constant_text& to) { describe_parameters<T...>(to, "tuple"); }
    template <typename Declare>
    static constexpr void declare(Declare all) {
        declare_all<T...>(all);
    }

    // Braces keep the order.
    static Tuple read(const std::byte* at, std::uint32_t size) {
        cursor in{at, at + size};
        return Tuple{take_element<T>(in)...};
    }
    static std::uint32_t size(const Tuple& tuple) {
        return std::apply([](const auto&... part) { return (element_size<T>(part) + ... + 0); },
                          tuple);
    }
    static std::byte* write(std::byte* to, const Tuple& tuple) {
        std::apply([&to](const auto&... part) { ((to = put_element<T>(to, part)), ...); }, tuple);
        return to;
    }
};

template <typename... T>
    requires(sizeof...(T) > 0 && (has_codec<value_of<T>> && ...))
struct codec<std::tuple<T...>> : tuple_codec<std::tuple<T...>, T...> {};
template <typename First, typename Second>
    requires has_codec<value_of<First>> && has_codec<value_of<Second>>
struct codec<std::pair<First, Second>> : tuple_codec<std::pair<First, Second>, First, Second> {};

// ---- vector -------------------------------------------------------------------------------------

/// Cassandra keeps elements of these types one after the other, and a size before each of others,
/// tinyint, smallint, date and time among them.
template <typename T>
constexpr std::size_t vector_element_width = [] {
    constant_text name;
    codec<T>::describe(name);
    const auto cql = name.view();
    const bool is_packed = cql == "boolean" || cql == "int" || cql == "bigint" ||
                           cql == "counter" || cql == "timestamp" || cql == "float" ||
                           cql == "double" || cql == "uuid" || cql == "timeuuid" ||
                           cql.starts_with("vector<");
    return is_packed ? codec<T>::width : 0;
}();

template <typename T, std::size_t Dimensions>
    requires(Dimensions > 0 && has_codec<T>)
struct codec<std::array<T, Dimensions>> : sized_codec {
    using array = std::array<T, Dimensions>;
    static constexpr std::size_t element_width = vector_element_width<T>;
    static constexpr std::size_t width = Dimensions * element_width;
    static constexpr bool empty_is_null = true;

    static constexpr void describe(constant_text& to) {
        describe_all<T>(to, "vector");
        to.add(", ").add_number(Dimensions).add(">");
    }
    template <typename Declare>
    static constexpr void declare(Declare all) {
        declare_all<T>(all);
    }

    static array read(const std::byte* at, std::uint32_t /*size*/) {
        return [&at]<std::size_t... I>(std::index_sequence<I...>) {
            return array{{(static_cast<void>(I), take(at))...}};
        }(std::make_index_sequence<Dimensions>());
    }
    static std::uint32_t size(const array& vector) {
        if constexpr (element_width != 0) return width;
        std::uint32_t sum = 0;
        for (const auto& element : vector) {
            const auto bytes = codec<T>::size(element);
            sum += unsigned_vint_size(bytes) + bytes;
        }
        return sum;
    }
    static std::byte* write(std::byte* to, const array& vector) {
        for (const auto& element : vector) {
            if constexpr (element_width == 0) to = put_unsigned_vint(to, codec<T>::size(element));
            to = codec<T>::write(to, element);
        }
        return to;
    }

  private:
    static T take(const std::byte*& at) {
        std::uint32_t size = element_width;
        if constexpr (element_width == 0) {
            size = static_cast<std::uint32_t>(take_unsigned_vint(at));
        }
        const auto* from = at;
        at += size;
        return codec<T>::read(from, size);
    }
};

}  // namespace nacre::detail

#include "function/sample_values.h"

#include <algorithm>

#include "types/ordered_collection.h"
#include "types/value.h"

namespace nacre::function {

namespace {

using types::type;
using types::type_kind;

std::vector<std::string_view> texts_of(type_kind kind) {
    using enum type_kind;
    switch (kind) {
        case boolean:
            return {"true", "false"};
        case tinyint:
        case smallint:
        case int_:
        case bigint:
        case counter:
        case varint:
            return {"1", "5", "-3", "10", "0"};
        case decimal:
        // Sums of these are exact in binary, too.
        case float_:
        case double_:
            return {"1.5", "-2.25", "10", "0"};
        case date:
            return {"2024-02-29", "1970-01-01", "1999-12-31", "2030-06-15"};
        case time:
            return {"12:34:56.789", "00:00:00", "23:59:59.999999999", "06:00:00"};
        case timestamp:
            return {"2024-02-29 12:34:56+0000", "1970-01-01 00:00:00+0000",
                    "1999-12-31 23:59:59.999+0000", "2030-06-15 06:00:00+0000"};
        case duration:
            return {"1d", "2h30m", "1mo", "15s"};
        case inet:
            return {"127.0.0.1", "10.0.0.1", "::1", "2001:db8::2"};
        case uuid:
        case timeuuid:
            return {"50554d6e-29bb-11e5-b345-feff819cdc9f", "1060a000-d6fa-11ee-8080-808080808080",
                    "7db1a490-5878-11e2-bcfd-0800200c9a66", "d2177dd0-eaa2-11de-a572-001b779c76e3"};
        case blob:
            return {"0xca", "0xfe00", "0x", "0xcafe"};
        default:
            return {"b", "a", "ab", "", "zebra"};
    }
}

std::vector<bytes> native_samples(const type& t) {
    std::vector<bytes> values;
    for (const auto text : texts_of(t.kind())) {
        if (const auto value = types::from_text(t, text)) values.push_back(*value);
    }
    return values;
}

// Collections of one element, of two, of all and of none.
template <typename Make>
std::vector<bytes> collections(const std::vector<bytes>& elements, Make make) {
    std::vector<bytes> values;
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{2}, elements.size(), std::size_t{0}}) {
        std::vector<optional_bytes> some(elements.begin(), elements.end());
        some.resize(std::min(size, elements.size()));
        auto made = make(some);
        if (std::ranges::find(values, made) == values.end()) values.push_back(std::move(made));
    }
    return values;
}

std::vector<bytes> maps(const type& t) {
    const auto values = sample_values(*t.parameters()[1]);
    return collections(sample_values(*t.key()), [&](const std::vector<optional_bytes>& keys) {
        std::vector<std::pair<bytes, bytes>> entries;
        for (const auto& key : keys) {
            entries.emplace_back(*key, values[entries.size() % values.size()]);
        }
        return types::make_map(*t.key(), std::move(entries));
    });
}

// Each field takes another value than the field before.
std::vector<bytes> rows(const type& t) {
    constexpr std::size_t count = 4;
    std::vector<bytes> values;
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<optional_bytes> fields;
        for (const auto& field : t.parameters()) {
            const auto samples = sample_values(*field);
            fields.push_back(samples[(i + fields.size()) % samples.size()]);
        }
        values.push_back(types::join_fields(fields));
    }
    return values;
}

std::vector<bytes> vectors(const type& t) {
    const auto samples = sample_values(*t.element());
    std::vector<bytes> values;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        std::vector<bytes> elements;
        for (std::uint32_t at = 0; at < t.dimensions(); ++at) {
            elements.push_back(samples[(i + at) % samples.size()]);
        }
        values.push_back(types::join_vector(t, elements));
    }
    return values;
}

}  // namespace

std::vector<bytes> sample_values(const types::type& t) {
    switch (t.kind()) {
        case type_kind::list:
            return collections(sample_values(*t.element()),
                               [](const auto& elements) { return types::join_list(elements); });
        case type_kind::set:
            return collections(sample_values(*t.element()), [&t](const auto& elements) {
                return types::make_set(*t.element(), elements);
            });
        case type_kind::map:
            return maps(t);
        case type_kind::tuple:
        case type_kind::user:
            return rows(t);
        case type_kind::vector:
            return vectors(t);
        default:
            return native_samples(t);
    }
}

}  // namespace nacre::function

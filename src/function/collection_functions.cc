#include "data/row_batch.h"
#include "function/builtins.h"
#include "function/column_function.h"
#include "function/generic_parameter.h"
#include "function/native_aggregate.h"
#include "function/numeric_column.h"
#include "types/value.h"

namespace nacre::function {

namespace {

using types::type;
using types::type_kind;
using types::type_ptr;

enum class map_part : std::uint8_t { keys, values };

column_body map_part_of(type_ptr map, map_part part) {
    return each_serialised(
        [map = std::move(map), part](bytes_view value) -> result<optional_bytes> {
            NACRE_TRY(const auto entries, types::split_collection(*map, value));
            std::vector<optional_bytes> wanted;
            for (std::size_t i = part == map_part::keys ? 0 : 1; i < entries.size(); i += 2) {
                wanted.emplace_back(bytes(*entries[i]));
            }
            return optional_bytes(types::join_list(wanted));
        });
}

generic_function map_function(std::string name, map_part part) {
    return {name, fmt::format("system.{}(map)", name), 1, 1,
            [name, part](const generic_call& call) -> result<resolved> {
                const auto& map = call.types[0];
                if (map->kind() != type_kind::map) {
                    return wrong_argument(name, "a map argument", call, 0);
                }
                const auto returned = part == map_part::keys ? type::set_of(map->key(), true)
                                                             : type::list_of(map->mapped(), true);
                return make_builtin(name, {map}, returned, schema::null_input::returns_null,
                                    purity::pure, map_part_of(map, part));
            }};
}

result<resolved> make_collection_count(const generic_call& call) {
    const auto& collection = call.types[0];
    if (!collection->is_collection()) {
        return wrong_argument("collection_count", "a collection argument", call, 0);
    }
    return make_builtin(
        "collection_count", {collection}, type::native(type_kind::int_),
        schema::null_input::returns_null, purity::pure,
        each_serialised([collection](bytes_view value) -> result<optional_bytes> {
            return optional_bytes(types::serialise_integer(
                static_cast<std::int32_t>(types::collection_size(*collection, value))));
        }));
}

bool is_set_or_list(const type& t) {
    return t.kind() == type_kind::set || t.kind() == type_kind::list;
}

enum class extreme : std::uint8_t { least, greatest };

result<optional_bytes> extreme_of(const type& collection, bytes_view value, extreme which) {
    NACRE_TRY(const auto elements, types::split_collection(collection, value));
    std::optional<bytes_view> best;
    for (const auto& element : elements) {
        if (best) {
            const auto order = types::compare(*collection.element(), *element, *best);
            if (which == extreme::least ? order >= 0 : order <= 0) continue;
        }
        best = element;
    }
    return best ? optional_bytes(bytes(*best)) : optional_bytes();
}

generic_function extreme_function(std::string name, extreme which) {
    return {name, fmt::format("system.{}(set_or_list)", name), 1, 1,
            [name, which](const generic_call& call) -> result<resolved> {
                const auto& collection = call.types[0];
                if (!is_set_or_list(*collection)) {
                    return wrong_argument(name, "a set or list argument", call, 0);
                }
                return make_builtin(name, {collection}, collection->element(),
                                    schema::null_input::returns_null, purity::pure,
                                    each_serialised([collection, which](bytes_view value) {
                                        return extreme_of(*collection, value, which);
                                    }));
            }};
}

using make_accumulator = std::unique_ptr<native_accumulator> (*)(type_kind);

result<optional_bytes> fold_elements(const type& collection, bytes_view value,
                                     make_accumulator make) {
    NACRE_TRY(const auto elements, types::split_collection(collection, value));
    data::column_vector column(collection.element());
    for (const auto& element : elements) column.append(element);
    const auto rows = data::all_rows(column.size());
    const data::column_vector* argument = &column;
    const auto folded = make(collection.element()->kind());
    folded->start();
    NACRE_CHECK(folded->take({{&argument, 1}, rows}));
    return folded->value();
}

generic_function fold_function(std::string name, make_accumulator make) {
    return {name, fmt::format("system.{}(numeric_set_or_list)", name), 1, 1,
            [name, make](const generic_call& call) -> result<resolved> {
                const auto& collection = call.types[0];
                if (!is_set_or_list(*collection) || !is_numeric(collection->element()->kind())) {
                    return wrong_argument(name, "a numeric set/list argument", call, 0);
                }
                return make_builtin(name, {collection}, collection->element(),
                                    schema::null_input::returns_null, purity::pure,
                                    each_serialised([collection, make](bytes_view value) {
                                        return fold_elements(*collection, value, make);
                                    }));
            }};
}

}  // namespace

void add_collection_functions(registry& functions) {
    functions.add(map_function("map_keys", map_part::keys));
    functions.add(map_function("map_values", map_part::values));
    functions.add(generic_function{"collection_count", "system.collection_count(collection)", 1, 1,
                                   make_collection_count});
    functions.add(extreme_function("collection_min", extreme::least));
    functions.add(extreme_function("collection_max", extreme::greatest));
    functions.add(fold_function("collection_sum", make_sum));
    functions.add(fold_function("collection_avg", make_average));
}

}  // namespace nacre::function

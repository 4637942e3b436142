#include "function/builtins.h"
#include "function/column_function.h"
#include "types/value.h"

namespace nacre::function {

namespace {

using types::type;
using types::type_kind;

enum class map_part : std::uint8_t { keys, values };

column_body map_part_of(types::type_ptr map, map_part part) {
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

error wrong_kind(std::string_view name, std::string_view wanted, const type& found) {
    return invalid(
        "Function system.{}({}) requires a {} argument, but found an argument of type {}", name,
        wanted, wanted, found.to_cql_without_frozen());
}

generic_function map_function(std::string name, map_part part) {
    return {name, fmt::format("system.{}(map)", name), 1, 1,
            [name, part](std::span<const types::type_ptr> types) -> result<resolved> {
                const auto& map = types[0];
                if (map->kind() != type_kind::map) return wrong_kind(name, "map", *map);
                const auto returned = part == map_part::keys ? type::set_of(map->key(), true)
                                                             : type::list_of(map->mapped(), true);
                return make_builtin(name, {map}, returned, schema::null_input::returns_null,
                                    purity::pure, map_part_of(map, part));
            }};
}

result<resolved> make_collection_count(std::span<const types::type_ptr> types) {
    const auto& collection = types[0];
    if (!collection->is_collection()) {
        return wrong_kind("collection_count", "collection", *collection);
    }
    return make_builtin("collection_count", {collection}, type::native(type_kind::int_),
                        schema::null_input::returns_null, purity::pure,
                        each_serialised([collection](bytes_view value) -> result<optional_bytes> {
                            return optional_bytes(types::serialise_integer(
                                types::collection_size(*collection, value)));
                        }));
}

}  // namespace

void add_collection_functions(registry& functions) {
    functions.add(map_function("map_keys", map_part::keys));
    functions.add(map_function("map_values", map_part::values));
    functions.add(generic_function{"collection_count", "system.collection_count(collection)", 1, 1,
                                   make_collection_count});
}

}  // namespace nacre::function

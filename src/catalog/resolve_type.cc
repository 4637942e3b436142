#include "catalog/resolve_type.h"

#include <array>
#include <utility>

#include "cql/print.h"

namespace nacre::catalog {

namespace {

using cql::type_name;
using types::type;
using types::type_kind;
using types::type_ptr;

constexpr std::string_view marshal_package = "org.apache.cassandra.db.marshal.";

constexpr std::array<std::pair<std::string_view, type_kind>, 21> marshal_classes = {{
    {"AsciiType", type_kind::ascii},
    {"BooleanType", type_kind::boolean},
    {"ByteType", type_kind::tinyint},
    {"BytesType", type_kind::blob},
    {"CounterColumnType", type_kind::counter},
    {"DecimalType", type_kind::decimal},
    {"DoubleType", type_kind::double_},
    {"DurationType", type_kind::duration},
    {"FloatType", type_kind::float_},
    {"InetAddressType", type_kind::inet},
    {"Int32Type", type_kind::int_},
    {"IntegerType", type_kind::varint},
    {"LongType", type_kind::bigint},
    {"ShortType", type_kind::smallint},
    {"SimpleDateType", type_kind::date},
    {"TimeType", type_kind::time},
    {"TimeUUIDType", type_kind::timeuuid},
    {"TimestampType", type_kind::timestamp},
    {"UTF8Type", type_kind::text},
    {"UUIDType", type_kind::uuid},
    {"DateType", type_kind::timestamp},
}};

class resolver {
  public:
    resolver(std::string_view keyspace, const schema::by_name<type_ptr>& user_types)
        : _keyspace(keyspace), _user_types(user_types) {}

    /// `inside_frozen`: within frozen<>, a tuple or a vector, everything is frozen.
    result<type_ptr> resolve(const type_name& name, bool inside_frozen) const {
        if (name.custom_class) return custom(name);
        const bool frozen = inside_frozen || name.frozen;
        if (!name.parameters.empty()) return parametrised(name, frozen);
        if (name.keyspace.empty() && !name.quoted) {
            if (auto native = type::native_by_name(name.name)) {
                if (name.frozen) {
                    return syntax_error(
                        "frozen<> is only allowed on collections, tuples, and "
                        "user-defined types (got {})",
                        native->to_cql());
                }
                return native;
            }
        }
        return user_defined(name, frozen);
    }

  private:
    static result<type_ptr> custom(const type_name& name) {
        std::string_view simple = name.name;
        if (simple.starts_with(marshal_package)) simple.remove_prefix(marshal_package.size());
        for (const auto& [marshal, kind] : marshal_classes) {
            if (marshal == simple) return type::native(kind);
        }
        const bool qualified = simple.find('.') != std::string_view::npos;
        return syntax_error("Error setting type {}: Unable to find abstract-type class '{}{}'",
                            name.name, qualified ? "" : marshal_package, simple);
    }

    result<type_ptr> user_defined(const type_name& name, bool frozen) const {
        if (!name.keyspace.empty() && name.keyspace != _keyspace) {
            return invalid(
                "Statement on keyspace {} cannot refer to a user type in keyspace {}; "
                "user types can only be used in the keyspace they are defined in",
                _keyspace, name.keyspace);
        }
        const auto* found = _user_types.find(name.name);
        if (found == nullptr) {
            return invalid("Unknown type {}.{}", _keyspace, name.name);
        }
        return frozen ? type::freeze(*found) : *found;
    }

    result<type_ptr> parametrised(const type_name& name, bool frozen) const {
        if (name.name == "tuple") return tuple(name);
        if (name.name == "vector") return vector(name);
        if (name.name == "list" || name.name == "set") return list_or_set(name, frozen);
        if (name.name == "map") return map(name, frozen);
        return syntax_error("Unknown type {}", cql::to_text(name));
    }

    result<type_ptr> tuple(const type_name& name) const {
        std::vector<type_ptr> fields;
        for (const auto& parameter : name.parameters) {
            NACRE_TRY(auto field, resolve(parameter, true));
            if (field->kind() == type_kind::counter) {
                return invalid("Counters are not allowed inside tuples");
            }
            fields.push_back(std::move(field));
        }
        return type::tuple_of(std::move(fields));
    }

    result<type_ptr> vector(const type_name& name) const {
        if (name.parameters.size() != 1 || !name.dimension) {
            return syntax_error("vector takes a type and a dimension: {}", cql::to_text(name));
        }
        if (*name.dimension == 0) {
            return invalid("vectors may only have positive dimensions; given 0");
        }
        NACRE_TRY(auto element, resolve(name.parameters[0], true));
        if (element->kind() == type_kind::counter) {
            return invalid("Counters are not allowed inside vectors");
        }
        return type::vector_of(std::move(element), *name.dimension);
    }

    /// What stands inside a collection.
    result<type_ptr> inner(const type_name& part, const type_name& whole, bool frozen) const {
        NACRE_TRY(auto resolved, resolve(part, frozen));
        if (resolved->kind() == type_kind::counter) {
            return invalid("Counters are not allowed inside collections: {}", cql::to_text(whole));
        }
        if (resolved->is_multi_cell()) {
            return invalid("Non-frozen {} are not allowed inside collections: {}",
                           resolved->is_collection() ? "collections" : "UDTs", cql::to_text(whole));
        }
        return resolved;
    }

    result<type_ptr> list_or_set(const type_name& name, bool frozen) const {
        if (name.parameters.size() != 1) {
            return syntax_error("{} takes one type: {}", name.name, cql::to_text(name));
        }
        NACRE_TRY(auto element, inner(name.parameters[0], name, frozen));
        if (name.name == "list") return type::list_of(std::move(element), frozen);
        if (element->kind() == type_kind::duration) {
            return invalid("Durations are not allowed inside sets: {}", cql::to_text(name));
        }
        return type::set_of(std::move(element), frozen);
    }

    result<type_ptr> map(const type_name& name, bool frozen) const {
        if (name.parameters.size() != 2) {
            return syntax_error("map takes two types: {}", cql::to_text(name));
        }
        NACRE_TRY(auto key, inner(name.parameters[0], name, frozen));
        NACRE_TRY(auto value, inner(name.parameters[1], name, frozen));
        if (key->kind() == type_kind::duration) {
            return invalid("Durations are not allowed as map keys: {}", cql::to_text(name));
        }
        return type::map_of(std::move(key), std::move(value), frozen);
    }

    std::string_view _keyspace;
    const schema::by_name<type_ptr>& _user_types;
};

}  // namespace

status check_size(const type& type) {
    if (type.part_count() <= type_parts_max) return {};
    return invalid("The type {} is made of more than {} types, counted wherever they stand in it",
                   type.to_cql(), type_parts_max);
}

status check_size(std::string_view what, std::uint64_t parts) {
    if (parts <= types_parts_max) return {};
    return invalid("{} has types that are made of {} types together, at most {} are allowed", what,
                   parts, types_parts_max);
}

result<type_ptr> resolve_stored_type(const type_name& name, std::string_view keyspace,
                                     const schema::by_name<type_ptr>& user_types) {
    return resolver(keyspace, user_types).resolve(name, false);
}

result<type_ptr> resolve_type(const type_name& name, std::string_view keyspace,
                              const schema::by_name<type_ptr>& user_types) {
    NACRE_TRY(auto resolved, resolve_stored_type(name, keyspace, user_types));
    NACRE_CHECK(check_size(*resolved));
    return resolved;
}

result<type_ptr> resolve_type(const type_name& name, std::string_view keyspace,
                              const schema::snapshot& schema) {
    static const schema::by_name<type_ptr> none;
    const auto found = schema.find_keyspace(keyspace);
    return resolve_type(name, keyspace, found ? found->user_types() : none);
}

std::string function_type_text(const type_ptr& type) {
    return types::type::thaw(type)->to_cql();
}

std::string described_function_type(const type_ptr& type) {
    constexpr std::string_view frozen = "frozen<";
    auto text = function_type_text(type);
    if (!text.starts_with(frozen)) return text;
    return text.substr(frozen.size(), text.size() - frozen.size() - 1);
}

}  // namespace nacre::catalog

#include "catalog/constant.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "catalog/resolve_type.h"
#include "cql/print.h"
#include "types/ordered_collection.h"
#include "types/value.h"

namespace nacre::catalog {

namespace {

using cql::expression;
using function::fit;
using types::type;
using types::type_kind;
using types::type_ptr;

std::string_view literal_kind_name(cql::literal_kind kind) {
    switch (kind) {
        case cql::literal_kind::null:
            return "NULL";
        case cql::literal_kind::boolean:
            return "BOOLEAN";
        case cql::literal_kind::integer:
            return "INTEGER";
        case cql::literal_kind::floating:
            return "FLOAT";
        case cql::literal_kind::string:
            return "STRING";
        case cql::literal_kind::uuid:
            return "UUID";
        case cql::literal_kind::blob:
            return "HEX";
        case cql::literal_kind::duration:
            return "DURATION";
    }
    return "";
}

bool literal_fits(cql::literal_kind kind, type_kind wanted) {
    using enum type_kind;
    switch (kind) {
        case cql::literal_kind::null:
            return true;
        case cql::literal_kind::boolean:
            return wanted == boolean;
        case cql::literal_kind::integer:
            return wanted == bigint || wanted == counter || wanted == date || wanted == decimal ||
                   wanted == double_ || wanted == duration || wanted == float_ || wanted == int_ ||
                   wanted == smallint || wanted == time || wanted == timestamp ||
                   wanted == tinyint || wanted == varint;
        case cql::literal_kind::floating:
            return wanted == decimal || wanted == double_ || wanted == float_;
        case cql::literal_kind::string:
            return wanted == ascii || wanted == text || wanted == inet || wanted == date ||
                   wanted == time || wanted == timestamp;
        case cql::literal_kind::uuid:
            return wanted == type_kind::uuid || wanted == timeuuid;
        case cql::literal_kind::blob:
            return wanted == blob;
        case cql::literal_kind::duration:
            return wanted == duration;
    }
    return false;
}

bool is_null(const expression& value) {
    const auto* literal = value.as<cql::literal>();
    return literal != nullptr && literal->kind == cql::literal_kind::null;
}

result<type_ptr> hinted_type(const cql::type_name& name, const constant_context& context) {
    static const schema::by_name<type_ptr> none;
    if (context.schema != nullptr) return resolve_type(name, context.keyspace, *context.schema);
    return resolve_type(name, context.keyspace, none);
}

/// Ordinal of a field of a user type.
std::optional<std::size_t> find_field(const type& user, std::string_view field) {
    const auto found = std::ranges::find(user.field_names(), field);
    if (found == user.field_names().end()) return std::nullopt;
    return static_cast<std::size_t>(found - user.field_names().begin());
}

class fit_test {
  public:
    fit_test(const type& wanted, const constant_context& context)
        : _type(wanted), _context(context) {}

    fit operator()(const cql::literal& literal) const {
        return literal_fits(literal.kind, _type.kind()) ? fit::weak : fit::none;
    }
    fit operator()(const cql::list_literal& list) const {
        if (_type.kind() == type_kind::vector && list.elements.size() != _type.dimensions()) {
            return fit::none;
        }
        if (_type.kind() != type_kind::list && _type.kind() != type_kind::vector) return fit::none;
        return all(list.elements, *_type.element());
    }
    fit operator()(const cql::set_literal& set) const {
        if (_type.kind() != type_kind::set) return fit::none;
        return all(set.elements, *_type.element());
    }
    fit operator()(const cql::map_literal& map) const {
        if (map.entries.empty() && _type.kind() == type_kind::set) return fit::weak;
        if (_type.kind() != type_kind::map) return fit::none;
        for (const auto& [key, value] : map.entries) {
            if (constant_fit(key, *_type.key(), _context) == fit::none) return fit::none;
            if (constant_fit(value, *_type.mapped(), _context) == fit::none) return fit::none;
        }
        return fit::weak;
    }
    fit operator()(const cql::tuple_literal& tuple) const {
        if (_type.kind() != type_kind::tuple && _type.kind() != type_kind::user) return fit::none;
        if (tuple.elements.size() > _type.parameters().size()) return fit::none;
        for (std::size_t i = 0; i < tuple.elements.size(); ++i) {
            if (constant_fit(tuple.elements[i], *_type.parameters()[i], _context) == fit::none) {
                return fit::none;
            }
        }
        return fit::weak;
    }
    fit operator()(const cql::user_type_literal& literal) const {
        if (_type.kind() != type_kind::user) return fit::none;
        for (const auto& [name, value] : literal.fields) {
            const auto field = find_field(_type, name);
            if (!field) return fit::none;
            if (constant_fit(value, *_type.parameters()[*field], _context) == fit::none) {
                return fit::none;
            }
        }
        return fit::weak;
    }
    fit operator()(const cql::type_hint& hint) const {
        const auto hinted = hinted_type(hint.type, _context);
        if (!hinted) return fit::none;
        if ((*hinted)->same_values(_type)) return fit::exact;
        return types::is_value_compatible(_type, **hinted) ? fit::weak : fit::none;
    }
    template <typename Other>
    fit operator()(const Other&) const {
        return fit::none;
    }

  private:
    fit all(const std::vector<expression>& elements, const type& element) const {
        const auto fits = [&](const expression& value) {
            return constant_fit(value, element, _context) != fit::none;
        };
        return std::ranges::all_of(elements, fits) ? fit::weak : fit::none;
    }

    const type& _type;
    const constant_context& _context;
};

class evaluation {
  public:
    evaluation(const expression& whole, const type_ptr& wanted, std::string_view receiver,
               const constant_context& context)
        : _whole(whole), _type(wanted), _receiver(receiver), _context(context) {}

    result<optional_bytes> operator()(const cql::literal& literal) const {
        if (literal.kind == cql::literal_kind::null) return optional_bytes();
        if (!literal_fits(literal.kind, _type->kind())) {
            return invalid("Invalid {} constant ({}{}) for \"{}\" of type {}",
                           literal_kind_name(literal.kind),
                           literal.kind == cql::literal_kind::blob ? "0x" : "", literal.text,
                           _receiver, _type->to_cql());
        }
        switch (_type->kind()) {
            case type_kind::text:
                return optional_bytes(literal.text);
            case type_kind::blob: {
                auto raw = from_hex(literal.text);
                if (!raw) return invalid("cannot parse '{}' as hex bytes", literal.text);
                return optional_bytes(std::move(*raw));
            }
            default:
                break;
        }
        NACRE_TRY(auto serialised, types::from_text(*_type, literal.text));
        return optional_bytes(std::move(serialised));
    }

    result<optional_bytes> operator()(const cql::list_literal& list) const {
        if (_type->kind() == type_kind::vector) return vector(list);
        if (_type->kind() != type_kind::list) {
            return invalid("Unexpected receiver type '{}'; only list and vector are expected",
                           _type->to_cql());
        }
        NACRE_TRY(auto values, elements(list.elements, "list"));
        return optional_bytes(types::join_list(values));
    }

    result<optional_bytes> operator()(const cql::set_literal& set) const {
        if (_type->kind() != type_kind::set) return wrong_literal("set");
        NACRE_TRY(auto values, elements(set.elements, "set"));
        return optional_bytes(types::make_set(*_type->element(), std::move(values)));
    }

    result<optional_bytes> operator()(const cql::map_literal& map) const {
        if (map.entries.empty() && _type->kind() == type_kind::set) {
            return optional_bytes(types::join_list({}));
        }
        if (_type->kind() != type_kind::map)
            return wrong_literal(map.entries.empty() ? "set" : "map");
        std::vector<std::pair<bytes, bytes>> entries;
        for (const auto& [key, value] : map.entries) {
            NACRE_CHECK(check_part(key, *_type->key(), "map literal for {}: key {}"));
            NACRE_CHECK(check_part(value, *_type->mapped(), "map literal for {}: value {}"));
            NACRE_TRY(auto k, constant_value(key, _type->key(), part("key"), _context));
            NACRE_TRY(auto v, constant_value(value, _type->mapped(), part("value"), _context));
            if (!k || !v) return invalid("null is not supported inside collections");
            entries.emplace_back(std::move(*k), std::move(*v));
        }
        return optional_bytes(types::make_map(*_type->key(), std::move(entries)));
    }

    result<optional_bytes> operator()(const cql::tuple_literal& tuple) const {
        if (_type->kind() != type_kind::tuple && _type->kind() != type_kind::user) {
            return wrong_literal("tuple type");
        }
        const auto& fields = _type->parameters();
        if (tuple.elements.size() > fields.size()) {
            return invalid(
                "Invalid tuple literal for {}: too many elements. Type {} expects {} but "
                "got {}",
                _receiver, _type->to_cql(), fields.size(), tuple.elements.size());
        }
        std::vector<optional_bytes> values;
        for (std::size_t i = 0; i < tuple.elements.size(); ++i) {
            if (constant_fit(tuple.elements[i], *fields[i], _context) == fit::none) {
                return invalid("Invalid tuple literal for {}: component {} is not of type {}",
                               _receiver, i, fields[i]->to_cql());
            }
            NACRE_TRY(auto value, constant_value(tuple.elements[i], fields[i],
                                                 fmt::format("{}[{}]", _receiver, i), _context));
            values.push_back(std::move(value));
        }
        return optional_bytes(types::join_fields(values));
    }

    result<optional_bytes> operator()(const cql::user_type_literal& literal) const {
        if (_type->kind() != type_kind::user) return wrong_literal("user type");
        std::vector<optional_bytes> values(_type->parameters().size());
        for (const auto& [name, value] : literal.fields) {
            const auto field = find_field(*_type, name);
            if (!field) {
                return invalid("Unknown field '{}' in value of user defined type {}", name,
                               _type->name());
            }
            const auto& wanted = _type->parameters()[*field];
            if (constant_fit(value, *wanted, _context) == fit::none) {
                return invalid("Invalid user type literal for {}: field {} is not of type {}",
                               _receiver, name, wanted->to_cql());
            }
            NACRE_TRY(
                values[*field],
                constant_value(value, wanted, fmt::format("{}.{}", _receiver, name), _context));
        }
        return optional_bytes(types::join_fields(values));
    }

    result<optional_bytes> operator()(const cql::type_hint& hint) const {
        NACRE_TRY(auto hinted, hinted_type(hint.type, _context));
        if (constant_fit(*hint.operand, *hinted, _context) == fit::none) {
            return invalid("Cannot cast value {} to type {}",
                           cql::to_text(*hint.operand, cql::naming::in_error),
                           cql::to_text(hint.type));
        }
        if (!hinted->same_values(*_type) && !types::is_value_compatible(*_type, *hinted)) {
            return invalid("Cannot assign value {} to {} of type {}",
                           cql::to_text(_whole, cql::naming::in_error), _receiver, _type->to_cql());
        }
        return constant_value(*hint.operand, hinted, _receiver, _context);
    }

    template <typename Other>
    result<optional_bytes> operator()(const Other&) const {
        return invalid("{} is not a constant", cql::to_text(_whole, cql::naming::in_error));
    }

  private:
    error wrong_literal(std::string_view what) const {
        return invalid("Invalid {} literal for {} of type {}", what, _receiver, _type->to_cql());
    }

    std::string part(std::string_view role) const { return fmt::format("{}({})", role, _receiver); }

    status check_part(const expression& value, const type& wanted,
                      fmt::format_string<std::string_view&, std::string&> where) const {
        if (constant_fit(value, wanted, _context) != fit::none) return {};
        auto receiver = _receiver;
        auto text = cql::to_text(value, cql::naming::in_error);
        return invalid("Invalid {} is not of type {}", fmt::format(where, receiver, text),
                       wanted.to_cql());
    }

    result<std::vector<optional_bytes>> elements(const std::vector<expression>& parts,
                                                 std::string_view what) const {
        std::vector<optional_bytes> values;
        for (const auto& element : parts) {
            if (is_null(element) && !tuple_of_one(element, *_type->element())) {
                return invalid("null is not supported inside {}",
                               what == "vector" ? "vectors" : "collections");
            }
            if (constant_fit(element, *_type->element(), _context) == fit::none) {
                return invalid("Invalid {} literal for {}: value {} is not of type {}", what,
                               _receiver, cql::to_text(element, cql::naming::in_error),
                               _type->element()->to_cql());
            }
            NACRE_TRY(auto value,
                      constant_value(element, _type->element(), part("value"), _context));
            if (!value) return invalid("null is not supported inside collections");
            values.push_back(std::move(value));
        }
        return values;
    }

    result<optional_bytes> vector(const cql::list_literal& list) const {
        if (list.elements.size() != _type->dimensions()) {
            return invalid(
                "Invalid vector literal for {} of type {}; expected {} elements, but "
                "given {}",
                _receiver, _type->to_cql(), _type->dimensions(), list.elements.size());
        }
        NACRE_TRY(auto values, elements(list.elements, "vector"));
        std::vector<bytes> present;
        for (auto& value : values) present.push_back(std::move(*value));
        return optional_bytes(types::join_vector(*_type, present));
    }

    const expression& _whole;
    const type_ptr& _type;
    std::string_view _receiver;
    const constant_context& _context;
};

bool all_constant(const std::vector<expression>& parts) {
    return std::ranges::all_of(parts, is_constant);
}

}  // namespace

bool is_constant(const expression& value) {
    if (value.as<cql::literal>() != nullptr) return true;
    if (const auto* list = value.as<cql::list_literal>()) return all_constant(list->elements);
    if (const auto* set = value.as<cql::set_literal>()) return all_constant(set->elements);
    if (const auto* tuple = value.as<cql::tuple_literal>()) return all_constant(tuple->elements);
    if (const auto* map = value.as<cql::map_literal>()) {
        return std::ranges::all_of(map->entries, [](const cql::map_entry& entry) {
            return is_constant(entry.key) && is_constant(entry.value);
        });
    }
    if (const auto* user = value.as<cql::user_type_literal>()) {
        return std::ranges::all_of(
            user->fields, [](const cql::field_value& field) { return is_constant(field.value); });
    }
    if (const auto* hint = value.as<cql::type_hint>()) return is_constant(*hint->operand);
    return false;
}

std::optional<expression> tuple_of_one(const expression& value, const type& wanted) {
    const bool takes_tuples = wanted.kind() == type_kind::tuple || wanted.kind() == type_kind::user;
    if (!value.parenthesised || !takes_tuples) return std::nullopt;
    expression only = value;
    only.parenthesised = false;
    expression whole;
    whole.span = value.span;
    whole.height = static_cast<std::uint16_t>(value.height + 1);
    whole.node = cql::tuple_literal{{std::move(only)}};
    return whole;
}

fit constant_fit(const expression& value, const type& wanted, const constant_context& context) {
    if (const auto tuple = tuple_of_one(value, wanted)) {
        return constant_fit(*tuple, wanted, context);
    }
    return std::visit(fit_test(wanted, context), value.node);
}

result<optional_bytes> constant_value(const expression& value, const type_ptr& wanted,
                                      std::string_view receiver_name,
                                      const constant_context& context) {
    if (const auto tuple = tuple_of_one(value, *wanted)) {
        return constant_value(*tuple, wanted, receiver_name, context);
    }
    return std::visit(evaluation(value, wanted, receiver_name, context), value.node);
}

}  // namespace nacre::catalog

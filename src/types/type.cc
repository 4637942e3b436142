#include "types/type.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/identifier.h"

namespace nacre::types {

namespace {

struct native_name {
    type_kind kind;
    std::string_view name;
};

// In the order of type_kind.
constexpr std::array native_names = {
    native_name{type_kind::ascii, "ascii"},       native_name{type_kind::bigint, "bigint"},
    native_name{type_kind::blob, "blob"},         native_name{type_kind::boolean, "boolean"},
    native_name{type_kind::counter, "counter"},   native_name{type_kind::date, "date"},
    native_name{type_kind::decimal, "decimal"},   native_name{type_kind::double_, "double"},
    native_name{type_kind::duration, "duration"}, native_name{type_kind::float_, "float"},
    native_name{type_kind::inet, "inet"},         native_name{type_kind::int_, "int"},
    native_name{type_kind::smallint, "smallint"}, native_name{type_kind::text, "text"},
    native_name{type_kind::time, "time"},         native_name{type_kind::timestamp, "timestamp"},
    native_name{type_kind::timeuuid, "timeuuid"}, native_name{type_kind::tinyint, "tinyint"},
    native_name{type_kind::uuid, "uuid"},         native_name{type_kind::varint, "varint"},
};

enum class frozen_text : std::uint8_t { shown, hidden };

std::string describe(const type& t, frozen_text frozen);

std::string describe_parameters(const type& t, frozen_text frozen) {
    std::string text;
    for (const auto& parameter : t.parameters()) {
        if (!text.empty()) text += ", ";
        text += describe(*parameter, frozen);
    }
    return text;
}

std::string describe_thawed(const type& t, frozen_text frozen) {
    switch (t.kind()) {
        case type_kind::list:
            return "list<" + describe_parameters(t, frozen) + ">";
        case type_kind::set:
            return "set<" + describe_parameters(t, frozen) + ">";
        case type_kind::map:
            return "map<" + describe_parameters(t, frozen) + ">";
        case type_kind::tuple:
            return "tuple<" + describe_parameters(t, frozen) + ">";
        case type_kind::user:
            return quote_identifier(t.name());
        case type_kind::vector:
            return fmt::format("vector<{}, {}>", describe_parameters(t, frozen), t.dimensions());
        default:
            return std::string(native_names[static_cast<std::size_t>(t.kind())].name);
    }
}

std::string describe(const type& t, frozen_text frozen) {
    const bool wrapped = t.is_frozen() && t.kind() != type_kind::vector;
    if (wrapped && frozen == frozen_text::shown) {
        return "frozen<" + describe_thawed(t, frozen) + ">";
    }
    return describe_thawed(t, frozen);
}

std::vector<type_ptr> freeze_all(const std::vector<type_ptr>& types) {
    std::vector<type_ptr> frozen;
    frozen.reserve(types.size());
    for (const auto& t : types) frozen.push_back(type::freeze(t));
    return frozen;
}

}  // namespace

const type_ptr& type::native(type_kind kind) {
    static const auto all = [] {
        std::array<type_ptr, native_names.size()> made;
        for (const auto& [k, name] : native_names) {
            made[static_cast<std::size_t>(k)] = std::make_shared<const type>(k, false);
        }
        return made;
    }();
    return all.at(static_cast<std::size_t>(kind));
}

void type::set_parameters(std::vector<type_ptr> parameters) {
    std::uint64_t count = 1;
    for (const auto& part : parameters) count += part->_part_count;
    _part_count = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, UINT32_MAX));
    _parameters = std::move(parameters);
}

type_ptr type::list_of(type_ptr element, bool frozen) {
    auto made = std::make_shared<type>(type_kind::list, frozen);
    made->set_parameters({frozen ? freeze(element) : std::move(element)});
    return made;
}

type_ptr type::set_of(type_ptr element, bool frozen) {
    auto made = std::make_shared<type>(type_kind::set, frozen);
    made->set_parameters({frozen ? freeze(element) : std::move(element)});
    return made;
}

type_ptr type::map_of(type_ptr key, type_ptr value, bool frozen) {
    auto made = std::make_shared<type>(type_kind::map, frozen);
    made->set_parameters(
        {frozen ? freeze(key) : std::move(key), frozen ? freeze(value) : std::move(value)});
    return made;
}

type_ptr type::tuple_of(std::vector<type_ptr> fields) {
    auto made = std::make_shared<type>(type_kind::tuple, true);
    made->set_parameters(freeze_all(fields));
    return made;
}

type_ptr type::vector_of(type_ptr element, std::uint32_t dimensions) {
    auto made = std::make_shared<type>(type_kind::vector, true);
    made->set_parameters({freeze(element)});
    made->_dimensions = dimensions;
    return made;
}

type_ptr type::user(std::string keyspace, std::string name, std::vector<std::string> field_names,
                    std::vector<type_ptr> field_types, bool frozen) {
    auto made = std::make_shared<type>(type_kind::user, frozen);
    made->_keyspace = std::move(keyspace);
    made->_name = std::move(name);
    made->_field_names = std::move(field_names);
    made->set_parameters(frozen ? freeze_all(field_types) : std::move(field_types));
    return made;
}

type_ptr type::native_by_name(std::string_view name) {
    if (name == "varchar") return native(type_kind::text);
    const auto found = std::ranges::find(native_names, name, &native_name::name);
    return found == native_names.end() ? nullptr : native(found->kind);
}

physical_type type::physical() const {
    switch (_kind) {
        case type_kind::boolean:
        case type_kind::tinyint:
            return physical_type::int8;
        case type_kind::smallint:
            return physical_type::int16;
        case type_kind::int_:
        case type_kind::date:
            return physical_type::int32;
        case type_kind::bigint:
        case type_kind::counter:
        case type_kind::timestamp:
        case type_kind::time:
            return physical_type::int64;
        case type_kind::float_:
            return physical_type::float32;
        case type_kind::double_:
            return physical_type::float64;
        default:
            return physical_type::serialised;
    }
}

std::uint32_t type::fixed_size_bytes() const {
    switch (_kind) {
        case type_kind::boolean:
            return 1;
        case type_kind::int_:
        case type_kind::float_:
            return 4;
        case type_kind::bigint:
        case type_kind::counter:
        case type_kind::timestamp:
        case type_kind::double_:
            return 8;
        case type_kind::uuid:
        case type_kind::timeuuid:
            return 16;
        case type_kind::vector:
            return element()->fixed_size_bytes() * _dimensions;
        // tinyint, smallint, date and time are of one size too, but Cassandra keeps vectors of
        // them with a length before each element, and this function decides that.
        default:
            return 0;
    }
}

std::string type::to_cql() const {
    return describe(*this, frozen_text::shown);
}

std::string type::to_cql_without_frozen() const {
    return describe(*this, frozen_text::hidden);
}

type_ptr type::freeze(const type_ptr& t) {
    switch (t->_kind) {
        case type_kind::list:
            return t->_frozen ? t : list_of(t->element(), true);
        case type_kind::set:
            return t->_frozen ? t : set_of(t->element(), true);
        case type_kind::map:
            return t->_frozen ? t : map_of(t->key(), t->mapped(), true);
        case type_kind::user:
            return t->_frozen ? t
                              : user(t->_keyspace, t->_name, t->_field_names, t->_parameters, true);
        default:
            return t;
    }
}

type_ptr type::thaw(const type_ptr& t) {
    if (!t->_frozen) return t;
    switch (t->_kind) {
        case type_kind::list:
            return list_of(t->element());
        case type_kind::set:
            return set_of(t->element());
        case type_kind::map:
            return map_of(t->key(), t->mapped());
        case type_kind::user:
            return user(t->_keyspace, t->_name, t->_field_names, t->_parameters);
        default:
            return t;
    }
}

namespace {

bool equal(const type& a, const type& b, frozen_text frozen) {
    if (&a == &b) return true;
    if (a.kind() != b.kind() || a.dimensions() != b.dimensions() ||
        a.parameters().size() != b.parameters().size()) {
        return false;
    }
    if (frozen == frozen_text::shown && a.is_frozen() != b.is_frozen()) return false;
    if (a.keyspace() != b.keyspace() || a.name() != b.name() ||
        a.field_names() != b.field_names()) {
        return false;
    }
    return std::ranges::equal(
        a.parameters(), b.parameters(),
        [&](const type_ptr& x, const type_ptr& y) { return equal(*x, *y, frozen); });
}

}  // namespace

bool type::operator==(const type& other) const {
    return equal(*this, other, frozen_text::shown);
}

bool type::same_values(const type& other) const {
    return equal(*this, other, frozen_text::hidden);
}

namespace {

bool native_compatible(type_kind to, type_kind from) {
    using enum type_kind;
    switch (to) {
        case text:
            return from == ascii;
        case bigint:
            return from == timestamp || from == counter;
        case counter:
            return from == bigint;
        case varint:
            return from == int_ || from == bigint || from == timestamp;
        case date:
            return from == int_;
        case time:
        case timestamp:
            return from == bigint;
        case uuid:
            return from == timeuuid;
        default:
            return false;
    }
}

}  // namespace

bool is_value_compatible(const type& to, const type& from) {
    if (to.kind() == type_kind::blob) return true;
    if (to.same_values(from)) return true;
    if (to.kind() != from.kind()) return native_compatible(to.kind(), from.kind());
    switch (to.kind()) {
        case type_kind::list:
        case type_kind::set:
        case type_kind::map:
        case type_kind::vector:
            if (to.dimensions() != from.dimensions()) return false;
            break;
        case type_kind::user:
            if (to.keyspace() != from.keyspace() || to.name() != from.name()) return false;
            break;
        case type_kind::tuple:
            break;
        default:
            return true;
    }
    // A shorter tuple is one whose last fields are null.
    if (to.parameters().size() < from.parameters().size()) return false;
    for (std::size_t i = 0; i < from.parameters().size(); ++i) {
        if (!is_value_compatible(*to.parameters()[i], *from.parameters()[i])) return false;
    }
    return true;
}

}  // namespace nacre::types

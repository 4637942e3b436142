#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre::types {

/// The kinds of CQL types. `varchar` is `text`.
enum class type_kind : std::uint8_t {
    ascii,
    bigint,
    blob,
    boolean,
    counter,
    date,
    decimal,
    double_,
    duration,
    float_,
    inet,
    int_,
    smallint,
    text,
    time,
    timestamp,
    timeuuid,
    tinyint,
    uuid,
    varint,
    list,
    set,
    map,
    tuple,
    user,
    vector,
};

/// How a column_vector keeps values of a type: natively in one of these widths (host byte order),
/// or as serialised CQL bytes behind offsets.
enum class physical_type : std::uint8_t { int8, int16, int32, int64, float32, float64, serialised };

class type;
using type_ptr = std::shared_ptr<const type>;

/// A CQL type: immutable, shared by any number of threads, compared by structure.
/// Parameters: list and set and vector have one, map has key and value, tuple and user one per
/// field. `frozen` matters only for collections and user types (tuples always are) at the top of
/// a column; whatever is nested inside another collection must be frozen to be legal in CQL.
class type {
  public:
    [[nodiscard]] static const type_ptr& native(type_kind kind);
    [[nodiscard]] static type_ptr list_of(type_ptr element, bool frozen = false);
    [[nodiscard]] static type_ptr set_of(type_ptr element, bool frozen = false);
    [[nodiscard]] static type_ptr map_of(type_ptr key, type_ptr value, bool frozen = false);
    [[nodiscard]] static type_ptr tuple_of(std::vector<type_ptr> fields);
    [[nodiscard]] static type_ptr vector_of(type_ptr element, std::uint32_t dimensions);
    [[nodiscard]] static type_ptr user(std::string keyspace, std::string name,
                                       std::vector<std::string> field_names,
                                       std::vector<type_ptr> field_types, bool frozen = false);
    /// The native kind named by `name` ("int", "varchar", …, lower case), or null.
    [[nodiscard]] static type_ptr native_by_name(std::string_view name);

    [[nodiscard]] type_kind kind() const { return _kind; }
    [[nodiscard]] bool is_frozen() const { return _frozen; }
    [[nodiscard]] const std::vector<type_ptr>& parameters() const { return _parameters; }
    [[nodiscard]] const type_ptr& element() const { return _parameters.front(); }
    [[nodiscard]] const type_ptr& key() const { return _parameters[0]; }
    [[nodiscard]] const type_ptr& mapped() const { return _parameters[1]; }
    [[nodiscard]] const std::string& keyspace() const { return _keyspace; }
    [[nodiscard]] const std::string& name() const { return _name; }
    [[nodiscard]] const std::vector<std::string>& field_names() const { return _field_names; }
    [[nodiscard]] std::uint32_t dimensions() const { return _dimensions; }

    /// How many types this one is made of, itself included, each counted wherever it stands: what
    /// it takes to walk through it, or to tell it to a client. Stays at the highest number.
    [[nodiscard]] std::uint32_t part_count() const { return _part_count; }

    [[nodiscard]] bool is_collection() const {
        return _kind == type_kind::list || _kind == type_kind::set || _kind == type_kind::map;
    }
    /// A column of this type is stored cell by element: an unfrozen collection or user type.
    [[nodiscard]] bool is_multi_cell() const {
        return !_frozen && (is_collection() || _kind == type_kind::user);
    }
    [[nodiscard]] physical_type physical() const;
    /// Bytes of the serialised form for the types that Cassandra treats as of fixed length (which
    /// decides how vectors of them are laid out: tinyint, smallint, date and time are not among
    /// them), otherwise 0.
    [[nodiscard]] std::uint32_t fixed_size_bytes() const;

    /// CQL text, as DESCRIBE and the schema tables show it: "frozen<list<int>>"; user types by
    /// name, quoted where CQL needs it.
    [[nodiscard]] std::string to_cql() const;
    /// The same without frozen<> at any level; function signatures show it so.
    [[nodiscard]] std::string to_cql_without_frozen() const;

    /// This type, frozen at every level, as functions take and return it.
    [[nodiscard]] static type_ptr freeze(const type_ptr& t);
    /// This type with its top-level frozen<> taken away.
    [[nodiscard]] static type_ptr thaw(const type_ptr& t);

    /// Structural equality, frozen included.
    [[nodiscard]] bool operator==(const type& other) const;
    /// Equality that looks through frozen<> at every level: how functions match arguments.
    [[nodiscard]] bool same_values(const type& other) const;

    type(type_kind kind, bool frozen) : _kind(kind), _frozen(frozen) {}

  private:
    void set_parameters(std::vector<type_ptr> parameters);

    type_kind _kind;
    bool _frozen = false;
    std::uint32_t _dimensions = 0;
    std::uint32_t _part_count = 1;
    std::vector<type_ptr> _parameters;
    std::string _keyspace;
    std::string _name;
    std::vector<std::string> _field_names;
};

/// Whether a value of type `from` may be used unchanged where `to` is wanted (Cassandra's
/// "isValueCompatibleWith": text takes ascii, blob takes everything, bigint takes timestamp …).
[[nodiscard]] bool is_value_compatible(const type& to, const type& from);

}  // namespace nacre::types

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/persistent_map.h"
#include "schema/function.h"
#include "schema/table.h"

namespace nacre::schema {

template <typename T>
using by_name = persistent_map<std::string, T>;

enum class object_kind : std::uint8_t { type, table, function, aggregate };

/// A keyspace and everything in it. A value whose copies share what they have in common: a copy
/// with one object changed costs the logarithm of their number. It knows what refers to what, so
/// that nothing has to be searched for users.
class keyspace {
  public:
    std::string name;
    std::map<std::string, std::string> replication;  ///< "class" is the full Java class name
    bool durable_writes = true;
    bool is_virtual = false;

    [[nodiscard]] const by_name<types::type_ptr>& user_types() const { return _user_types; }
    [[nodiscard]] const by_name<table_ptr>& tables() const { return _tables; }
    /// Overloads by name.
    [[nodiscard]] const by_name<std::vector<function_ptr>>& functions() const { return _functions; }
    [[nodiscard]] const by_name<std::vector<aggregate_ptr>>& aggregates() const {
        return _aggregates;
    }
    /// Overloads counted one by one.
    [[nodiscard]] std::size_t function_count() const { return _function_count; }

    // Each replaces what has its name; of functions and aggregates, its name and arguments.
    void put(types::type_ptr user_type);
    void put(table_ptr table);
    void put(function_ptr function);
    void put(aggregate_ptr aggregate);
    // With other argument types under the same name, which `put` would take for another overload.
    void replace(const function_ptr& before, function_ptr after);
    void replace(const aggregate_ptr& before, aggregate_ptr after);
    // What is not there is not removed.
    void remove_type(const std::string& type_name);
    void remove_table(const std::string& table_name);
    void remove(const function_ptr& function);
    void remove(const aggregate_ptr& aggregate);

    /// Names of the objects of a kind that are made of a user type, at any depth; ordered.
    [[nodiscard]] std::vector<std::string> users_of_type(const std::string& type_name,
                                                         object_kind by) const;
    /// Names of aggregates that have a part of this name; ordered.
    [[nodiscard]] std::vector<std::string> aggregates_of(const std::string& function_name) const;
    /// A function that has this source; null if there is none. One that shares it (shared_source)
    /// if there is one.
    [[nodiscard]] function_ptr find_by_source(const std::string& source_digest) const;

  private:
    /// That one thing refers to another.
    struct reference {
        enum class what : std::uint8_t { type, part, own_source, shared_source };
        what to;
        std::string target;
        object_kind by;
        std::string user;
        std::string signature;  ///< of a function or aggregate
        auto operator<=>(const reference&) const = default;
    };
    using references = persistent_map<reference, std::monostate>;

    static std::vector<reference> made_by(const types::type& user_type);
    static std::vector<reference> made_by(const table& table);
    static std::vector<reference> made_by(const function_definition& function);
    static std::vector<reference> made_by(const aggregate_definition& aggregate);
    template <typename Object>
    void note(const Object& object);
    template <typename Object>
    void forget(const Object& object);
    template <typename Definition>
    static bool replace_overload(by_name<std::vector<std::shared_ptr<const Definition>>>& all,
                                 const std::shared_ptr<const Definition>& before,
                                 std::shared_ptr<const Definition> after);
    [[nodiscard]] std::vector<std::string> users(reference::what to, const std::string& target,
                                                 object_kind by) const;

    by_name<types::type_ptr> _user_types;
    by_name<table_ptr> _tables;
    by_name<std::vector<function_ptr>> _functions;
    by_name<std::vector<aggregate_ptr>> _aggregates;
    std::size_t _function_count = 0;
    references _references;
};
using keyspace_ptr = std::shared_ptr<const keyspace>;

/// Whether overloads with these argument types are the same, whatever is frozen.
[[nodiscard]] bool same_arguments(const std::vector<types::type_ptr>& left,
                                  const std::vector<types::type_ptr>& right);
/// The overload with these argument types; null if there is none.
[[nodiscard]] function_ptr find_function(const keyspace& keyspace, const std::string& name,
                                         const std::vector<types::type_ptr>& arguments);
[[nodiscard]] aggregate_ptr find_aggregate(const keyspace& keyspace, const std::string& name,
                                           const std::vector<types::type_ptr>& arguments);

/// The names of the user types that a type is made of, its own included, at any depth.
void add_user_types_of(const types::type& type, std::set<std::string>& names);

}  // namespace nacre::schema

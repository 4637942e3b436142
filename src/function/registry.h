#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/persistent_map.h"
#include "function/aggregate_function.h"
#include "function/scalar_function.h"

namespace nacre::function {

/// What a call means: a function of rows, or an aggregate.
using resolved = std::variant<scalar_function_ptr, aggregate_function_ptr>;

/// How well an argument fits a parameter type.
enum class fit : std::uint8_t { none, weak, exact };

/// An argument as resolution sees it: a question for any parameter type, and the type itself where
/// it is known (a column, a call, a hint, most literals), which a bind marker lacks.
struct argument {
    std::function<fit(const types::type&)> test;
    std::optional<types::type_ptr> known_type;
    std::string text;  ///< as in the statement, for errors
    /// Of a literal list, which may stand for a vector.
    std::optional<std::size_t> element_count;
};

/// A call of a generic function: its arguments, their types (null where `infer` knew none) and the
/// type that the call must have where it stands, if known.
struct generic_call {
    std::span<const argument> arguments;
    std::vector<types::type_ptr> types;
    types::type_ptr receiver;
};

/// A built-in that exists for argument types without end (min of any type, token of any key), so
/// that its overloads are made on demand. Immutable, any shard.
struct generic_function {
    std::string name;
    /// "system.max(any)", as errors show it.
    std::string signature;
    std::size_t arguments_min = 1;
    std::size_t arguments_max = 1;
    /// The overload for exactly these argument types, as many as allowed above, all of them known.
    /// The error is 0x2200: no such overload.
    std::function<result<resolved>(const generic_call&)> make;
    /// Gives types to arguments that have none by themselves. May be empty.
    std::function<void(generic_call&)> infer = {};
};

/// Every function callable at one schema version: the built-ins (keyspace "system") and the
/// users'. Immutable once published; shared by all shards. A copy shares what is not changed in it,
/// so a change costs the logarithm of the number of functions.
class registry {
  public:
    struct overloads {
        std::vector<scalar_function_ptr> scalars;
        std::vector<aggregate_function_ptr> aggregates;
        [[nodiscard]] bool empty() const { return scalars.empty() && aggregates.empty(); }
    };

    void add(scalar_function_ptr function);
    void add(aggregate_function_ptr aggregate);
    /// Generic functions are built-ins: their keyspace is "system".
    void add(generic_function generic);
    /// Takes all overloads of a name away.
    void remove(const std::string& keyspace, const std::string& name);
    /// Takes all functions of a keyspace away.
    void remove(const std::string& keyspace) { _by_keyspace.erase(keyspace); }

    /// The overloads of exactly this keyspace and name; null if there are none.
    [[nodiscard]] const overloads* find(std::string_view keyspace, std::string_view name) const;
    /// The generic built-in of this name; null if there is none.
    [[nodiscard]] const generic_function* find_generic(std::string_view name) const;

  private:
    using overloads_ptr = std::shared_ptr<const overloads>;
    using by_name = persistent_map<std::string, overloads_ptr>;
    using generics = std::map<std::string, generic_function, std::less<>>;

    /// Replaces the overloads of a name by what `change` makes of a copy of them.
    template <typename Change>
    void edit(const std::string& keyspace, const std::string& name, Change change);

    persistent_map<std::string, by_name> _by_keyspace;
    std::shared_ptr<const generics> _generics = std::make_shared<const generics>();
};
using registry_ptr = std::shared_ptr<const registry>;

}  // namespace nacre::function

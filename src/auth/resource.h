#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/permission.h"
#include "types/type.h"

namespace nacre::auth {

/// Something that permissions are granted on. Known by its name, which is the form that Cassandra
/// keeps in system_auth ("data/ks/t", "functions/ks/f[…Int32Type]", "roles/r"); what is granted on
/// a resource holds for everything below it. A value.
class resource {
  public:
    enum class sort : std::uint8_t {
        all_keyspaces,
        keyspace,
        all_tables,  ///< of a keyspace
        table,
        all_functions,
        functions,  ///< of a keyspace
        function,   ///< or aggregate: one overload
        all_roles,
        role,
    };

    [[nodiscard]] static resource all_keyspaces();
    [[nodiscard]] static resource keyspace(std::string_view name);
    [[nodiscard]] static resource all_tables(std::string_view keyspace);
    [[nodiscard]] static resource table(std::string_view keyspace, std::string_view name);
    [[nodiscard]] static resource all_functions();
    [[nodiscard]] static resource functions(std::string_view keyspace);
    /// However deep the argument types are frozen at the top.
    [[nodiscard]] static resource function(std::string_view keyspace, std::string_view name,
                                           const std::vector<types::type_ptr>& argument_types);
    [[nodiscard]] static resource all_roles();
    [[nodiscard]] static resource role(std::string_view name);
    /// From its name; none if no resource has such a name.
    [[nodiscard]] static std::optional<resource> parse(std::string_view name);

    [[nodiscard]] sort what() const { return _what; }
    /// As it is stored.
    [[nodiscard]] const std::string& name() const { return _name; }
    /// As people see it: "<table ks.t>", "<function ks.f(int, text)>".
    [[nodiscard]] std::string to_string() const;
    /// The names of this resource and of all above it, from here upwards.
    [[nodiscard]] std::vector<std::string> chain() const;
    /// What may be granted on it.
    [[nodiscard]] permission_set applicable() const;
    /// The name of the class that Cassandra's errors call it by: "DataResource".
    [[nodiscard]] std::string_view class_name() const;

  private:
    resource(sort what, std::string name) : _what(what), _name(std::move(name)) {}

    sort _what;
    std::string _name;
};

}  // namespace nacre::auth

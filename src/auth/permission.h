#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace nacre::auth {

/// What a role may be allowed to do, in the order in which lists show it.
enum class permission : std::uint8_t {
    create,
    alter,
    drop,
    select,
    modify,
    authorize,
    describe,
    execute,
    unmask,
    select_masked,
};

inline constexpr std::array<std::string_view, 10> permission_names = {
    "CREATE",    "ALTER",    "DROP",    "SELECT", "MODIFY",
    "AUTHORIZE", "DESCRIBE", "EXECUTE", "UNMASK", "SELECT_MASKED"};

[[nodiscard]] constexpr std::string_view to_string(permission each) {
    return permission_names[static_cast<std::size_t>(each)];
}
/// By its name in upper case; none if there is no such permission.
[[nodiscard]] std::optional<permission> permission_by_name(std::string_view name);

/// A set of permissions. A value.
class permission_set {
  public:
    constexpr permission_set() = default;
    constexpr permission_set(std::initializer_list<permission> members) {
        for (const auto each : members) add(each);
    }
    [[nodiscard]] static constexpr permission_set all() {
        permission_set every;
        every._bits = (1u << permission_names.size()) - 1;
        return every;
    }

    constexpr void add(permission one) { _bits |= bit(one); }
    constexpr void add(permission_set others) { _bits |= others._bits; }
    [[nodiscard]] constexpr bool has(permission one) const { return (_bits & bit(one)) != 0; }
    [[nodiscard]] constexpr bool empty() const { return _bits == 0; }
    [[nodiscard]] constexpr permission_set both(permission_set other) const {
        return from_bits(_bits & other._bits);
    }
    [[nodiscard]] constexpr permission_set without(permission_set other) const {
        return from_bits(_bits & ~other._bits);
    }
    constexpr bool operator==(const permission_set&) const = default;

    /// The members in order.
    [[nodiscard]] std::vector<permission> members() const;

  private:
    static constexpr std::uint16_t bit(permission one) {
        return static_cast<std::uint16_t>(1u << static_cast<unsigned>(one));
    }
    static constexpr permission_set from_bits(unsigned bits) {
        permission_set made;
        made._bits = static_cast<std::uint16_t>(bits);
        return made;
    }
    std::uint16_t _bits = 0;
};

}  // namespace nacre::auth

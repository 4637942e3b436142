#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace nacre {

/// A value or the error that the client must see. Dropping one is a compile-time warning, which
/// this project turns into an error.
template <typename T>
class [[nodiscard]] result : public std::expected<T, ::nacre::error> {
  public:
    using base = std::expected<T, ::nacre::error>;
    using base::base;
    result(::nacre::error failure)
        : base(std::unexpected(std::move(failure))) {}  // NOLINT: implicit
    [[nodiscard]] bool ok() const { return this->has_value(); }
};

template <>
class [[nodiscard]] result<void> : public std::expected<void, ::nacre::error> {
  public:
    using base = std::expected<void, ::nacre::error>;
    using base::base;
    result(::nacre::error failure)
        : base(std::unexpected(std::move(failure))) {}  // NOLINT: implicit
    [[nodiscard]] bool ok() const { return this->has_value(); }
};

using status = result<void>;

}  // namespace nacre

#define NACRE_CONCAT_(a, b) a##b
#define NACRE_CONCAT(a, b) NACRE_CONCAT_(a, b)

/// `NACRE_TRY(auto x, f());` unwraps a result or returns its error from the enclosing function.
#define NACRE_TRY(declaration, expression) \
    NACRE_TRY_IMPL_(NACRE_CONCAT(nacre_try_, __LINE__), declaration, expression, return)
/// The same inside a coroutine.
#define NACRE_CO_TRY(declaration, expression) \
    NACRE_TRY_IMPL_(NACRE_CONCAT(nacre_try_, __LINE__), declaration, expression, co_return)
#define NACRE_TRY_IMPL_(temporary, declaration, expression, leave) \
    auto temporary = (expression);                                 \
    if (!temporary) leave std::move(temporary).error();            \
    declaration = std::move(*temporary)

/// `NACRE_CHECK(f());` for a `status`: returns the error, or goes on.
#define NACRE_CHECK(expression)                                    \
    do {                                                           \
        auto nacre_check_ = (expression);                          \
        if (!nacre_check_) return std::move(nacre_check_).error(); \
    } while (false)
#define NACRE_CO_CHECK(expression)                                    \
    do {                                                              \
        auto nacre_check_ = (expression);                             \
        if (!nacre_check_) co_return std::move(nacre_check_).error(); \
    } while (false)

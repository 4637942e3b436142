#pragma once

/// Functions and aggregates of CQL in C++: docs/using/cpp.md. C++20, clang 19 or later.
///
///     #include <nacre/function.h>
///
///     NACRE_FUNCTION std::int64_t fib(std::int64_t n) { return n < 2 ? n : fib(n - 1) + fib(n -
///     2); }
///
/// `NACRE_FUNCTION` marks what `sdk/cpp/bin/nacre-c++` exports. For a compiler alone, a line more
/// says it, with the names of the arguments, which may be left out:
///
///     NACRE_EXPORT(fib, n)

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "nacre/collections.h"
#include "nacre/column.h"
#include "nacre/counter.h"
#include "nacre/decimal.h"
#include "nacre/detail/aggregate.h"
#include "nacre/detail/call.h"
#include "nacre/detail/check.h"
#include "nacre/detail/column_call.h"
#include "nacre/detail/exports.h"
#include "nacre/detail/fold.h"
#include "nacre/detail/lines.h"
#include "nacre/detail/section.h"
#include "nacre/error.h"
#include "nacre/inet.h"
#include "nacre/log.h"
#include "nacre/text.h"
#include "nacre/time.h"
#include "nacre/user_type.h"
#include "nacre/uuid.h"
#include "nacre/varint.h"

// nacre-c++ looks for these.
#ifdef NACRE_LISTING
#define NACRE_FUNCTION __nacre_function__
#define NACRE_DETERMINISTIC __nacre_deterministic__
#define NACRE_AGGREGATE __nacre_aggregate__
#define NACRE_EXPORT(...) __nacre_exported__(__VA_ARGS__)
#define NACRE_EXPORT_DETERMINISTIC(...) __nacre_exported__(__VA_ARGS__)
#define NACRE_EXPORT_AGGREGATE(...) __nacre_exported__(__VA_ARGS__)
#else

/// Before a function or its declaration: it is a function of CQL under its own name.
#define NACRE_FUNCTION
/// Behind NACRE_FUNCTION: the result depends on nothing but the arguments.
#define NACRE_DETERMINISTIC
/// Before a class: it is an aggregate of CQL.
#define NACRE_AGGREGATE

/// NACRE_EXPORT(function, names of its arguments…), in the function's namespace.
#define NACRE_EXPORT(function, ...) \
    NACRE_DETAIL_EXPORT(function, nacre::detail::promise::nothing, #__VA_ARGS__)
#define NACRE_EXPORT_DETERMINISTIC(function, ...) \
    NACRE_DETAIL_EXPORT(function, nacre::detail::promise::deterministic, #__VA_ARGS__)
/// NACRE_EXPORT_AGGREGATE(class, names of accumulate's arguments…)
#define NACRE_EXPORT_AGGREGATE(aggregate, ...) \
    NACRE_DETAIL_EXPORT_AGGREGATE(aggregate, #__VA_ARGS__)

#endif

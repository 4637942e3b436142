#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/error.h"

namespace nacre::query {

/// A read_timeout of work that ended early, as its client is told: with the request's consistency,
/// and of a write, which has a `write_type`, as a write_timeout. Other errors as they are.
[[nodiscard]] inline error timeout_of(const error& failure, std::uint16_t consistency,
                                      std::string write_type) {
    if (failure.code() != error_code::read_timeout) return failure;
    timeout_fields fields;
    fields.consistency = consistency;
    fields.required = 1;
    const auto code = write_type.empty() ? error_code::read_timeout : error_code::write_timeout;
    fields.write_type = std::move(write_type);
    return {code, failure.message(), fields};
}

}  // namespace nacre::query

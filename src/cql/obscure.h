#pragma once

#include <string>

namespace nacre::cql {

/// A statement's text for others than its client's eyes (logs, traces, lists of what runs): what
/// follows the first PASSWORD of a statement that may be about roles is not shown.
[[nodiscard]] std::string without_passwords(std::string text);

}  // namespace nacre::cql

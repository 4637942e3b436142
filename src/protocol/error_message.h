#pragma once

#include "base/result.h"
#include "protocol/frame.h"
#include "protocol/version.h"
#include "protocol/wire.h"

namespace nacre::protocol {

/// The code by which `version` tells an error: read and write failures are time-outs and function
/// failures plain invalid requests to v3, which lacks them.
[[nodiscard]] error_code code_for(version v, error_code code);

/// ERROR with the fields that belong to its code; fields the error lacks go as zeros.
[[nodiscard]] message error_message(version v, const error& failure);

/// The body of an ERROR. Codes of other servers keep their number, without their fields.
[[nodiscard]] result<error> take_error(wire_reader& in, version v);

}  // namespace nacre::protocol

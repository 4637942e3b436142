#pragma once

#include "auth/listing.h"
#include "query/engine.h"

namespace nacre::query {

/// The rows of a LIST statement as a result, all in one page.
[[nodiscard]] rows_result to_rows(const auth::listing& listed);

}  // namespace nacre::query

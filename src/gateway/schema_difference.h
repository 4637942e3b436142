#pragma once

#include <vector>

#include "schema/snapshot.h"

namespace nacre::gateway {

/// What is created, changed and dropped from one schema to the next, in an order in which it could
/// have been done.
[[nodiscard]] std::vector<schema::change> difference(const schema::snapshot& before,
                                                     const schema::snapshot& after);

/// `after` with the objects of `before` in place of equal ones, so that what did not change is the
/// same object: code that was compiled for it stays.
[[nodiscard]] schema::snapshot_ptr with_known_objects(schema::snapshot after,
                                                      const schema::snapshot& before);

}  // namespace nacre::gateway

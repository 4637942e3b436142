#pragma once

#include "function/registry.h"

namespace nacre::function {

// The parts of add_builtins(), one source file each.
void add_aggregates(registry& functions);
void add_blob_conversions(registry& functions);
void add_casts(registry& functions);
void add_collection_functions(registry& functions);
void add_json_functions(registry& functions);
void add_mask_functions(registry& functions);
void add_math_functions(registry& functions);
void add_time_floors(registry& functions);
void add_time_functions(registry& functions);
void add_token_function(registry& functions);
void add_vector_functions(registry& functions);

}  // namespace nacre::function

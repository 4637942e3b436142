#include "function/builtins.h"

#include "function/resolve.h"

namespace nacre::function {

void add_builtins(registry& functions) {
    add_aggregates(functions);
    add_blob_conversions(functions);
    add_casts(functions);
    add_collection_functions(functions);
    add_json_functions(functions);
    add_mask_functions(functions);
    add_math_functions(functions);
    add_time_floors(functions);
    add_time_functions(functions);
    add_token_function(functions);
    add_vector_functions(functions);
}

}  // namespace nacre::function

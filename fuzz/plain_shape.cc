#include "plain_shape.h"

namespace nacre::fuzz {

namespace {

using types::type_kind;

wasm_type wasm_type_of(const types::type& type, schema::null_input on_null) {
    if (is_sized(type, on_null)) return wasm_type::i64;
    switch (type.kind()) {
        case type_kind::float_:
            return wasm_type::f32;
        case type_kind::double_:
            return wasm_type::f64;
        case type_kind::bigint:
        case type_kind::counter:
            return wasm_type::i64;
        default:
            return wasm_type::i32;
    }
}

}  // namespace

bool is_sized(const types::type& type, schema::null_input on_null) {
    if (on_null == schema::null_input::called) return true;
    switch (type.kind()) {
        case type_kind::bigint:
        case type_kind::counter:
        case type_kind::boolean:
        case type_kind::int_:
        case type_kind::smallint:
        case type_kind::tinyint:
        case type_kind::float_:
        case type_kind::double_:
            return false;
        default:
            return true;
    }
}

function_type plain_shape(const schema::function_definition& declared) {
    function_type shape;
    for (const auto& type : declared.argument_types) {
        shape.parameters.push_back(wasm_type_of(*type, declared.on_null));
    }
    shape.results.push_back(wasm_type_of(*declared.return_type, declared.on_null));
    return shape;
}

}  // namespace nacre::fuzz

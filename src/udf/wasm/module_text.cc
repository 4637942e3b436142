#include "udf/wasm/module_text.h"

#include "udf/wasm/handles.h"

namespace nacre::udf::wasm {

result<bytes> module_of_text(bytes_view text) {
    byte_vector binary;
    if (const error_handle why{wasmtime_wat2wasm(text.data(), text.size(), binary.out())}) {
        return invalid("{}", explain(*why));
    }
    return bytes(binary.view());
}

}  // namespace nacre::udf::wasm

#include "runtime/memory_account.h"

namespace nacre::runtime {

status memory_account::share::resize(std::uint64_t bytes) {
    if (bytes <= _bytes) {
        set(bytes);
        return {};
    }
    const auto more = bytes - _bytes;
    const auto before = _of->_bytes.fetch_add(more, std::memory_order_relaxed);
    if (before + more > _of->_bytes_max) {
        _of->_bytes.fetch_sub(more, std::memory_order_relaxed);
        _of->_refused.fetch_add(1, std::memory_order_relaxed);
        return error(
            error_code::overloaded,
            fmt::format("The server has no memory left for this request: {} bytes are in "
                        "use by all requests and {} more are wanted (request_memory_bytes_max is "
                        "{}); ask for smaller pages or try again later",
                        before, more, _of->_bytes_max));
    }
    _bytes = bytes;
    return {};
}

void memory_account::share::set(std::uint64_t bytes) {
    if (bytes > _bytes) {
        _of->_bytes.fetch_add(bytes - _bytes, std::memory_order_relaxed);
    } else if (bytes < _bytes) {
        _of->_bytes.fetch_sub(_bytes - bytes, std::memory_order_relaxed);
    }
    _bytes = bytes;
}

}  // namespace nacre::runtime

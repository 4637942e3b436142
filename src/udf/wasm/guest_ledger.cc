#include "udf/wasm/guest_ledger.h"

namespace nacre::udf::wasm {

status guest_ledger::entry::grow_to(std::uint64_t bytes) {
    const auto more = bytes - _memory_bytes;  // wraps round if it is less, as the sum then does
    const auto before = _ledger._memory_bytes.fetch_add(more, std::memory_order_relaxed);
    const bool grows = bytes > _memory_bytes;
    _memory_bytes = bytes;
    if (!grows || before + more <= _ledger._memory_bytes_max) return {};
    return too_much();
}

status guest_ledger::entry::check_memory() const {
    if (_ledger.memory_bytes() <= _ledger._memory_bytes_max) return {};
    return too_much();
}

error guest_ledger::entry::too_much() const {
    return {error_code::overloaded,
            fmt::format("the memory of all running functions would exceed {} bytes "
                        "(sandbox_memory_bytes_total_max)",
                        _ledger._memory_bytes_max)};
}

}  // namespace nacre::udf::wasm

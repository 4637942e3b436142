#pragma once

#include <cstdint>
#include <span>

#include <wasmtime.h>

#include "udf/wasm/guest_memory.h"

namespace nacre::udf::wasm {

/// The only way to a guest's bytes. Valid until the guest runs again.
[[nodiscard]] guest_memory memory_of(wasmtime_context_t* context, const wasmtime_memory_t& memory);

/// Where a guest's bytes are in this process, for when it has ended and its store is to be dropped.
/// Any thread may then give them back; nobody may look at them afterwards.
class memory_pages {
  public:
    memory_pages(wasmtime_context_t* context, const wasmtime_memory_t& memory);
    /// In pieces: meanwhile the kernel lets nobody change the process's mappings, and a shard whose
    /// guest grows would wait for all of it. Blocks for milliseconds.
    void give_back();

  private:
    std::span<std::uint8_t> _pages;
};

}  // namespace nacre::udf::wasm

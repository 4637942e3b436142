#pragma once

#include <chrono>
#include <cstdint>

#include <wasm.h>

namespace nacre::udf::wasm {

/// While one of these lives, a timer interrupts the calling thread every `period` and increments
/// the engine's epoch, so that a guest running here is asked at its next loop or call whether to
/// go on. The interruption comes to the guest's own thread: a ticking thread would be late by a
/// scheduler's time slice whenever the machine is busy.
///
/// Scopes don't nest on a thread. Outside a scope the signal handler touches no engine; the timer
/// stops itself at the first tick that finds no guest, so that calls in quick succession don't pay
/// for arming it.
class epoch_ticker {
  public:
    epoch_ticker(wasm_engine_t* engine, std::chrono::microseconds period);
    ~epoch_ticker();
    epoch_ticker(const epoch_ticker&) = delete;
};

}  // namespace nacre::udf::wasm

#pragma once

#include <cstdlib>
#include <ctime>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"

/// What the programs that measure have in common.
namespace nacre::bench {

constexpr std::uint32_t batch_rows = 1024;

/// The processor time of the calling thread.
inline double cpu_ns() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

/// Or else the program ends with the error.
inline void must(const status& outcome) {
    if (outcome.ok()) return;
    fmt::print(stderr, "{}\n", outcome.error().message());
    std::exit(1);
}
template <typename T>
T must(result<T> outcome) {
    if (!outcome.ok()) must(status(outcome.error()));
    return std::move(*outcome);
}

}  // namespace nacre::bench

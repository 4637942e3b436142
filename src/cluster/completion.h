#pragma once

#include <memory>

#include <rust/cxx.h>

namespace nacre::cluster::driver {

struct Reply;

/// Who waits for an answer of the driver. Made on a shard, answered once on one of the driver's
/// threads. This header is also compiled into the bridge, so that it includes nothing of ours.
class Completion {
  public:
    virtual ~Completion() = default;
    /// On a thread of the driver.
    virtual void take(rust::Box<Reply> reply) noexcept = 0;
};

inline void answered(std::unique_ptr<Completion> done, rust::Box<Reply> reply) {
    done->take(std::move(reply));
}

}  // namespace nacre::cluster::driver

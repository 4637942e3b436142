#pragma once

#include <boost/asio/use_future.hpp>

#include "runtime/shard.h"

namespace nacre::runtime {

template <typename Work>
auto run_blocking(shard& target, Work work) {
    return boost::asio::co_spawn(target.context(), std::move(work), boost::asio::use_future).get();
}

}  // namespace nacre::runtime

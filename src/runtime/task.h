#pragma once

#include <boost/asio/awaitable.hpp>

namespace nacre::runtime {

/// A coroutine that runs on a shard's event loop. Lazy: nothing happens until awaited or spawned.
template <typename T>
using task = boost::asio::awaitable<T>;

}  // namespace nacre::runtime

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "runtime/blocking_pool.h"
#include "runtime/gate.h"
#include "runtime/shard.h"
#include "runtime/task.h"

namespace nacre::server {

/// A minimal HTTP/1.1 responder for GET and HEAD of one page: one request a connection, bounded in
/// size, time and number. Belongs to one shard.
class metrics_endpoint {
  public:
    /// Makes the page, for each request; called on a thread of the endpoint's own, because it may
    /// take milliseconds.
    using page_maker = std::function<std::string()>;

    /// `acceptor` is bound and listens; it belongs to `home`.
    metrics_endpoint(runtime::shard& home, boost::asio::ip::tcp::acceptor acceptor, page_maker page)
        : _home(home), _acceptor(std::move(acceptor)), _page(std::move(page)) {}

    void start();
    /// On the shard.
    runtime::task<void> stop();

    /// The whole answer to what a client sent up to the empty line.
    [[nodiscard]] std::string respond(std::string_view request) const;

  private:
    runtime::task<void> accept();
    runtime::task<void> serve(boost::asio::ip::tcp::socket socket, runtime::gate::holder inside);

    runtime::shard& _home;
    boost::asio::ip::tcp::acceptor _acceptor;
    page_maker _page;
    runtime::gate _gate;
    runtime::blocking_pool _pages{1, runtime::blocking_pool::priority::background};
};

}  // namespace nacre::server

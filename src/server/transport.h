#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "protocol/compression.h"
#include "protocol/frame_writer.h"
#include "runtime/task.h"
#include "server/shard_metrics.h"
#include "server/tls.h"

namespace nacre::server {

/// How a connection is encrypted.
struct tls_info {
    std::string protocol;
    std::string cipher_suite;
};

/// A connection's socket, encrypted or not, and the one writer to it. Messages go out in the order
/// of `send`; all that one turn of the loop sends is one write. One shard; kept alive by its own
/// writes.
class transport : public std::enable_shared_from_this<transport> {
  public:
    transport(boost::asio::ip::tcp::socket socket, shard_metrics& metrics)
        : _socket(std::move(socket)), _metrics(metrics) {}

    [[nodiscard]] boost::asio::ip::tcp::socket& socket() { return _socket; }

    /// Before everything else: agrees on TLS, if the client is to speak it or does where it may.
    /// The answer: whether there is a connection to be served.
    [[nodiscard]] runtime::task<bool> open(const tls_identity& identity);
    [[nodiscard]] std::optional<tls_info> encryption();
    /// Bytes from the client; none when it has left or can't be understood any more.
    [[nodiscard]] runtime::task<std::size_t> read_some(boost::asio::mutable_buffer into);
    /// Tells the client that nothing more comes. Waits for its answer: until close(), if there is
    /// none.
    [[nodiscard]] runtime::task<void> end_encryption();

    /// How messages sent from here on are framed; see protocol::frame_writer.
    void use_version(protocol::version v);
    void negotiated(protocol::version v, protocol::compression how);

    /// Queues a message; drops it once the connection is broken.
    void send(protocol::message m);
    void send_raw(bytes_view raw);
    /// A writer for messages that take long to frame: filled elsewhere, and sent when it is.
    [[nodiscard]] protocol::frame_writer another_writer() const { return _filling.another(); }
    void send(std::shared_ptr<protocol::frame_writer> filled, std::uint64_t size);

    /// Queued and not yet taken by the operating system.
    [[nodiscard]] std::uint64_t waiting_bytes() const { return _filling_bytes + _writing_bytes; }
    [[nodiscard]] bool is_idle() const { return waiting_bytes() == 0 && !_writing; }
    [[nodiscard]] bool is_broken() const { return _broken; }

    /// Called after every write, failed ones too. Cleared by close().
    void on_progress(std::function<void()> call) { _on_progress = std::move(call); }

    /// Drops what waits and closes the socket.
    void close();

  private:
    void schedule_flush();
    void flush();
    void written(const boost::system::error_code& failure, std::size_t size);

    void start_write(std::vector<boost::asio::const_buffer> buffers);

    boost::asio::ip::tcp::socket _socket;
    std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> _encrypted;
    shard_metrics& _metrics;
    protocol::frame_writer _filling{protocol::direction::response};
    protocol::frame_writer _in_write{protocol::direction::response};
    std::uint64_t _filling_bytes = 0;
    std::uint64_t _writing_bytes = 0;
    bool _flush_scheduled = false;
    bool _writing = false;
    bool _broken = false;
    std::function<void()> _on_progress;
};

}  // namespace nacre::server

#include "server/transport.h"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "runtime/stall_watch.h"

namespace nacre::server {

namespace {

const runtime::fixed_name writing("network: answers are written");

}  // namespace

void transport::use_version(protocol::version v) {
    _filling.use_version(v);
    _in_write.use_version(v);
}

void transport::negotiated(protocol::version v, protocol::compression how) {
    _filling.negotiated(v, how);
    // It frames nothing before the next flush, by when all it holds is out.
    _in_write.negotiated(v, how);
}

void transport::send(protocol::message m) {
    if (_broken) return;
    _filling_bytes += protocol::frame_header_bytes + m.body_bytes();
    _filling.add(std::move(m));
    schedule_flush();
}

void transport::send(std::shared_ptr<protocol::frame_writer> filled, std::uint64_t size) {
    if (_broken) return;
    _filling_bytes += size;
    _filling.add_finished(std::move(filled));
    schedule_flush();
}

void transport::send_raw(bytes_view raw) {
    if (_broken) return;
    _filling_bytes += raw.size();
    _filling.add_raw(raw);
    schedule_flush();
}

void transport::schedule_flush() {
    if (_flush_scheduled || _writing) return;
    _flush_scheduled = true;
    // Behind what else is ready on this loop, so that its answers share the write.
    boost::asio::post(_socket.get_executor(), [self = shared_from_this()] { self->flush(); });
}

void transport::flush() {
    _flush_scheduled = false;
    if (_writing || _broken || _filling.empty()) return;
    std::swap(_filling, _in_write);
    _writing_bytes = std::exchange(_filling_bytes, 0);
    _writing = true;
    std::vector<boost::asio::const_buffer> buffers;
    const runtime::turn_part timed(writing);
    const auto slices = _in_write.finish();
    buffers.reserve(slices.size());
    for (const auto slice : slices) buffers.emplace_back(slice.data(), slice.size());
    boost::asio::async_write(
        _socket, buffers,
        [self = shared_from_this()](const boost::system::error_code& failure, std::size_t size) {
            self->written(failure, size);
        });
}

void transport::written(const boost::system::error_code& failure, std::size_t size) {
    _writing = false;
    _writing_bytes = 0;
    _in_write.clear();
    _metrics.sent_bytes.add(size);
    if (failure) {
        _broken = true;
        _filling.clear();
        _filling_bytes = 0;
    } else if (!_filling.empty()) {
        flush();
    }
    if (_on_progress) _on_progress();
}

void transport::close() {
    _broken = true;
    _on_progress = nullptr;
    boost::system::error_code ignored;
    _socket.close(ignored);
}

}  // namespace nacre::server

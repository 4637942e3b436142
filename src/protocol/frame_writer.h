#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "protocol/compression.h"
#include "protocol/frame.h"
#include "protocol/segment.h"

namespace nacre::protocol {

/// Frames messages for one connection, many at a time: `add` them, then `finish` gives the bytes
/// as few slices for one gathering write; small frames share slices and (v5) segments. Large tails
/// are not copied but referenced. One connection, one shard.
///
/// Begins with plain frames of the highest version; `negotiated` fixes what STARTUP agreed on.
/// Whatever was added before is framed as it was.
class frame_writer {
  public:
    explicit frame_writer(direction sent) : _sent(sent) {}

    /// The version of frames before STARTUP: that of the request answered.
    void use_version(version v) { _version = v; }
    void negotiated(version v, compression how);

    void add(message m);
    /// Bytes that are sent as they are; only before segments began.
    void add_raw(bytes_view raw);
    [[nodiscard]] bool empty() const { return _pieces.empty() && _segment_bytes == 0; }

    /// Another writer of the same connection, with nothing in it: may be used by another thread.
    [[nodiscard]] frame_writer another() const;
    /// All that `other` has, ready to be sent.
    void add_finished(std::shared_ptr<frame_writer> other);

    /// What was added, valid until `clear`; add nothing in between.
    [[nodiscard]] std::span<const bytes_view> finish();
    void clear();

  private:
    /// A run of output: of `_copied` when `external` is null.
    struct piece {
        const char* external;
        std::size_t offset;
        std::size_t size;
    };

    void copy(bytes_view data);
    void reference(bytes_view data);
    void add_plain(message m);
    void add_segmented(message m);
    void put_payload(bytes_view data, bool may_reference);
    void put_pieces(bytes_view data, bool may_reference);
    void open_segment();
    void close_segment(bool self_contained);

    direction _sent;
    version _version = version_max;
    compression _compression = compression::none;
    bool _segments = false;

    bytes _copied;
    std::vector<piece> _pieces;
    // Owners of what the pieces reference.
    std::deque<bytes> _tails;
    std::vector<std::shared_ptr<frame_writer>> _others;
    std::vector<bytes_view> _slices;

    // The segment being filled: its header's place in _copied, its payload so far.
    std::size_t _segment_header_at = 0;
    std::size_t _segment_bytes = 0;
    std::uint32_t _segment_crc = 0;
    bytes _uncompressed;  // its payload when it is to be compressed
};

}  // namespace nacre::protocol

#include "cluster/scan_position.h"

namespace nacre::cluster {

namespace {

constexpr char format_version = 1;
constexpr std::size_t head_bytes = 1 + 2 * sizeof(std::int64_t) + 3 * sizeof(std::uint32_t);
constexpr std::uint32_t page_rows_max = 1 << 16;

}  // namespace

bytes scan_position::encode() const {
    bytes out(1, format_version);
    append_big_endian(out, static_cast<std::uint64_t>(range.after.value));
    append_big_endian(out, static_cast<std::uint64_t>(range.up_to.value));
    append_big_endian(out, statement);
    append_big_endian(out, skip);
    append_big_endian(out, page_rows);
    return out + paging_state;
}

result<scan_position> scan_position::decode(bytes_view from) {
    const auto refuse = [] { return protocol_error("Invalid value for the paging state"); };
    if (from.size() < head_bytes || from.front() != format_version) return refuse();
    const auto* at = from.data() + 1;
    scan_position position;
    position.range.after.value = load_big_endian<std::int64_t>(at);
    position.range.up_to.value = load_big_endian<std::int64_t>(at + 8);
    position.statement = load_big_endian<std::uint32_t>(at + 16);
    position.skip = load_big_endian<std::uint32_t>(at + 20);
    position.page_rows = load_big_endian<std::uint32_t>(at + 24);
    position.paging_state = from.substr(head_bytes);
    if (position.page_rows == 0 || position.page_rows > page_rows_max) return refuse();
    if (position.skip > position.page_rows) return refuse();
    return position;
}

}  // namespace nacre::cluster

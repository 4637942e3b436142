#include "query/paging.h"

#include "base/byte_reader.h"

namespace nacre::query {

namespace {

constexpr char version = 1;
constexpr std::size_t table_id_bytes = 16;

}  // namespace

bytes encode_paging_state(const paging_position& position) {
    bytes state(1, version);
    state += position.table_id;
    append_varint(state, position.limit_left ? *position.limit_left + 1 : 0);
    append_varint(state, position.rows_of_partition);
    state += position.store_position;
    return state;
}

result<paging_position> decode_paging_state(bytes_view state, bytes_view table_id) {
    const auto refused = protocol_error("Invalid value for the paging state");
    byte_reader in(state);
    const auto given_version = in.take(1);
    const auto table = in.take(table_id_bytes);
    if (!given_version || given_version->front() != version || !table || *table != table_id) {
        return refused;
    }
    paging_position position;
    const auto limit = in.take_varint();
    const auto rows = in.take_varint();
    if (!limit || !rows) return refused;
    if (*limit != 0) position.limit_left = *limit - 1;
    position.rows_of_partition = *rows;
    position.table_id = *table;
    position.store_position = in.rest();
    return position;
}

}  // namespace nacre::query

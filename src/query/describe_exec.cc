#include "query/describe_exec.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "query/paging.h"
#include "query/prepared_statement.h"

namespace nacre::query {

namespace {

// What the paging states of DESCRIBE are bound to in place of a table.
bytes statement_mark() {
    return uuid::from_name("DESCRIBE").to_bytes();
}

bytes state_at(const uuid& version, std::uint64_t row) {
    paging_position position;
    position.table_id = statement_mark();
    position.store_position = version.to_bytes();
    append_big_endian(position.store_position, row);
    return encode_paging_state(position);
}

result<std::uint64_t> row_at(const uuid& schema_version, bytes_view state) {
    NACRE_TRY(const auto position, decode_paging_state(state, statement_mark()));
    const auto version = schema_version.to_bytes();
    const bytes_view found = position.store_position;
    if (found.size() != version.size() + sizeof(std::uint64_t)) {
        return protocol_error("Invalid value for the paging state");
    }
    if (!found.starts_with(version)) {
        return invalid(
            "The schema has changed since the previous page of the DESCRIBE statement result. "
            "Please retry the DESCRIBE statement.");
    }
    return load_big_endian<std::uint64_t>(found.data() + version.size());
}

result_metadata_ptr metadata_of(const catalog::description_rows& described) {
    std::vector<column_specification> columns;
    for (const auto& name : described.column_names) {
        columns.push_back(
            {"system", "describe", name, types::type::native(types::type_kind::text)});
    }
    return make_metadata(std::move(columns));
}

}  // namespace

result<rows_result> describe_page(const catalog::published& schema, const catalog::node_info& node,
                                  const cql::describe_statement& statement,
                                  const std::string& session_keyspace,
                                  const query_options& options) {
    NACRE_TRY(const auto described,
              catalog::describe(*schema.schema, statement, session_keyspace, node.cluster_name));
    return description_page(schema.schema->version, described, options);
}

result<rows_result> description_page(const uuid& version,
                                     const catalog::description_rows& described,
                                     const query_options& options) {
    const std::uint64_t count = described.rows.size();
    std::uint64_t row = 0;
    if (options.paging_state) {
        NACRE_TRY(row, row_at(version, *options.paging_state));
        row = std::min(row, count);
    }
    auto end = count;
    if (options.page_size > 0) {
        end = row + std::min(count - row, static_cast<std::uint64_t>(options.page_size));
    }
    rows_result rows;
    rows.metadata = metadata_of(described);
    rows.row_count = static_cast<std::uint32_t>(end - row);
    for (; row < end; ++row) {
        for (const auto& cell : described.rows[row]()) {
            append_big_endian(rows.content, static_cast<std::int32_t>(cell.size()));
            rows.content += cell;
        }
    }
    if (end < count) rows.paging_state = state_at(version, end);
    return rows;
}

}  // namespace nacre::query

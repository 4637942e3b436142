#include "query/list_exec.h"

#include "query/select_plan.h"

namespace nacre::query {

rows_result to_rows(const auth::listing& listed) {
    std::vector<column_specification> columns;
    for (const auto& [name, type] : listed.columns) {
        columns.push_back({"system_auth", listed.table, name, type});
    }
    rows_result rows;
    rows.metadata = make_metadata(std::move(columns));
    rows.row_count = static_cast<std::uint32_t>(listed.rows.size());
    for (const auto& row : listed.rows) {
        for (const auto& cell : row) {
            append_big_endian(rows.content,
                              cell ? static_cast<std::int32_t>(cell->size()) : std::int32_t{-1});
            if (cell) rows.content += *cell;
        }
    }
    return rows;
}

}  // namespace nacre::query

#include "cluster/read_rows.h"

#include <utility>

#include "types/value.h"

namespace nacre::cluster {

namespace {

constexpr std::int32_t rows_per_page = 1000;

}  // namespace

result<std::optional<bytes_view>> cell_reader::next() {
    const auto cut_short = [] { return server_error("The cluster's answer is cut short"); };
    if (_rest.size() < sizeof(std::int32_t)) return cut_short();
    const auto size = load_big_endian<std::int32_t>(_rest.data());
    _rest.remove_prefix(sizeof(std::int32_t));
    if (size < 0) return std::optional<bytes_view>();
    if (_rest.size() < static_cast<std::size_t>(size)) return cut_short();
    const auto cell = _rest.substr(0, static_cast<std::size_t>(size));
    _rest.remove_prefix(static_cast<std::size_t>(size));
    return std::optional(cell);
}

result<std::vector<named_row>> named_rows(const reply& answer) {
    std::vector<named_row> rows;
    if (!answer.has_rows()) return rows;
    NACRE_TRY(const auto columns, answer.columns());
    cell_reader cells(answer.content());
    for (std::uint32_t i = 0; i < answer.row_count(); ++i) {
        auto& row = rows.emplace_back();
        for (const auto& column : columns) {
            NACRE_TRY(const auto cell, cells.next());
            if (cell) row.emplace(column.name, *cell);
        }
    }
    return rows;
}

result<bool> was_applied(const reply& answer) {
    NACRE_TRY(const auto rows, named_rows(answer));
    if (rows.empty()) return server_error("The cluster did not say whether it applied a change");
    const auto applied = rows.front().find("[applied]");
    return applied != rows.front().end() && applied->second == types::serialise_boolean(true);
}

runtime::task<result<std::vector<named_row>>> read_rows(client& cluster, std::string text,
                                                        request_terms terms) {
    terms.idempotent = true;
    terms.page_size = rows_per_page;
    std::vector<named_row> all;
    for (;;) {
        NACRE_CO_TRY(const auto answer, co_await cluster.query("", text, terms));
        NACRE_CO_TRY(auto rows, named_rows(answer));
        std::ranges::move(rows, std::back_inserter(all));
        auto more = answer.paging_state();
        if (!more) co_return all;
        terms.paging_state = std::move(*more);
    }
}

}  // namespace nacre::cluster

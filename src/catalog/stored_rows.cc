#include "catalog/stored_rows.h"

#include <chrono>

#include "runtime/shard.h"
#include "types/value.h"

namespace nacre::catalog {

bool stored_row::boolean(std::string_view column, bool otherwise) const {
    const auto& value = find(column);
    return value ? *value == types::serialise_boolean(true) : otherwise;
}

std::optional<uuid> stored_row::id(std::string_view column) const {
    const auto& value = find(column);
    if (!value || value->size() != 16) return std::nullopt;
    return uuid::from_bytes(*value);
}

result<std::vector<std::string>> stored_row::elements(std::string_view column) const {
    std::vector<std::string> out;
    const auto& value = find(column);
    if (!value) return out;
    const auto& type = *_table->columns()[*_table->find(column)].type;
    NACRE_TRY(const auto parts, types::split_collection(type, *value));
    for (const auto& part : parts) out.emplace_back(part.value_or(bytes_view()));
    return out;
}

result<std::map<std::string, std::string>> stored_row::entries(std::string_view column) const {
    NACRE_TRY(const auto parts, elements(column));
    std::map<std::string, std::string> out;
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) out.emplace(parts[i], parts[i + 1]);
    return out;
}

runtime::task<result<stored_rows>> read_table(storage::table_store& store,
                                              schema::table_ptr table) {
    storage::scan_request request;
    request.table = table;
    request.partitions = std::vector<data::token_range>{data::token_range()};
    for (std::uint32_t i = 0; i < table->columns().size(); ++i) request.columns.push_back({i});
    request.now_seconds = std::chrono::duration_cast<std::chrono::seconds>(
                              std::chrono::system_clock::now().time_since_epoch())
                              .count();
    NACRE_CO_TRY(auto cursor, store.scan(std::move(request)));
    stored_rows rows;
    data::row_batch batch;
    while (true) {
        NACRE_CO_TRY(const bool more, co_await cursor->next(batch));
        if (!more) co_return rows;
        for (std::uint32_t row = 0; row < batch.row_count; ++row) {
            std::map<std::string, optional_bytes, std::less<>> values;
            for (std::uint32_t i = 0; i < table->columns().size(); ++i) {
                values.emplace(table->columns()[i].name, batch.columns[i].serialised(row));
            }
            rows.emplace_back(table, std::move(values));
            if (runtime::turn_is_over()) co_await runtime::yield();
        }
    }
}

}  // namespace nacre::catalog

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/uuid.h"
#include "runtime/task.h"
#include "storage/table_store.h"

namespace nacre::catalog {

/// A row of a system table read back, by column name. Values that are not what the column should
/// have are taken for absent ones.
class stored_row {
  public:
    stored_row(schema::table_ptr table, std::map<std::string, optional_bytes, std::less<>> values)
        : _table(std::move(table)), _values(std::move(values)) {}

    /// `column` is one of the table's.
    [[nodiscard]] const optional_bytes& find(std::string_view column) const {
        return _values.find(column)->second;
    }
    [[nodiscard]] bytes text(std::string_view column) const { return find(column).value_or(""); }
    [[nodiscard]] bool boolean(std::string_view column, bool otherwise) const;
    template <typename Integer>
    [[nodiscard]] Integer integer(std::string_view column) const {
        const auto& value = find(column);
        if (!value || value->size() != sizeof(Integer)) return 0;
        return load_big_endian<Integer>(value->data());
    }
    [[nodiscard]] std::optional<uuid> id(std::string_view column) const;
    /// The elements of a list or set, the alternating keys and values of a map.
    [[nodiscard]] result<std::vector<std::string>> elements(std::string_view column) const;
    [[nodiscard]] result<std::map<std::string, std::string>> entries(std::string_view column) const;

  private:
    schema::table_ptr _table;
    std::map<std::string, optional_bytes, std::less<>> _values;
};
using stored_rows = std::vector<stored_row>;

/// Every row of a table, with all its columns.
[[nodiscard]] runtime::task<result<stored_rows>> read_table(storage::table_store& store,
                                                            schema::table_ptr table);

}  // namespace nacre::catalog

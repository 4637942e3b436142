#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "data/reconcile.h"
#include "data/row_batch.h"
#include "schema/table.h"
#include "storage/row_codec.h"
#include "storage/table_store.h"

namespace nacre::storage {

/// Turns stored rows into rows of a row_batch, column by column, decoding only what is wanted. One
/// per scan. Values of cells are borrowed from the encoded row until the row is appended.
class row_assembler {
  public:
    enum class verdict : std::uint8_t { live, dead, malformed };

    row_assembler(schema::table_ptr table, const std::vector<wanted_column>& wanted,
                  std::int64_t now_seconds);

    /// Makes the columns of `batch`, or clears them.
    void prepare(data::row_batch& batch) const;

    /// A new partition, by the prefix of its keys, which stays there as long as rows are appended.
    /// False if the prefix is malformed.
    [[nodiscard]] bool begin_partition(bytes_view prefix);

    /// The partition's static row, less what `outer` shadows.
    [[nodiscard]] verdict read_static(bytes_view encoded, const data::tombstone& outer);
    /// A row by its clustering suffix and encoding. A live one can then be appended, while both
    /// are still there.
    [[nodiscard]] verdict read_row(bytes_view suffix, bytes_view encoded,
                                   const data::tombstone& outer);
    /// Appends the row that was just read; false if its key is malformed.
    [[nodiscard]] bool append_row(data::row_batch& batch);
    /// Appends a row of which only partition key and static columns are there.
    void append_without_row(data::row_batch& batch);

  private:
    enum class origin : std::uint8_t { partition_key, clustering, static_cell, regular_cell, none };

    /// A simple column's cell in the current row.
    struct simple_slot {
        data::cell_view cell;
        bool present = false;
    };
    /// Cells of the rows of one kind: which of them are wanted, and those of the current row.
    struct cell_group {
        static constexpr std::int16_t unknown = -2;
        static constexpr std::int16_t unwanted = -1;
        /// By column id: unknown, unwanted or the slot.
        std::vector<std::int16_t> slot_of_id;
        std::vector<simple_slot> slots;
        /// Cells of wanted multi-cell columns, by slot.
        std::vector<std::vector<data::cell_view>> elements;
        std::vector<std::uint8_t> multi_cell;
        bool has_multi_cell = false;
        /// Cells come by ascending ids: behind one of this id there is nothing wanted. Below all
        /// ids if nothing is.
        std::int64_t last_wanted_id = -1;

        /// Forgets the row.
        void forget() {
            for (auto& slot : slots) slot.present = false;
            if (!has_multi_cell) return;
            for (auto& each : elements) each.clear();
        }
    };
    struct output {
        origin from;
        wanted_column::part what;
        std::uint32_t index;  ///< of the key component or the slot
        types::type_ptr type;
        types::type_ptr column_type;
        bool multi_cell = false;
        bool path_order_is_bytewise = false;
    };

    static std::int16_t slot_for(cell_group& group, const schema::column_definition& column);
    [[nodiscard]] verdict read_cells(cell_group& group, bytes_view encoded,
                                     const data::tombstone& outer, row_reader& reader);
    [[nodiscard]] bool decode_clustering();
    void append_cell(data::column_vector& to, const output& which, cell_group& group);
    void gather_fields(const output& which, const std::vector<data::cell_view>& elements);
    void append_elements(data::column_vector& to, const output& which,
                         std::vector<data::cell_view>& elements);

    schema::table_ptr _table;
    std::int64_t _now_seconds;
    std::vector<output> _outputs;
    cell_group _static;
    cell_group _regular;
    bool _wants_partition_key = false;
    std::uint32_t _clustering_wanted = 0;  ///< how many leading components are to be decoded

    std::vector<bytes_view> _partition_key;
    bytes _partition_scratch;  ///< what _partition_key borrows, if not the prefix
    bytes _static_row;         ///< keeps the bytes that _static's cells borrow
    std::vector<bytes> _clustering;
    bytes_view _suffix;
    std::optional<bytes_view> _spelling;
    bytes _scratch;
};

}  // namespace nacre::storage

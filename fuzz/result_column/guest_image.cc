#include "result_column/guest_image.h"

#include <array>

#include "promise.h"
#include "values.h"

namespace nacre::fuzz {

namespace {

constexpr std::uint32_t header_bytes = 8;
constexpr std::uint32_t descriptor_bytes = 16;

constexpr auto hostile_numbers = std::to_array<std::uint32_t>({
    0,
    1,
    7,
    8,
    0x7fffffff,
    0x80000000,
    0xfffffff8,
    0xfffffffe,
    0xffffffff,
});

// Numbers that are wrong in an interesting way: near an edge, or plausible.
std::uint32_t draw_number(input& in, const written_batch& batch) {
    switch (in.below(4)) {
        case 0:
            return in.below(static_cast<std::uint32_t>(batch.image.size()) + 16);
        case 1:
            return in.pick(hostile_numbers);
        case 2:
            return static_cast<std::uint32_t>(batch.image.size()) + 8 - in.below(24);
        default:
            return in.number<std::uint32_t>();
    }
}

}  // namespace

written_batch draw_batch(input& in) {
    written_batch batch;
    const auto rows = in.below(40) + 1;
    for (auto n = in.below(3) + 1; n > 0; --n) {
        batch.arguments.push_back(draw_column(in, draw_type(in), rows));
    }
    batch.rows = draw_selection(in, rows);
    if (batch.rows.empty()) batch.rows.push_back(in.below(rows));
    batch.result_type = in.once_in(2) ? draw_type(in) : batch.arguments.front().type();

    std::vector<const data::column_vector*> columns;
    for (const auto& column : batch.arguments) columns.push_back(&column);
    const udf::batch_limits limits{.rows_max = in.once_in(4) ? in.below(8) + 1 : 4096,
                                   .bytes_max = in.once_in(4) ? in.below(2000) : 1 << 20};
    const auto size = udf::measure_batch(columns, batch.rows, batch.result_type.get(), limits);
    require(size.rows >= 1 && size.rows <= batch.rows.size(), "a batch has rows", "");
    require(size.rows == 1 || size.total_bytes <= limits.bytes_max, "a batch keeps its limit", "");
    batch.row_count = size.rows;
    batch.address = 8 * (in.below(16) + 1);
    batch.image = guest_image(batch.address + size.total_bytes + in.below(64));
    const auto written =
        udf::write_batch(batch.image.memory(), batch.address, columns,
                         std::span(batch.rows).first(size.rows), batch.result_type.get(), size);
    require(written.ok(), "a measured batch fits", "");
    return batch;
}

std::uint32_t descriptor_at(const written_batch& batch, std::size_t k) {
    return batch.address + header_bytes + descriptor_bytes * static_cast<std::uint32_t>(k);
}

void answer_with_argument(written_batch& batch, std::size_t k) {
    auto* memory = batch.image.contents().data();
    std::memcpy(memory + descriptor_at(batch, batch.arguments.size()),
                memory + descriptor_at(batch, k), descriptor_bytes);
}

void scribble(input& in, written_batch& batch) {
    const auto memory = batch.image.memory();
    const auto result = descriptor_at(batch, batch.arguments.size());
    for (auto n = in.below(12); n > 0; --n) {
        switch (in.below(4)) {
            case 0:  // the result's descriptor
                (void)memory.store(result + 4 * in.below(4), draw_number(in, batch));
                break;
            case 1:  // the numbers of rows and of arguments
                (void)memory.store(batch.address + 4 * in.below(2), draw_number(in, batch));
                break;
            case 2: {  // the column that the descriptor tells of
                const auto values = memory.load<std::uint32_t>(result + 4 * in.below(3));
                (void)memory.store(std::uint64_t{values.value_or(0)} + 4 * in.below(40),
                                   draw_number(in, batch));
                break;
            }
            default: {
                const auto text = in.take(in.below(64));
                const auto at = in.below(static_cast<std::uint32_t>(batch.image.size()));
                if (const auto room = memory.writable(at, text.size())) {
                    std::ranges::copy(text, room->begin());
                }
            }
        }
    }
}

}  // namespace nacre::fuzz

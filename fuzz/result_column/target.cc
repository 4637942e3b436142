// The result column that a guest leaves in its memory. Promises:
// - whatever the guest wrote, the host reads inside of the guest's memory (the sanitizers watch);
// - what it accepts are as many values as it says, each a valid value of the type;
// - what the host wrote for a guest reads back as the same values.

#include "promise.h"
#include "result_column/guest_image.h"
#include "types/value.h"
#include "values.h"

namespace {

using namespace nacre;
using namespace nacre::fuzz;

void check_hostile(written_batch& batch) {
    data::column_vector result(batch.result_type);
    const auto done =
        udf::read_results(batch.image.memory(), batch.address, batch.row_count, result);
    if (!done.ok()) {
        require(done.error().code() == error_code::function_failure, "the guest is to blame", "");
        return;
    }
    require(*done >= 1 && *done <= batch.row_count, "rows that were asked for", "");
    require(result.size() == *done, "a value for each row", "");
    for (std::uint32_t row = 0; row < result.size(); ++row) {
        const auto value = result.serialised(row);
        if (!value) continue;
        const auto valid = types::validate(*batch.result_type, *value);
        require(valid.ok(), "results are valid values", valid.ok() ? "" : valid.error().message());
        (void)types::to_cql_literal(*batch.result_type, *value);
    }
}

void check_round_trip(written_batch& batch, std::size_t k) {
    answer_with_argument(batch, k);
    const auto& argument = batch.arguments[k];
    data::column_vector result(argument.type());
    const auto done =
        udf::read_results(batch.image.memory(), batch.address, batch.row_count, result);
    require(done.ok(), "the host's own columns are valid", done.ok() ? "" : done.error().message());
    require(*done == batch.row_count && result.size() == *done, "all rows come back", "");
    for (std::uint32_t row = 0; row < result.size(); ++row) {
        auto expected = argument.serialised(batch.rows[row]);
        // Functions see empty values of natively kept types as nulls.
        if (argument.is_empty_value(batch.rows[row])) expected.reset();
        require(result.serialised(row) == expected, "values come back as they went",
                argument.type()->to_cql());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input in(data, size);
    auto batch = draw_batch(in);
    check_round_trip(batch, in.below(static_cast<std::uint32_t>(batch.arguments.size())));
    scribble(in, batch);
    check_hostile(batch);
    return 0;
}

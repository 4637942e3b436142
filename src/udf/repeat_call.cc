#include "udf/repeat_call.h"

#include "data/row_batch.h"

namespace nacre::udf {

runtime::task<result<data::column_vector>> repeat_call(const function::compiled& code,
                                                       const captured_call& call,
                                                       std::uint32_t rows) {
    NACRE_CO_TRY(const auto instance, code.instantiate(nullptr));
    std::vector<const data::column_vector*> arguments;
    for (const auto& column : call.arguments) arguments.push_back(&column);
    const auto selected = data::all_rows(rows);
    data::column_vector results(call.definition->return_type);
    if (call.entry == captured_entry::call) {
        const function::call_batch batch{
            .arguments = arguments, .rows = selected, .result = results};
        NACRE_CO_CHECK(co_await instance->call(batch));
        co_return results;
    }
    NACRE_CO_CHECK(co_await instance->set_state(call.state));
    const function::fold_batch batch{.arguments = arguments, .rows = selected};
    NACRE_CO_CHECK(co_await instance->fold(batch));
    NACRE_CO_TRY(const auto state, co_await instance->state());
    results.append(state);
    co_return results;
}

}  // namespace nacre::udf

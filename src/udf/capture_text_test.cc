#include "udf/capture_text.h"

#include <gtest/gtest.h>

#include "types/value.h"

namespace nacre::udf {

namespace {

using types::type;
using types::type_kind;

captured_call call_of(captured_entry entry) {
    const auto& text = type::native(type_kind::text);
    schema::function_definition definition;
    definition.keyspace = "ks";
    definition.name = "f\033[2J";
    definition.argument_names = {"a"};
    definition.argument_types = {text};
    if (entry == captured_entry::fold) {
        definition.argument_names.insert(definition.argument_names.begin(), "state");
        definition.argument_types.insert(definition.argument_types.begin(), text);
    }
    definition.return_type = text;
    definition.language = "lua";
    definition.body = "return a";

    captured_call call;
    call.server_version = "1.2";
    call.time = std::chrono::system_clock::time_point(std::chrono::seconds(86'400));
    call.definition = std::make_shared<const schema::function_definition>(definition);
    call.entry = entry;
    call.rows_of_batch = 20;
    call.rows = 12;
    data::column_vector column(text);
    for (int i = 0; i < 12; ++i) column.append(i == 1 ? std::nullopt : optional_bytes("x\007"));
    call.arguments.push_back(std::move(column));
    return call;
}

TEST(capture_text, shows_a_call_and_nothing_that_a_terminal_obeys) {
    auto call = call_of(captured_entry::call);
    call.batches_before = 3;
    EXPECT_EQ(describe(call), R"(function  ks.f\x1b[2J(text), lua, 8 bytes of source
captured  1970-01-02T00:00:00Z by nacre 1.2
batch     call of 20 rows, 12 in the file
note      the guest had worked on 3 batches before, which are not in the file
)");
    const auto results = describe_results(call, call.arguments[0]);
    EXPECT_TRUE(results.starts_with(R"(  f\x1b[2J('x\x07') = 'x\x07'
  f\x1b[2J(null) = null
)")) << results;
    EXPECT_TRUE(results.ends_with("\n  and 2 more rows\n")) << results;
}

TEST(capture_text, shows_a_fold_without_rows) {
    auto call = call_of(captured_entry::fold);
    call.state = bytes("so far");
    call.rows = 0;
    call.arguments[0] = data::column_vector(type::native(type_kind::text));
    EXPECT_EQ(describe(call), R"(function  ks.f\x1b[2J(text, text), lua, 8 bytes of source
captured  1970-01-02T00:00:00Z by nacre 1.2
batch     fold of 20 rows, 0 in the file
state     'so far'
)");
    data::column_vector state(type::native(type_kind::text));
    state.append_serialised("so far and more");
    EXPECT_EQ(describe_results(call, state), "  state = 'so far and more'\n");
}

TEST(capture_text, shows_how_it_ended) {
    captured_outcome outcome;
    outcome.cpu = std::chrono::microseconds(1'500);
    EXPECT_EQ(describe(outcome), "finished, 1.500 ms of CPU time\n");
    outcome.failed_as = failure_kind::trap;
    outcome.message = "it fell\r";
    EXPECT_EQ(describe(outcome), "failed (trap): it fell\\x0d, 1.500 ms of CPU time\n");
}

}  // namespace

}  // namespace nacre::udf

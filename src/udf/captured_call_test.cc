#include "udf/captured_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "types/value.h"

namespace nacre::udf {

namespace {

using testing::HasSubstr;
using types::type;
using types::type_kind;

const types::type_ptr& native(type_kind kind) {
    return type::native(kind);
}

types::type_ptr nested_type() {
    const auto address =
        type::user("ks", "Address", {"street", "lines"},
                   {native(type_kind::text), type::list_of(native(type_kind::int_), true)}, true);
    return type::map_of(native(type_kind::uuid),
                        type::tuple_of({address, type::vector_of(native(type_kind::float_), 3)}),
                        true);
}

captured_call example() {
    schema::function_definition definition;
    definition.keyspace = "ks";
    definition.name = "f";
    definition.argument_names = {"state", "a", "b"};
    definition.argument_types = {native(type_kind::bigint), native(type_kind::int_), nested_type()};
    definition.return_type = native(type_kind::bigint);
    definition.language = "lua";
    definition.body = "return 1";
    definition.is_deterministic = true;
    definition.options = {{"memory_bytes_max", "1048576"}};

    captured_call call;
    call.server_version = "9.9";
    call.time = std::chrono::system_clock::time_point(std::chrono::microseconds(1'234'567));
    call.definition = std::make_shared<const schema::function_definition>(definition);
    call.limits.memory_bytes_max = 1 << 20;
    call.world = {.realtime_ns = 5, .seed = 6};
    call.entry = captured_entry::fold;
    call.batches_before = 4;
    call.state = types::serialise_integer(std::int64_t{9});
    call.rows_of_batch = 10;
    call.rows = 2;
    call.failed_row = 1;
    data::column_vector numbers(native(type_kind::int_));
    numbers.append_native(std::int32_t{7});
    numbers.append_null();
    data::column_vector maps(definition.argument_types[2]);
    maps.append_null();
    maps.append_serialised(types::join_map({}));
    call.arguments.push_back(std::move(numbers));
    call.arguments.push_back(std::move(maps));
    call.outcome = {.failed_as = failure_kind::trap,
                    .message = "it fell",
                    .cpu = std::chrono::nanoseconds(11),
                    .wall = std::chrono::nanoseconds(12),
                    .results = {}};
    return call;
}

TEST(captured_call, reads_back_as_it_was_written) {
    const auto file = encode(example());
    const auto read = decode_captured_call(file);
    ASSERT_TRUE(read.ok()) << read.error().message();
    EXPECT_EQ(encode(*read), file);
    EXPECT_EQ(read->server_version, "9.9");
    EXPECT_EQ(*read->definition->argument_types[2], *nested_type());
    EXPECT_EQ(read->definition->source(), "return 1");
    EXPECT_EQ(read->definition->options.at("memory_bytes_max"), "1048576");
    EXPECT_TRUE(read->definition->is_deterministic);
    EXPECT_EQ(read->limits.memory_bytes_max, 1u << 20);
    EXPECT_EQ(read->world.seed, 6u);
    EXPECT_EQ(read->state, types::serialise_integer(std::int64_t{9}));
    EXPECT_EQ(read->failed_row, 1u);
    EXPECT_TRUE(read->arguments[0].is_null(1));
    EXPECT_EQ(read->outcome.failed_as, failure_kind::trap);
    EXPECT_EQ(read->outcome.message, "it fell");
}

TEST(captured_call, keeps_results) {
    auto call = example();
    data::column_vector results(native(type_kind::bigint));
    results.append_native(std::int64_t{3});
    results.append_null();
    call.outcome.results = std::move(results);
    call.outcome.failed_as.reset();
    const auto read = decode_captured_call(encode(call));
    ASSERT_TRUE(read.ok()) << read.error().message();
    EXPECT_FALSE(read->outcome.failed_as);
    ASSERT_TRUE(read->outcome.results);
    EXPECT_EQ(read->outcome.results->native<std::int64_t>()[0], 3);
}

TEST(captured_call, refuses_what_is_none) {
    EXPECT_EQ(decode_captured_call("").error().message(), "it is not a captured call");
    EXPECT_EQ(decode_captured_call("#!/bin/sh").error().message(), "it is not a captured call");
    auto other = encode(example());
    other[11] = 2;
    EXPECT_EQ(decode_captured_call(other).error().message(),
              "it has version 2 of the format, only 1 is known");
}

TEST(captured_call, refuses_damage_anywhere) {
    const auto file = encode(example());
    for (std::size_t i = 12; i < file.size(); ++i) {
        auto damaged = file;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x40);
        ASSERT_THAT(decode_captured_call(damaged).error().message(), HasSubstr("damaged")) << i;
        ASSERT_FALSE(decode_captured_call(bytes_view(file).substr(0, i)).ok()) << i;
    }
    EXPECT_THAT(decode_captured_call(file + "x").error().message(), HasSubstr("damaged"));
}

// Files that are whole but hold what no server writes.
TEST(captured_call, refuses_what_no_server_writes) {
    const auto problem = [](const captured_call& call) {
        return decode_captured_call(encode(call)).error().message();
    };
    auto call = example();
    call.outcome.message = "\xc3(";
    EXPECT_EQ(problem(call), "the file is damaged: a text that is no UTF-8");
    call = example();
    call.limits.memory_bytes_max = 7;
    EXPECT_EQ(problem(call), "the file is damaged: an impossible limit");

    auto function = *example().definition;
    function.return_type = native(type_kind::int_);
    call = example();
    call.definition = std::make_shared<const schema::function_definition>(function);
    EXPECT_EQ(problem(call), "the file is damaged: a fold whose result is no state");

    function.argument_names.clear();
    function.argument_types.clear();
    call = example();
    call.definition = std::make_shared<const schema::function_definition>(function);
    call.entry = captured_entry::call;
    call.arguments.clear();
    call.rows = captured_rows_max;
    EXPECT_TRUE(decode_captured_call(encode(call)).ok());
    call.rows = captured_rows_max + 1;
    EXPECT_EQ(problem(call), "the file is damaged: more rows than a batch has");

    function.return_type = type::vector_of(native(type_kind::int_), 0);
    call.definition = std::make_shared<const schema::function_definition>(function);
    EXPECT_EQ(problem(call), "the file is damaged: a vector without dimensions");
}

}  // namespace

}  // namespace nacre::udf

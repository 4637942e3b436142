/// The vectors of sdk/abi/vectors, which are made without this server's code.
#include <sstream>

#include <gmock/gmock.h>

#include "udf/batch_codec.h"
#include "udf/wasm/guest_test_support.h"
#include "udf/wasm/vector_file.h"

namespace nacre::udf::wasm {
namespace {

using testing::HasSubstr;
using types::type_kind;

std::vector<std::uint8_t> empty_memory() {
    return std::vector<std::uint8_t>(65536);
}

TEST(batch_vectors, the_host_writes_exactly_these_bytes) {
    const auto blocks = read_vectors("encode.txt");
    ASSERT_GT(blocks.size(), 100u);
    for (const auto& block : blocks) {
        std::vector<data::column_vector> columns;
        for (const auto& name : block.all("argument")) columns.emplace_back(type_from(name));
        data::selection rows;
        for (const auto& line : block.all("row")) {
            std::istringstream words(line);
            for (auto& column : columns) {
                std::string word;
                words >> word;
                column.append(value_from(word));
            }
            rows.push_back(static_cast<std::uint32_t>(rows.size()));
        }
        std::vector<const data::column_vector*> arguments;
        for (const auto& column : columns) arguments.push_back(&column);
        const auto result = block.has("result") ? type_from(block.one("result")) : nullptr;

        auto storage = empty_memory();
        const guest_memory memory(storage);
        const auto size =
            measure_batch(arguments, rows, result.get(), {.rows_max = 1000, .bytes_max = 1 << 15});
        ASSERT_EQ(size.rows, rows.size()) << block.name;
        const auto address = block.number("address");
        ASSERT_TRUE(write_batch(memory, address, arguments, rows, result.get(), size).ok());
        const auto want = from_hex(block.one("batch"));
        ASSERT_LE(want.size(), size.total_bytes) << block.name;
        EXPECT_EQ(to_hex(*memory.view(address, want.size())), to_hex(want)) << block.name;
    }
}

TEST(batch_vectors, rows_picked_from_a_column_are_written_like_rows_of_their_own) {
    for (const auto& block : read_vectors("encode.txt")) {
        // Every row stands behind another one that is not selected.
        std::vector<data::column_vector> columns;
        for (const auto& name : block.all("argument")) columns.emplace_back(type_from(name));
        data::selection rows;
        for (const auto& line : block.all("row")) {
            std::istringstream words(line);
            for (auto& column : columns) {
                std::string word;
                words >> word;
                column.append_null();
                column.append(value_from(word));
            }
            rows.push_back(static_cast<std::uint32_t>(rows.size() * 2 + 1));
        }
        std::vector<const data::column_vector*> arguments;
        for (const auto& column : columns) arguments.push_back(&column);
        const auto result = block.has("result") ? type_from(block.one("result")) : nullptr;
        auto storage = empty_memory();
        const guest_memory memory(storage);
        const auto size =
            measure_batch(arguments, rows, result.get(), {.rows_max = 1000, .bytes_max = 1 << 15});
        const auto address = block.number("address");
        ASSERT_TRUE(write_batch(memory, address, arguments, rows, result.get(), size).ok());
        const auto want = from_hex(block.one("batch"));
        EXPECT_EQ(to_hex(*memory.view(address, want.size())), to_hex(want)) << block.name;
    }
}

void put_memory(const vector_block& block, std::vector<std::uint8_t>& storage) {
    for (const auto& line : block.all("memory")) {
        const auto space = line.find(' ');
        const auto content = from_hex(std::string_view(line).substr(space + 1));
        std::ranges::copy(content, storage.begin() + std::stol(line.substr(0, space)));
    }
}

TEST(batch_vectors, the_host_reads_exactly_these_values) {
    const auto blocks = read_vectors("decode.txt");
    ASSERT_GT(blocks.size(), 100u);
    int refused = 0;
    for (const auto& block : blocks) {
        auto storage = empty_memory();
        put_memory(block, storage);
        data::column_vector result(type_from(block.one("result")));
        const auto done = read_results(guest_memory(storage), block.number("address"),
                                       block.number("sent"), result);
        if (block.has("refused")) {
            EXPECT_FALSE(done.ok()) << block.name;
            ++refused;
            continue;
        }
        ASSERT_TRUE(done.ok()) << block.name << ": " << done.error().message();
        std::vector<optional_bytes> want;
        for (const auto& text : block.all("value")) want.push_back(value_from(text));
        EXPECT_EQ(*done, want.size()) << block.name;
        EXPECT_EQ(values_of(result), want) << block.name;
    }
    EXPECT_GT(refused, 20);
}

class error_vectors : public wasm_test {};

TEST_F(error_vectors, are_told_as_they_are) {
    for (const auto& block : read_vectors("errors.txt")) {
        std::string memory;
        for (const auto& line : block.all("memory")) {
            const auto space = line.find(' ');
            memory += fmt::format("(data (i32.const {}) \"", line.substr(0, space));
            for (auto i = space + 1; i + 1 < line.size(); i += 2) {
                memory += "\\" + line.substr(i, 2);
            }
            memory += "\")";
        }
        const auto code = compile(define("f", {native(type_kind::int_)}, native(type_kind::int_),
                                         schema::null_input::called,
                                         fmt::format(R"((module (memory (export "memory") 1) {}
              (@custom "nacre.functions" "f(v int) CALLED ON NULL INPUT RETURNS int\n")
              (func (export "nacre_reserve") (param i32) (result i32) (i32.const 32768))
              (func (export "nacre_call_f") (param i32) (result i32) (i32.const 1))
              (func (export "nacre_error") (result i64) (i64.const 0x{}))))",
                                                     memory, block.one("pair"))));
        ASSERT_TRUE(code.ok()) << code.error().message();
        std::vector<data::column_vector> columns;
        columns.push_back(column_of<std::int32_t>(type_kind::int_, {1}));
        const auto out = call(**code, native(type_kind::int_), columns);
        ASSERT_FALSE(out.ok()) << block.name;
        const auto& said = out.error().message();
        if (block.has("refused")) {
            EXPECT_THAT(said, HasSubstr("the text of its error lies outside of its memory"))
                << block.name;
        } else {
            EXPECT_EQ(said, "execution of 'ks.f[int]' failed: " +
                                value_from(block.one("text")).value_or(bytes()))
                << block.name;
        }
    }
}

}  // namespace
}  // namespace nacre::udf::wasm

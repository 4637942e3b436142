#include <random>

#include "udf/wasm/guest_test_support.h"

// Bulk operations run in pieces (rust/src/bulk_memory.rs): nothing but their duration may show it.
namespace nacre::udf::wasm {
namespace {

using enum types::type_kind;

constexpr std::int32_t memory_bytes = 8 << 16;
constexpr std::int32_t segment_bytes = 200'000;

/// f(to, from, size) fills the memory with a pattern, does `operation` on it, and returns a digest
/// of all the memory. $copy, $fill and $init are byte by byte what the instructions do.
std::string module_with(const std::string& operation) {
    std::string data;
    for (std::int32_t i = 0; i < segment_bytes; ++i) {
        data += fmt::format("\\{:02x}", (i * 7 + i / 251) & 0xff);
    }
    return R"((module (memory (export "memory") 8)
 (global (export "_scylla_abi") i32 (i32.const 524284)) (data $version (i32.const 524284) "\01")
 (data $segment ")" +
           data + R"(")
 (func $copy (param $to i32) (param $from i32) (param $size i32) (local $i i32)
  (if (i32.le_u (local.get $to) (local.get $from))
   (then (loop $l (if (i32.lt_u (local.get $i) (local.get $size)) (then
    (i32.store8 (i32.add (local.get $to) (local.get $i)) (i32.load8_u (i32.add (local.get $from) (local.get $i))))
    (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l)))))
   (else (loop $l (if (local.get $size) (then
    (local.set $size (i32.sub (local.get $size) (i32.const 1)))
    (i32.store8 (i32.add (local.get $to) (local.get $size)) (i32.load8_u (i32.add (local.get $from) (local.get $size))))
    (br $l)))))))
 (func $fill (param $to i32) (param $byte i32) (param $size i32)
  (loop $l (if (local.get $size) (then
   (local.set $size (i32.sub (local.get $size) (i32.const 1)))
   (i32.store8 (i32.add (local.get $to) (local.get $size)) (local.get $byte)) (br $l)))))
 (func $init (param $to i32) (param $from i32) (param $size i32)
  (loop $l (if (local.get $size) (then
   (local.set $size (i32.sub (local.get $size) (i32.const 1)))
   (memory.init $segment (i32.add (local.get $to) (local.get $size)) (i32.add (local.get $from) (local.get $size)) (i32.const 1))
   (br $l)))))
 (func (export "f") (param $to i32) (param $from i32) (param $size i32) (result i32) (local $i i32) (local $digest i32)
  (loop $l (i32.store (local.get $i) (i32.mul (local.get $i) (i32.const 0x9e3779b1)))
   (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 524288))))
  (local.get $to) (local.get $from) (local.get $size) )" +
           operation + R"(
  (local.set $i (i32.const 0))
  (loop $l (local.set $digest (i32.add (i32.mul (local.get $digest) (i32.const 0x01000193)) (i32.load (local.get $i))))
   (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 524288))))
  (local.get $digest))))";
}

class bulk_memory : public wasm_test {
  protected:
    function::compiled_ptr compiled(const std::string& operation) {
        const auto made =
            compile(define("f", {native(int_), native(int_), native(int_)}, native(int_),
                           schema::null_input::returns_null, module_with(operation)));
        EXPECT_TRUE(made.ok()) << made.error().message();
        return *made;
    }

    std::vector<data::column_vector> columns_of(
        const std::vector<std::array<std::int32_t, 3>>& rows) {
        std::vector<data::column_vector> columns(3, data::column_vector(native(int_)));
        for (const auto& row : rows) {
            for (std::size_t i = 0; i < 3; ++i) {
                columns[i].append(types::serialise_integer(row[i]));
            }
        }
        return columns;
    }

    void same(const std::string& instruction, const std::string& bytewise,
              const std::vector<std::array<std::int32_t, 3>>& rows) {
        const auto columns = columns_of(rows);
        const auto quick = call(*compiled(instruction), native(int_), columns);
        const auto slow = call(*compiled(bytewise), native(int_), columns);
        ASSERT_TRUE(quick.ok()) << quick.error().message();
        ASSERT_TRUE(slow.ok()) << slow.error().message();
        for (std::uint32_t row = 0; row < rows.size(); ++row) {
            EXPECT_EQ(quick->serialised(row), slow->serialised(row))
                << rows[row][0] << ' ' << rows[row][1] << ' ' << rows[row][2];
        }
    }

    /// Ranges of all lengths, around the size of a piece above all, that overlap in both ways.
    static std::vector<std::array<std::int32_t, 3>> ranges(std::int32_t from_end) {
        constexpr std::int32_t piece = 64 << 10;
        std::mt19937 random(11);
        std::vector<std::array<std::int32_t, 3>> rows;
        for (const auto size :
             {0, 1, piece - 1, piece, piece + 1, 2 * piece, 2 * piece + 1, 3 * piece - 1}) {
            for (const auto shift : {-1, 1, piece - 1, piece, -piece - 1, 40'000, -40'000}) {
                const auto room = std::min(from_end, memory_bytes) - size - 1;
                const auto from =
                    static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(room));
                const auto to = std::clamp(from + shift, 0, memory_bytes - size - 8);
                rows.push_back({to, from, size});
            }
        }
        return rows;
    }
};

TEST_F(bulk_memory, copies_of_any_length_and_overlap) {
    same("memory.copy", "call $copy", ranges(memory_bytes - 8));
}

TEST_F(bulk_memory, fills_of_any_length) {
    same("memory.fill", "call $fill", ranges(memory_bytes - 8));
}

TEST_F(bulk_memory, segments_of_any_length) {
    same("memory.init $segment", "call $init", ranges(segment_bytes));
}

TEST_F(bulk_memory, what_is_out_of_bounds_traps_before_anything_is_written) {
    // The digest would tell; so would the trap that does not come.
    for (const auto* instruction : {"memory.copy", "memory.fill", "memory.init $segment"}) {
        const auto code = compiled(instruction);
        for (const auto& [to, from, size] :
             std::vector<std::array<std::int32_t, 3>>{{memory_bytes - 100'000, 0, 100'001},
                                                      {0, 0, memory_bytes + 1},
                                                      {1, 1, -1},
                                                      {-70'000, 0, 70'000}}) {
            const auto answer = call(*code, native(int_), columns_of({{to, from, size}}));
            ASSERT_FALSE(answer.ok()) << instruction << ' ' << to << ' ' << from << ' ' << size;
            EXPECT_NE(answer.error().message().find("out of bounds memory access"),
                      std::string::npos)
                << answer.error().message();
        }
    }
}

}  // namespace
}  // namespace nacre::udf::wasm

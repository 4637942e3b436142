#include "udf/wasm/module_snapshot.h"

#include <gmock/gmock.h>

#include "udf/wasm/engine_settings.h"
#include "udf/wasm/handles.h"
#include "udf/wasm/memory_access.h"

namespace nacre::udf::wasm {
namespace {

using testing::HasSubstr;

bytes binary(std::string_view text) {
    byte_vector out;
    const error_handle failure(wasmtime_wat2wasm(text.data(), text.size(), out.out()));
    EXPECT_FALSE(failure) << message_of(*failure);
    return bytes(out.view());
}

/// An instance of a module without imports, for a look into it.
class instance_of {
  public:
    explicit instance_of(bytes_view module) {
        _store.reset(wasmtime_store_new(_engine.get(), nullptr, nullptr));
        wasmtime_context_set_epoch_deadline(context(), 1'000);
        wasmtime_module_t* compiled = nullptr;
        const error_handle failure(
            wasmtime_module_new(_engine.get(), reinterpret_cast<const std::uint8_t*>(module.data()),
                                module.size(), &compiled));
        EXPECT_FALSE(failure) << message_of(*failure);
        const module_handle owned(compiled);
        wasm_trap_t* trap = nullptr;
        const error_handle refused(
            wasmtime_instance_new(context(), compiled, nullptr, 0, &_instance, &trap));
        EXPECT_FALSE(refused);
    }
    [[nodiscard]] bool has(std::string_view name) {
        wasmtime_extern_t item;
        return wasmtime_instance_export_get(context(), &_instance, name.data(), name.size(), &item);
    }
    [[nodiscard]] bytes memory() {
        wasmtime_extern_t item;
        EXPECT_TRUE(wasmtime_instance_export_get(context(), &_instance, "memory", 6, &item));
        const auto all = memory_of(context(), item.of.memory);
        return bytes(*all.view(0, all.size()));
    }

  private:
    [[nodiscard]] wasmtime_context_t* context() { return wasmtime_store_context(_store.get()); }
    engine_handle _engine = make_compiling_engine();
    store_handle _store;
    wasmtime_instance_t _instance{};
};

constexpr std::string_view counting = R"((module
  (import "other" "unknown" (func $unknown))
  (memory (export "memory") 1 4)
  (data (i32.const 100) "abc")
  (func $begin (i32.store8 (i32.const 200) (i32.const 7)))
  (start $begin)
  (func (export "_initialize") (i32.store (i32.const 300) (i32.const 0x01020304)))
  (func (export "open") (result i32)
    (drop (memory.grow (i32.const 2)))
    (i32.store8 (i32.const 101) (i32.const 0))
    (i32.store8 (i32.const 196607) (i32.const 9))
    (i32.load8_u (i32.const 301)) (i32.const 3) i32.ne)
  (func (export "calls") (call $unknown))))";

TEST(module_snapshot, holds_what_the_start_has_left) {
    const auto made = snapshot_module(binary(counting), "open");
    ASSERT_TRUE(made.ok()) << made.error().message();
    // The import is not called, but it is still there.
    const auto text = std::string(*made);
    EXPECT_THAT(text, HasSubstr("unknown"));

    bytes without_import(counting);
    without_import.erase(without_import.find("  (import"),
                         without_import.find("  (memory") - without_import.find("  (import"));
    without_import.replace(without_import.find("(call $unknown)"), 15, "");
    const auto plain = snapshot_module(binary(without_import), "open");
    ASSERT_TRUE(plain.ok()) << plain.error().message();
    instance_of begun(*plain);
    EXPECT_TRUE(begun.has("calls"));
    EXPECT_FALSE(begun.has("_initialize"));
    EXPECT_FALSE(begun.has("open"));
    bytes expected(3 << 16, '\0');
    expected.replace(100, 3, bytes("a\0c", 3));
    expected[200] = 7;
    expected.replace(300, 4, "\x04\x03\x02\x01");
    expected[196607] = 9;
    EXPECT_EQ(begun.memory(), expected);
}

TEST(module_snapshot, a_module_without_data_gets_some) {
    const auto made = snapshot_module(binary(R"((module (memory (export "memory") 1)
                 (func (export "open") (result i32) (i32.store8 (i32.const 5) (i32.const 6)) i32.const 0)))"),
                                      "open");
    ASSERT_TRUE(made.ok()) << made.error().message();
    EXPECT_EQ(instance_of(*made).memory()[5], 6);
}

TEST(module_snapshot, says_what_is_wrong) {
    const auto reason = [](std::string_view text) {
        const auto made = snapshot_module(binary(text), "open");
        return made.ok() ? "nothing" : made.error().message();
    };
    EXPECT_THAT(reason("(module (memory (export \"memory\") 1))"), HasSubstr("`open`"));
    EXPECT_THAT(reason("(module (func (export \"open\") (result i32) i32.const 0))"),
                HasSubstr("no memory"));
    EXPECT_THAT(reason("(module (memory (export \"memory\") 1)"
                       "(func (export \"open\") (result i32) i32.const 1))"),
                HasSubstr("`open` failed"));
    EXPECT_THAT(reason("(module (memory (export \"memory\") 1)"
                       "(func (export \"open\") (result i32) unreachable))"),
                HasSubstr("unreachable"));
    EXPECT_THAT(reason("(module (memory (export \"memory\") 1) (data \"x\")"
                       "(func (export \"open\") (result i32) (memory.init 0 (i32.const 0)"
                       "(i32.const 0) (i32.const 1)) i32.const 0))"),
                HasSubstr("no initial contents"));
}

}  // namespace
}  // namespace nacre::udf::wasm

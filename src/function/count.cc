#include "function/column_function.h"
#include "function/native_aggregate.h"
#include "types/value.h"

namespace nacre::function {

namespace {

using types::type;
using types::type_kind;

/// count(*): rows; count(x): rows where x is not null.
class counter final : public native_accumulator {
  public:
    void start() override { _count = 0; }

    status take(const fold_batch& batch) override {
        if (batch.arguments.empty()) {
            _count += static_cast<std::int64_t>(batch.rows.size());
            return {};
        }
        const auto& column = *batch.arguments[0];
        const bool native = column.physical() != types::physical_type::serialised;
        if (native && is_dense(batch)) {
            _count += static_cast<std::int64_t>(batch.rows.size());
            return {};
        }
        for (const std::uint32_t row : batch.rows) _count += column.is_null(row) ? 0 : 1;
        return {};
    }

    [[nodiscard]] optional_bytes partial() const override {
        return types::serialise_integer(_count);
    }
    status take_partial(bytes_view other) override {
        _count += load_big_endian<std::int64_t>(other.data());
        return {};
    }
    [[nodiscard]] result<optional_bytes> value() const override { return partial(); }

  private:
    std::int64_t _count = 0;
};

aggregate_function_ptr make_count(std::string name, std::vector<types::type_ptr> arguments) {
    return make_native_aggregate(std::move(name), std::move(arguments),
                                 type::native(type_kind::bigint),
                                 [] { return std::make_unique<counter>(); });
}

}  // namespace

void add_count(registry& functions) {
    functions.add(make_count("countRows", {}));
    functions.add(generic_function{"count", "system.count(any)", 0, 1,
                                   [](const generic_call& call) -> result<resolved> {
                                       return make_count("count", call.types);
                                   }});
}

}  // namespace nacre::function

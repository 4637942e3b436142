#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "function/column_function.h"
#include "function/native_aggregate.h"
#include "types/value.h"

namespace nacre::function {

namespace {

using types::type;
using types::type_kind;

enum class extreme : std::uint8_t { least, greatest };

// Each native form is mapped to a signed integer whose plain order is the type's, so that one loop
// without branches serves every type.

template <typename Integer>
struct signed_key {
    using native = Integer;
    using key = Integer;
    static key to_key(native v) { return v; }
    static native from_key(key k) { return k; }
};

/// For types that are ordered as unsigned numbers: date and time.
template <typename Integer>
struct unsigned_key {
    using native = Integer;
    using key = Integer;
    static constexpr Integer flip = std::numeric_limits<Integer>::min();
    static key to_key(native v) { return v ^ flip; }
    static native from_key(key k) { return k ^ flip; }
};

struct boolean_key {
    using native = std::int8_t;
    using key = std::int8_t;
    static key to_key(native v) { return v != 0 ? 1 : 0; }
    static native from_key(key k) { return k; }
};

/// -0.0 before 0.0, all NaNs equal and last.
template <typename Float, typename Bits>
struct floating_key {
    using native = Float;
    using key = Bits;
    static key flip_magnitude(key bits) {
        const key sign = bits >> std::numeric_limits<Bits>::digits;
        return bits ^ (sign & std::numeric_limits<Bits>::max());
    }
    static key to_key(native v) {
        const native plain = v != v ? std::numeric_limits<native>::quiet_NaN() : v;
        return flip_magnitude(std::bit_cast<key>(plain));
    }
    static native from_key(key k) { return std::bit_cast<native>(flip_magnitude(k)); }
};

template <typename Key, extreme Which>
class native_extreme final : public native_accumulator {
  public:
    using native = typename Key::native;
    using key = typename Key::key;

    explicit native_extreme(types::type_ptr type) : _type(std::move(type)) {}

    void start() override {
        _any = false;
        _any_empty = false;
        _best = worst;
    }

    status take(const fold_batch& batch) override {
        const auto& column = *batch.arguments[0];
        const auto values = column.native<native>();
        if (is_dense(batch)) {
            key best = _best;
            for (const native v : values) best = better(best, Key::to_key(v));
            _best = best;
            _any = _any || !values.empty();
            return {};
        }
        for (const std::uint32_t row : batch.rows) {
            if (column.is_null(row)) continue;
            if (column.is_empty_value(row)) {
                _any_empty = true;
                continue;
            }
            _best = better(_best, Key::to_key(values[row]));
            _any = true;
        }
        return {};
    }

    [[nodiscard]] optional_bytes partial() const override {
        // The empty value is less than all others.
        if (_any_empty && (Which == extreme::least || !_any)) return bytes();
        if (!_any) return std::nullopt;
        data::column_vector one(_type);
        one.append_native(Key::from_key(_best));
        return one.serialised(0);
    }

    status take_partial(bytes_view other) override {
        data::column_vector one(_type);
        one.append_serialised(other);
        const data::column_vector* argument = &one;
        const std::uint32_t only_row = 0;
        return take({{&argument, 1}, {&only_row, 1}});
    }

    [[nodiscard]] result<optional_bytes> value() const override { return partial(); }

  private:
    static constexpr key worst = Which == extreme::greatest ? std::numeric_limits<key>::min()
                                                            : std::numeric_limits<key>::max();
    static key better(key a, key b) {
        if constexpr (Which == extreme::greatest) return a < b ? b : a;
        return b < a ? b : a;
    }

    types::type_ptr _type;
    key _best = worst;
    bool _any = false;
    bool _any_empty = false;
};

template <extreme Which>
class serialised_extreme final : public native_accumulator {
  public:
    explicit serialised_extreme(types::type_ptr type) : _type(std::move(type)) {}

    void start() override { _best.reset(); }

    status take(const fold_batch& batch) override {
        const auto& column = *batch.arguments[0];
        for (const std::uint32_t row : batch.rows) {
            if (!column.is_null(row)) offer(column.view(row));
        }
        return {};
    }

    [[nodiscard]] optional_bytes partial() const override { return _best; }
    status take_partial(bytes_view other) override {
        offer(other);
        return {};
    }
    [[nodiscard]] result<optional_bytes> value() const override { return _best; }

  private:
    void offer(bytes_view candidate) {
        if (_best) {
            const auto order = types::compare(*_type, candidate, *_best);
            if (Which == extreme::greatest ? order <= 0 : order >= 0) return;
        }
        _best = bytes(candidate);
    }

    types::type_ptr _type;
    optional_bytes _best;
};

template <extreme Which>
std::unique_ptr<native_accumulator> make_extreme(const types::type_ptr& t) {
    switch (t->kind()) {
        case type_kind::boolean:
            return std::make_unique<native_extreme<boolean_key, Which>>(t);
        case type_kind::tinyint:
            return std::make_unique<native_extreme<signed_key<std::int8_t>, Which>>(t);
        case type_kind::smallint:
            return std::make_unique<native_extreme<signed_key<std::int16_t>, Which>>(t);
        case type_kind::int_:
            return std::make_unique<native_extreme<signed_key<std::int32_t>, Which>>(t);
        case type_kind::bigint:
        case type_kind::counter:
        case type_kind::timestamp:
            return std::make_unique<native_extreme<signed_key<std::int64_t>, Which>>(t);
        case type_kind::date:
            return std::make_unique<native_extreme<unsigned_key<std::int32_t>, Which>>(t);
        case type_kind::time:
            return std::make_unique<native_extreme<unsigned_key<std::int64_t>, Which>>(t);
        case type_kind::float_:
            return std::make_unique<native_extreme<floating_key<float, std::int32_t>, Which>>(t);
        case type_kind::double_:
            return std::make_unique<native_extreme<floating_key<double, std::int64_t>, Which>>(t);
        default:
            return std::make_unique<serialised_extreme<Which>>(t);
    }
}

template <extreme Which>
generic_function extreme_function(std::string name) {
    return {name, fmt::format("system.{}(any)", name), 1, 1,
            [name](const generic_call& call) -> result<resolved> {
                const auto t = type::freeze(call.types[0]);
                return make_native_aggregate(name, {t}, t, [t] { return make_extreme<Which>(t); });
            }};
}

}  // namespace

void add_extremes(registry& functions) {
    functions.add(extreme_function<extreme::least>("min"));
    functions.add(extreme_function<extreme::greatest>("max"));
}

}  // namespace nacre::function

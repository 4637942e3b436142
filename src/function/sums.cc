#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>

#include "base/byte_reader.h"
#include "function/column_function.h"
#include "function/native_aggregate.h"
#include "function/numeric_column.h"
#include "types/decimal_sum.h"
#include "types/value.h"

namespace nacre::function {

namespace {

using types::type;
using types::type_kind;

/// What an aggregate keeps between rows travels to another shard as raw memory of the same program.
template <typename Value>
bytes raw_bytes(const Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    return {reinterpret_cast<const char*>(&value), sizeof(value)};
}
template <typename Value>
Value from_raw_bytes(bytes_view raw) {
    Value value;
    std::memcpy(&value, raw.data(), sizeof(value));
    return value;
}

template <typename Native, typename Take>
void for_each_value(const fold_batch& batch, Take take) {
    const auto& column = *batch.arguments[0];
    const auto values = column.native<Native>();
    if (is_dense(batch)) {
        for (const Native v : values) take(v);
        return;
    }
    for (const std::uint32_t row : batch.rows) {
        if (!column.is_null(row) && !column.is_empty_value(row)) take(values[row]);
    }
}

/// The sum has the type of its terms and wraps around, as Cassandra's does. Of no rows: 0.
template <typename Integer>
class integer_sum final : public native_accumulator {
  public:
    void start() override { _sum = 0; }
    status take(const fold_batch& batch) override {
        std::uint64_t sum = _sum;
        for_each_value<Integer>(batch, [&sum](Integer v) { sum += static_cast<std::uint64_t>(v); });
        _sum = sum;
        return {};
    }
    [[nodiscard]] optional_bytes partial() const override { return raw_bytes(_sum); }
    status take_partial(bytes_view other) override {
        _sum += from_raw_bytes<std::uint64_t>(other);
        return {};
    }
    [[nodiscard]] result<optional_bytes> value() const override {
        return optional_bytes(types::serialise_integer(static_cast<Integer>(_sum)));
    }

  private:
    std::uint64_t _sum = 0;
};

/// Exact, then divided towards zero. Of no rows: 0.
template <typename Integer>
class integer_average final : public native_accumulator {
  public:
    void start() override { _state = {}; }
    status take(const fold_batch& batch) override {
        // A batch has too few rows to overflow what 64 bits add to the smaller types.
        using partial_sum = std::conditional_t<sizeof(Integer) == 8, __int128, std::int64_t>;
        partial_sum sum = 0;
        std::int64_t count = 0;
        for_each_value<Integer>(batch, [&](Integer v) {
            sum += v;
            ++count;
        });
        _state.sum += sum;
        _state.count += count;
        return {};
    }
    [[nodiscard]] optional_bytes partial() const override { return raw_bytes(_state); }
    status take_partial(bytes_view other) override {
        const auto more = from_raw_bytes<state>(other);
        _state.sum += more.sum;
        _state.count += more.count;
        return {};
    }
    [[nodiscard]] result<optional_bytes> value() const override {
        const __int128 average = _state.count == 0 ? 0 : _state.sum / _state.count;
        return optional_bytes(types::serialise_integer(static_cast<Integer>(average)));
    }

  private:
    struct state {
        __int128 sum = 0;
        std::int64_t count = 0;
    };
    state _state;
};

enum class outcome : std::uint8_t { sum, average };

/// Kahan's compensated sum, as Cassandra adds floating point, with a plain sum beside it that tells
/// infinities from their difference, and a wide one for averages whose sum is past any double.
template <typename Float, outcome Outcome>
class floating_sum final : public native_accumulator {
  public:
    void start() override { _state = {}; }
    status take(const fold_batch& batch) override {
        // In locals, and the wide sum apart, so that the loop's numbers stay in registers.
        compensated_sum total = _state.total;
        double plain = _state.plain;
        std::int64_t count = 0;
        for_each_value<Float>(batch, [&](Float v) {
            total.add(v);
            plain += v;
            ++count;
        });
        _state.total = total;
        _state.plain = plain;
        _state.count += count;
        if constexpr (Outcome == outcome::average) {
            for_each_value<Float>(batch, [this](Float v) { _state.wide += v; });
        }
        return {};
    }
    [[nodiscard]] optional_bytes partial() const override { return raw_bytes(_state); }
    status take_partial(bytes_view other) override {
        const auto more = from_raw_bytes<state>(other);
        _state.total.add(more.total.sum);
        _state.total.add(-more.total.compensation);
        _state.plain += more.plain;
        _state.wide += more.wide;
        _state.count += more.count;
        return {};
    }
    [[nodiscard]] result<optional_bytes> value() const override {
        if constexpr (std::is_same_v<Float, float>) {
            return optional_bytes(types::serialise_float(static_cast<float>(answer())));
        } else {
            return optional_bytes(types::serialise_double(answer()));
        }
    }

  private:
    struct compensated_sum {
        double sum = 0;
        double compensation = 0;

        void add(double v) {
            const double corrected = v - compensation;
            const double rounded = sum + corrected;
            compensation = rounded - sum - corrected;
            sum = rounded;
        }
    };
    struct state {
        compensated_sum total;
        double plain = 0;
        long double wide = 0;
        std::int64_t count = 0;
    };

    [[nodiscard]] double answer() const {
        const bool lost = std::isnan(_state.total.sum) && std::isinf(_state.plain);
        const double sum = lost ? _state.plain : _state.total.sum;
        // NaN has many bit patterns; which one arises depends on how the rows were grouped.
        if (std::isnan(sum)) return std::numeric_limits<double>::quiet_NaN();
        if constexpr (Outcome == outcome::sum) return sum;
        if (_state.count == 0) return 0;
        if (!std::isfinite(sum) && std::isfinite(_state.wide)) {
            return static_cast<double>(_state.wide / _state.count);
        }
        return sum / static_cast<double>(_state.count);
    }

    state _state;
};

/// sum and avg of varint and decimal. Of no rows: 0.
template <type_kind Kind, outcome Outcome>
class big_sum final : public native_accumulator {
  public:
    void start() override {
        _sum = {};
        _count = 0;
    }
    status take(const fold_batch& batch) override {
        const auto& column = *batch.arguments[0];
        for (const std::uint32_t row : batch.rows) {
            if (is_absent(column, row)) continue;
            NACRE_TRY(const auto term, decimal_at(column, row));
            NACRE_CHECK(_sum.add(term));
            ++_count;
        }
        return {};
    }
    [[nodiscard]] optional_bytes partial() const override {
        return types::serialise_integer(_count) + types::serialise_decimal(_sum.total());
    }
    status take_partial(bytes_view other) override {
        _count += load_big_endian<std::int64_t>(other.data());
        return _sum.add(types::load_decimal(other.substr(8)));
    }
    [[nodiscard]] result<optional_bytes> value() const override {
        types::decimal answer = _sum.total();
        if (Outcome == outcome::average && _count != 0) {
            if constexpr (Kind == type_kind::varint) {
                answer.unscaled /= _count;
            } else {
                answer.unscaled =
                    types::divide_rounded(answer.unscaled, _count, types::rounding::half_even);
            }
        }
        NACRE_CHECK(types::check_size(answer.unscaled));
        if constexpr (Kind == type_kind::varint) {
            return optional_bytes(types::serialise_varint(answer.unscaled));
        } else {
            return optional_bytes(types::serialise_decimal(answer));
        }
    }

  private:
    types::decimal_sum _sum;
    std::int64_t _count = 0;
};

template <outcome Outcome, typename Integer>
std::unique_ptr<native_accumulator> make_integer() {
    if constexpr (Outcome == outcome::sum) {
        return std::make_unique<integer_sum<Integer>>();
    } else {
        return std::make_unique<integer_average<Integer>>();
    }
}

template <outcome Outcome>
std::unique_ptr<native_accumulator> make(type_kind kind) {
    switch (kind) {
        case type_kind::tinyint:
            return make_integer<Outcome, std::int8_t>();
        case type_kind::smallint:
            return make_integer<Outcome, std::int16_t>();
        case type_kind::int_:
            return make_integer<Outcome, std::int32_t>();
        case type_kind::float_:
            return std::make_unique<floating_sum<float, Outcome>>();
        case type_kind::double_:
            return std::make_unique<floating_sum<double, Outcome>>();
        case type_kind::varint:
            return std::make_unique<big_sum<type_kind::varint, Outcome>>();
        case type_kind::decimal:
            return std::make_unique<big_sum<type_kind::decimal, Outcome>>();
        default:
            return make_integer<Outcome, std::int64_t>();
    }
}

}  // namespace

std::unique_ptr<native_accumulator> make_sum(type_kind kind) {
    return make<outcome::sum>(kind);
}

std::unique_ptr<native_accumulator> make_average(type_kind kind) {
    return make<outcome::average>(kind);
}

void add_sums(registry& functions) {
    for (const auto kind : {type_kind::tinyint, type_kind::smallint, type_kind::int_,
                            type_kind::bigint, type_kind::counter, type_kind::float_,
                            type_kind::double_, type_kind::varint, type_kind::decimal}) {
        const auto t = type::native(kind);
        functions.add(make_native_aggregate("sum", {t}, t, [kind] { return make_sum(kind); }));
        functions.add(make_native_aggregate("avg", {t}, t, [kind] { return make_average(kind); }));
    }
}

}  // namespace nacre::function

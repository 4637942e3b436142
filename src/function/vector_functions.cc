#include <cmath>

#include "function/builtins.h"
#include "function/column_function.h"
#include "function/generic_parameter.h"
#include "types/value.h"

namespace nacre::function {

namespace {

using types::type;
using types::type_kind;
using types::type_ptr;

// Sums of single floats, and the scaling of each measure to 0 … 1, are those of Cassandra.
using floats = std::vector<float>;

floats floats_of(bytes_view vector) {
    floats values(vector.size() / sizeof(float));
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = types::load_float(vector.substr(i * sizeof(float), sizeof(float)));
    }
    return values;
}

float product(const floats& a, const floats& b) {
    float sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

float scaled_cosine(const floats& a, const floats& b) {
    const double magnitudes = double{product(a, a)} * double{product(b, b)};
    const auto cosine = static_cast<float>(double{product(a, b)} / std::sqrt(magnitudes));
    return (1 + cosine) / 2;
}

float scaled_distance(const floats& a, const floats& b) {
    float sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return 1 / (1 + sum);
}

float scaled_product(const floats& a, const floats& b) {
    return (1 + product(a, b)) / 2;
}

bool all_zero(const floats& values) {
    return std::ranges::all_of(values, [](float v) { return v == 0; });
}

struct measure {
    const char* name;
    float (*compute)(const floats&, const floats&);
    bool takes_zero;
};

column_body body_of(const measure& m) {
    return [m](const call_batch& batch) -> status {
        for (const std::uint32_t row : batch.rows) {
            const auto a = floats_of(batch.arguments[0]->view(row));
            const auto b = floats_of(batch.arguments[1]->view(row));
            if (!m.takes_zero && (all_zero(a) || all_zero(b))) {
                return invalid("Function system.{} doesn't support all-zero vectors.", m.name);
            }
            batch.result.append_native(m.compute(a, b));
        }
        return {};
    };
}

bool is_float_vector(const type& t) {
    return t.kind() == type_kind::vector && t.element()->kind() == type_kind::float_;
}

// A literal list is a vector of floats here; what has no type takes the other argument's.
void infer_vectors(generic_call& call) {
    for (std::size_t i = 0; i < 2; ++i) {
        const auto count = call.arguments[i].element_count;
        if (count && *count != 0) {
            call.types[i] = type::vector_of(type::native(type_kind::float_),
                                            static_cast<std::uint32_t>(*count));
        }
    }
    if (!call.types[0]) call.types[0] = call.types[1];
    if (!call.types[1]) call.types[1] = call.types[0];
}

generic_function similarity(const measure& m) {
    const std::string name = m.name;
    return {name,
            fmt::format("system.{}(vector<float, n>, vector<float, n>)", name),
            2,
            2,
            [m, name](const generic_call& call) -> result<resolved> {
                for (std::size_t i = 0; i < 2; ++i) {
                    if (is_float_vector(*call.types[i])) continue;
                    return wrong_argument(name, "a float vector argument", call, i);
                }
                if (call.types[0]->dimensions() != call.types[1]->dimensions()) {
                    return invalid("All arguments must have the same vector dimensions");
                }
                return make_builtin(name, call.types, type::native(type_kind::float_),
                                    schema::null_input::returns_null, purity::pure, body_of(m));
            },
            infer_vectors};
}

}  // namespace

void add_vector_functions(registry& functions) {
    functions.add(similarity({"similarity_cosine", scaled_cosine, false}));
    functions.add(similarity({"similarity_euclidean", scaled_distance, true}));
    functions.add(similarity({"similarity_dot_product", scaled_product, true}));
}

}  // namespace nacre::function

#include "types/value.h"

#include <bit>

#include "types/compound_reader.h"
#include "types/vint.h"

namespace nacre::types {

bytes serialise_boolean(bool v) {
    return bytes(1, v ? '\1' : '\0');
}
bytes serialise_float(float v) {
    return to_big_endian(std::bit_cast<std::uint32_t>(v));
}
bytes serialise_double(double v) {
    return to_big_endian(std::bit_cast<std::uint64_t>(v));
}
double load_double(bytes_view value) {
    return std::bit_cast<double>(load_big_endian<std::uint64_t>(value.data()));
}
float load_float(bytes_view value) {
    return std::bit_cast<float>(load_big_endian<std::uint32_t>(value.data()));
}

result<std::vector<std::optional<bytes_view>>> split_collection(const type& t, bytes_view value) {
    std::vector<std::optional<bytes_view>> elements;
    collection_reader in(t, value);
    while (in.next()) elements.push_back(in.current());
    if (in.is_malformed()) return invalid("Not enough bytes to read a {}", in.noun());
    return elements;
}

result<std::vector<std::optional<bytes_view>>> split_fields(const type& t, bytes_view value) {
    std::vector<std::optional<bytes_view>> fields;
    field_reader in(value);
    for (std::size_t i = 0; i < t.parameters().size(); ++i) {
        if (!in.next()) return invalid("Not enough bytes to read {}th component", i);
        fields.push_back(in.current());
    }
    return fields;
}

namespace {

void append_element(bytes& out, const std::optional<bytes_view>& element) {
    append_big_endian(out, element ? static_cast<std::int32_t>(element->size()) : -1);
    if (element) out += *element;
}

}  // namespace

bytes join_list(std::span<const optional_bytes> elements) {
    bytes out = to_big_endian(static_cast<std::int32_t>(elements.size()));
    for (const auto& element : elements) append_element(out, element);
    return out;
}

bytes join_map(std::span<const std::pair<bytes, bytes>> entries) {
    bytes out = to_big_endian(static_cast<std::int32_t>(entries.size()));
    for (const auto& [key, value] : entries) {
        append_element(out, key);
        append_element(out, value);
    }
    return out;
}

bytes join_fields(std::span<const optional_bytes> fields) {
    bytes out;
    for (const auto& field : fields) append_element(out, field);
    return out;
}

bytes join_vector(const type& t, std::span<const bytes> elements) {
    bytes out;
    const bool sized = t.element()->fixed_size_bytes() == 0;
    for (const auto& element : elements) {
        if (sized) append_unsigned_vint(out, element.size());
        out += element;
    }
    return out;
}

std::uint32_t collection_size(const type& t, bytes_view value) {
    if (t.kind() == type_kind::vector) return t.dimensions();
    return value.size() < 4 ? 0 : load_big_endian<std::uint32_t>(value.data());
}

}  // namespace nacre::types

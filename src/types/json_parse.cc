#include <algorithm>

#include <nlohmann/json.hpp>

#include "types/floating_text.h"
#include "types/json.h"

namespace nacre::types {

namespace {

constexpr std::size_t depth_max = 1000;

/// Builds a document from the parser's events. Open arrays and objects stand on a stack; a value
/// that is complete goes into the one on top.
class document_builder final : public nlohmann::json_sax<nlohmann::json> {
  public:
    bool null() override { return add({}); }
    bool boolean(bool value) override { return add({value}); }
    bool number_integer(number_integer_t value) override {
        return add({json_value::integer{fmt::to_string(value)}});
    }
    bool number_unsigned(number_unsigned_t value) override {
        return add({json_value::integer{fmt::to_string(value)}});
    }
    bool number_float(number_float_t value, const string_t& written) override {
        // Integers that fit no machine word come here too.
        if (written.find_first_of(".eE") == std::string::npos) {
            return add({json_value::integer{written}});
        }
        return add({value});
    }
    bool string(string_t& value) override { return add({std::move(value)}); }
    bool binary(binary_t& /*value*/) override { return false; }
    bool start_array(std::size_t /*count*/) override { return open({json_value::array()}); }
    bool start_object(std::size_t /*count*/) override { return open({json_value::object()}); }
    bool key(string_t& name) override {
        _open.back().name = std::move(name);
        return true;
    }
    bool end_array() override { return close(); }
    bool end_object() override { return close(); }
    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const nlohmann::json::exception& problem) override {
        // "[json.exception.parse_error.101] parse error at …": what is in brackets names a class.
        const std::string_view text = problem.what();
        const auto end = text.find("] ");
        _problem = end == std::string_view::npos ? text : text.substr(end + 2);
        return false;
    }

    [[nodiscard]] const std::string& problem() const { return _problem; }
    json_value take() { return std::move(_whole); }

  private:
    struct open_value {
        json_value value;
        std::string name;  ///< of the member that comes next, in an object
    };

    bool open(json_value value) {
        if (_open.size() == depth_max) {
            _problem = fmt::format("the document is nested deeper than {} levels", depth_max);
            return false;
        }
        _open.push_back({std::move(value), {}});
        return true;
    }
    bool close() {
        auto complete = std::move(_open.back().value);
        _open.pop_back();
        return add(std::move(complete));
    }
    bool add(json_value value) {
        if (_open.empty()) {
            _whole = std::move(value);
            return true;
        }
        auto& parent = _open.back();
        if (auto* array = std::get_if<json_value::array>(&parent.value.content)) {
            array->push_back(std::move(value));
        } else {
            std::get<json_value::object>(parent.value.content)
                .push_back({std::move(parent.name), std::move(value)});
        }
        return true;
    }

    std::vector<open_value> _open;
    json_value _whole;
    std::string _problem;
};

struct error_text {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(const json_value::integer& value) const { return value.digits; }
    std::string operator()(double value) const { return double_to_text(value); }
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(const json_value::array& values) const {
        std::string text = "[";
        for (const auto& value : values) {
            if (text.size() > 1) text += ", ";
            text += to_error_text(value);
        }
        return text + "]";
    }
    std::string operator()(const json_value::object& members) const {
        std::string text = "{";
        for (const auto& [name, value] : members) {
            if (text.size() > 1) text += ", ";
            text += name + "=" + to_error_text(value);
        }
        return text + "}";
    }
};

}  // namespace

result<json_value> parse_json(std::string_view text) {
    document_builder builder;
    constexpr bool whole_text = false;
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder,
                                   nlohmann::json::input_format_t::json, whole_text)) {
        return invalid("{}", builder.problem());
    }
    return builder.take();
}

std::string to_error_text(const json_value& document) {
    return std::visit(error_text(), document.content);
}

std::string json_name(std::string_view name) {
    const bool plain = std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
    return plain ? std::string(name) : fmt::format("\"{}\"", name);
}

std::string name_of_json(std::string_view member) {
    if (member.size() >= 2 && member.front() == '"' && member.back() == '"') {
        return std::string(member.substr(1, member.size() - 2));
    }
    std::string name(member);
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return name;
}

}  // namespace nacre::types

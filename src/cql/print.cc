#include "cql/print.h"

#include <utility>

#include "base/identifier.h"
#include "cql/keywords.h"

namespace nacre::cql {

namespace {

// How tightly an expression binds; an operand that binds looser than its place needs parentheses.
enum class binding : std::uint8_t { sum, product, unary, primary };

binding binding_of(const expression& value) {
    if (const auto* node = value.as<arithmetic>()) {
        const bool sum =
            node->op == arithmetic_operator::add || node->op == arithmetic_operator::subtract;
        return sum ? binding::sum : binding::product;
    }
    if (value.as<negation>() != nullptr || value.as<type_hint>() != nullptr) return binding::unary;
    if (const auto* node = value.as<literal>()) {
        return node->kind != literal_kind::string && node->text.starts_with('-') ? binding::unary
                                                                                 : binding::primary;
    }
    return binding::primary;
}

char sign_of(arithmetic_operator op) {
    switch (op) {
        case arithmetic_operator::add:
            return '+';
        case arithmetic_operator::subtract:
            return '-';
        case arithmetic_operator::multiply:
            return '*';
        case arithmetic_operator::divide:
            return '/';
        case arithmetic_operator::modulo:
            return '%';
    }
    std::unreachable();
}

class printer {
  public:
    explicit printer(naming names) : _names(names) {}

    [[nodiscard]] std::string take() { return std::move(_out); }

    void print(const expression& value) {
        std::visit([this](const auto& node) { put(node); }, value.node);
    }

  private:
    [[nodiscard]] bool reads_back() const { return _names == naming::quoted_names; }

    void put_name(const std::string& name) {
        if (_names == naming::as_column) {
            _out += name;
        } else if (name == "json" || name == "distinct" || name == "cast" || name == "key") {
            _out += '"' + name + '"';  // keywords in some places where an expression may begin
        } else {
            _out += quote_identifier(name);
        }
    }

    void put_operand(const expression& value, binding least) {
        const bool parentheses = binding_of(value) < least;
        if (parentheses) _out += '(';
        print(value);
        if (parentheses) _out += ')';
    }

    // What `[` or `.` follows. A number's dot would be taken for its point.
    void put_container(const expression& value) {
        const bool bare = value.as<literal>() == nullptr && value.as<bind_marker>() == nullptr &&
                          binding_of(value) == binding::primary;
        if (!bare) _out += '(';
        print(value);
        if (!bare) _out += ')';
    }

    template <typename Elements>
    void put_list(const char* open, const Elements& elements, const char* close) {
        _out += open;
        bool first = true;
        for (const auto& element : elements) {
            if (!std::exchange(first, false)) _out += ", ";
            put_element(element);
        }
        _out += close;
    }
    void put_element(const expression& value) { print(value); }
    void put_element(const map_entry& entry) {
        print(entry.key);
        _out += ": ";
        print(entry.value);
    }
    void put_element(const field_value& field) {
        put_name(field.field);
        _out += ": ";
        print(field.value);
    }

    void put(const literal& node) {
        switch (node.kind) {
            case literal_kind::null:
                _out += "NULL";
                return;
            case literal_kind::string:
                _out += reads_back() ? quote_string(node.text) : "'" + node.text + "'";
                return;
            case literal_kind::blob:
                _out += "0x" + node.text;
                return;
            default:
                _out += node.text;
                return;
        }
    }
    void put(const bind_marker& node) {
        // Cassandra forgets a marker's name where it names columns and in errors.
        if (node.name.empty() || !reads_back()) {
            _out += '?';
        } else {
            _out += ':';
            put_name(node.name);
        }
    }
    void put(const column_ref& node) { put_name(node.name); }
    void put(const function_call& node) {
        if (!node.function.keyspace.empty()) {
            put_name(node.function.keyspace);
            _out += '.';
        }
        if (node.function.keyspace.empty() && node.function.name == "token") {
            _out += "token";
        } else {
            put_name(node.function.name);
        }
        if (node.star) {
            _out += "(*)";
        } else {
            put_list("(", node.arguments, ")");
        }
    }
    void put(const list_literal& node) { put_list("[", node.elements, "]"); }
    void put(const set_literal& node) { put_list("{", node.elements, "}"); }
    void put(const map_literal& node) { put_list("{", node.entries, "}"); }
    void put(const tuple_literal& node) { put_list("(", node.elements, ")"); }
    void put(const user_type_literal& node) { put_list("{", node.fields, "}"); }
    void put(const type_hint& node) {
        _out += '(' + to_text(node.type) + ')';
        // Before some operands a bare name in parentheses is read as a column.
        const auto* constant = node.operand->as<literal>();
        const bool plain = constant != nullptr && !constant->text.starts_with('-');
        if (reads_back() && !plain) {
            // `(a.f)` could be the name of a type.
            const bool twice = node.operand->as<field_access>() != nullptr;
            _out += twice ? "((" : "(";
            print(*node.operand);
            _out += twice ? "))" : ")";
        } else {
            put_operand(*node.operand, binding::unary);
        }
    }
    void put(const cast& node) {
        _out += "cast(";
        print(*node.operand);
        _out += " as " + to_text(node.type) + ')';
    }
    void put(const arithmetic& node) {
        const bool sum =
            node.op == arithmetic_operator::add || node.op == arithmetic_operator::subtract;
        put_operand(*node.left, sum ? binding::sum : binding::product);
        _out += {' ', sign_of(node.op), ' '};
        put_operand(*node.right, sum ? binding::product : binding::unary);
    }
    void put(const negation& node) {
        _out += '-';
        // A number here has parentheses of its own: without them the minus would be its sign.
        if (node.operand->as<literal>() != nullptr) {
            _out += '(';
            print(*node.operand);
            _out += ')';
        } else {
            put_operand(*node.operand, binding::primary);
        }
    }
    void put(const subscript& node) {
        put_container(*node.container);
        _out += '[';
        print(*node.index);
        _out += ']';
    }
    void put(const slice& node) {
        put_container(*node.container);
        _out += '[';
        if (node.from) print(**node.from);
        _out += reads_back() ? " .. " : "..";
        if (node.to) print(**node.to);
        _out += ']';
    }
    void put(const field_access& node) {
        put_container(*node.value);
        _out += '.';
        put_name(node.field);
    }

    std::string _out;
    naming _names;
};

void put_type(std::string& out, const type_name& type) {
    if (type.frozen) out += "frozen<";
    if (type.custom_class) {
        out += quote_string(type.name);
    } else if (!type.parameters.empty()) {
        out += type.name + '<';
        for (std::size_t i = 0; i < type.parameters.size(); ++i) {
            if (i > 0) out += ", ";
            put_type(out, type.parameters[i]);
        }
        if (type.dimension) out += ", " + std::to_string(*type.dimension);
        out += '>';
    } else {
        if (!type.keyspace.empty()) out += quote_identifier(type.keyspace) + '.';
        if (type.quoted && type.keyspace.empty() && is_native_type(type.name)) {
            out += '"' + type.name + '"';
        } else {
            out += quote_identifier(type.name);
        }
    }
    if (type.frozen) out += '>';
}

}  // namespace

std::string to_text(const expression& value, naming names) {
    printer out(names);
    out.print(value);
    return out.take();
}

std::string to_text(const type_name& type) {
    std::string out;
    put_type(out, type);
    return out;
}

std::string quote_string(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    out += '\'';
    for (;;) {
        const auto quote = text.find('\'');
        out += text.substr(0, quote);
        if (quote == std::string_view::npos) break;
        out += "''";
        text.remove_prefix(quote + 1);
    }
    out += '\'';
    return out;
}

}  // namespace nacre::cql

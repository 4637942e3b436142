#include "cql/token_stream.h"

#include <fmt/format.h>

#include "base/identifier.h"
#include "cql/keywords.h"
#include "cql/tree_builder.h"

namespace nacre::cql {

namespace {

using token = parser::token;

bool is_valued(int kind) {
    switch (kind) {
        case token::T_IDENT:
        case token::T_QUOTED:
        case token::T_STRING:
        case token::T_INTEGER:
        case token::T_FLOAT:
        case token::T_UUID:
        case token::T_HEX:
        case token::T_DURATION:
        case token::T_BOOLEAN:
            return true;
        default:
            return false;
    }
}

// Where an operand may follow, so that a `(` may open a type.
bool expects_operand(int previous) {
    switch (previous) {
        case token::T_START_EXPRESSION:
        case token::T_LPAREN:
        case token::T_LBRACKET:
        case token::T_LBRACE:
        case token::T_COMMA:
        case token::T_COLON:
        case token::T_DOTDOT:
        case token::T_EQ:
        case token::T_NE:
        case token::T_LT:
        case token::T_LE:
        case token::T_GT:
        case token::T_GE:
        case token::T_PLUS:
        case token::T_MINUS:
        case token::T_PLUS_EQ:
        case token::T_MINUS_EQ:
        case token::T_STAR:
        case token::T_SLASH:
        case token::T_PERCENT:
        case token::T_SELECT:
        case token::T_DISTINCT:
        case token::T_JSON:
        case token::T_LIKE:
        case token::T_CONTAINS:
        case token::T_KEY:
        case token::T_BETWEEN:
        case token::T_AND:
        case token::T_BY:
        case token::T_OF:
        case token::T_INITCOND:
            return true;
        default:
            return false;
    }
}

bool is_name(const lexeme& token) {
    if (token.kind == token::T_IDENT || token.kind == token::T_QUOTED) return true;
    // Keywords keep their word; only those that are not reserved are names.
    return !token.text.empty() && !is_valued(token.kind) && !is_reserved_word(token.text);
}

enum class start : std::uint8_t { no, maybe, yes };

// Whether `token`, after a `)`, begins an operand. `maybe` also goes on after an expression.
start starts_operand(const lexeme& token) {
    switch (token.kind) {
        case token::T_LBRACE:
        case token::T_LPAREN:
        case token::T_QMARK:
        case token::T_NULL:
        case token::T_NAN:
        case token::T_INFINITY:
        case token::T_TOKEN:
            return start::yes;
        case token::T_MINUS:
        case token::T_LBRACKET:
        case token::T_COLON:
        case token::T_CAST:
            return start::maybe;
        case token::T_AS:
        case token::T_ANN:
        case token::T_GROUP:
        case token::T_PER:
        case token::T_BYPASS:
            return start::no;
        default:
            break;
    }
    if (is_valued(token.kind)) return start::yes;
    return is_name(token) ? start::maybe : start::no;
}

}  // namespace

parser::symbol_type token_stream::next() {
    if (_first != 0) {
        _previous = std::exchange(_first, 0);
        return {_previous, source_span{}};
    }
    auto token = take();
    if (token.kind == token::T_LPAREN &&
        (expects_operand(_previous) || (_previous == token::T_RPAREN && _after_cast)) &&
        opens_cast()) {
        token.kind = token::T_CAST_LPAREN;
    }
    // SELECT json AS j: a column, although JSON and DISTINCT ahead of a selector are keywords.
    if ((token.kind == token::T_JSON || token.kind == token::T_DISTINCT) &&
        peek(0).kind == token::T_AS && is_name(peek(1))) {
        token.kind = token::T_IDENT;
    }
    track_brackets(token);
    if (_build->failed()) token.kind = token::T_INVALID;
    _previous = token.kind;
    if (is_valued(token.kind)) return {token.kind, std::move(token.text), token.span};
    return {token.kind, token.span};
}

const lexeme& token_stream::peek(std::size_t ahead) {
    while (_ahead.size() <= ahead) _ahead.push_back(_lexer.next());
    return _ahead[ahead];
}

lexeme token_stream::take() {
    if (_ahead.empty()) return _lexer.next();
    auto token = std::move(_ahead.front());
    _ahead.pop_front();
    return token;
}

void token_stream::track_brackets(lexeme& token) {
    _after_cast = false;
    switch (token.kind) {
        case token::T_LPAREN:
        case token::T_CAST_LPAREN:
        case token::T_LBRACKET:
        case token::T_LBRACE:
            if (_open.size() == max_nesting) {
                _build->fail(token.span,
                             fmt::format("nested more than {} levels deep", max_nesting));
            } else {
                _open.push_back(token.kind);
            }
            return;
        case token::T_RPAREN:
        case token::T_RBRACKET:
        case token::T_RBRACE:
            if (_open.empty()) return;
            _after_cast = _open.back() == token::T_CAST_LPAREN;
            _open.pop_back();
            return;
        default:
            return;
    }
}

std::size_t token_stream::skip_type(std::size_t ahead) {
    if (!is_name(peek(ahead)) && peek(ahead).kind != token::T_SET) return 0;
    ++ahead;
    if (peek(ahead).kind == token::T_DOT) {
        if (!is_name(peek(ahead + 1))) return 0;
        return ahead + 2;
    }
    if (peek(ahead).kind != token::T_LT) return ahead;
    std::size_t depth = 0;
    for (;; ++ahead) {
        const auto& token = peek(ahead);
        if (token.kind == token::T_LT) {
            ++depth;
        } else if (token.kind == token::T_GT) {
            if (--depth == 0) return ahead + 1;
        } else if (!is_name(token) && token.kind != token::T_SET && token.kind != token::T_DOT &&
                   token.kind != token::T_COMMA && token.kind != token::T_STRING &&
                   token.kind != token::T_INTEGER) {
            return 0;
        }
    }
}

bool token_stream::opens_cast() {
    const auto end = skip_type(0);
    if (end == 0 || peek(end).kind != token::T_RPAREN) return false;
    const auto begins = starts_operand(peek(end + 1));
    if (begins == start::no) return false;
    // `(a) - 1` is a difference, `(int) - 1` a hint: a bare name that is no type of the language
    // is taken for a column unless nothing but an operand can follow.
    const auto& name = peek(0);
    const bool surely_type = end > 1 || (name.kind != token::T_QUOTED && is_native_type(name.text));
    return surely_type || (begins == start::yes && _previous != token::T_AND);
}

}  // namespace nacre::cql

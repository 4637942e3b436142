// The lexer of CQL 3.4.7, made into C++ by re2c. Literals and comments are scanned by hand, because
// memchr is faster than any automaton on the megabytes of a function's body.

#include "cql/lexer.h"

#include <cstring>

#include "cql/grammar.hh"
#include "cql/keywords.h"
#include "cql/tree_builder.h"

namespace nacre::cql {

using token = parser::token;

lexeme lexer::next() {
    for (;;) {
        const char* const start = _cursor;
        const char* marker = start;
        /*!re2c
            re2c:flags:input = custom;
            re2c:api:style = free-form;
            re2c:define:YYCTYPE = "unsigned char";
            re2c:define:YYPEEK = "static_cast<unsigned char>(_cursor < _limit ? *_cursor : 0)";
            re2c:define:YYSKIP = "++_cursor;";
            re2c:define:YYBACKUP = "marker = _cursor;";
            re2c:define:YYRESTORE = "_cursor = marker;";
            re2c:define:YYLESSTHAN = "_cursor >= _limit";
            re2c:yyfill:enable = 0;
            re2c:eof = 0;

            digit     = [0-9];
            hex       = [0-9a-fA-F];
            letter    = [a-zA-Z];
            exponent  = [eE] [+-]? digit+;
            uuid      = hex{8} "-" hex{4} "-" hex{4} "-" hex{4} "-" hex{12};

            // 1h30m, P1Y2M3DT4H5M6S, P3W, P0001-02-03T04:05:06
            unit      = 'y' | 'mo' | 'w' | 'd' | 'h' | 'm' | 's' | 'ms' | 'us' | "\xc2\xb5" 's'
                      | 'ns';
            dated     = digit+ "Y" (digit+ "M")? (digit+ "D")? | digit+ "M" (digit+ "D")?
                      | digit+ "D";
            timed     = "T" (digit+ "H" (digit+ "M")? (digit+ "S")? | digit+ "M" (digit+ "S")?
                      | digit+ "S");
            calendar  = digit{4} "-" digit{2} "-" digit{2} "T"
                        digit{2} ":" digit{2} ":" digit{2};
            duration  = (digit+ unit)+ | "P" (dated timed? | timed | digit+ "W" | calendar);

            $                              { return make(token::T_END, start); }
            [ \t\r\n\f\v]+                 { continue; }
            "--" | "//"                    { skip_line(); continue; }
            "/*"                           { if (skip_block_comment()) continue;
                                             return unterminated(start, "comment"); }

            "'"                            { return quoted(token::T_STRING, start, '\''); }
            "\""                           { return quoted(token::T_QUOTED, start, '"'); }
            "$$"                           { return dollar_quoted(start); }

            uuid                           { return valued(token::T_UUID, start); }
            "0" [xX] hex*                  { return valued(token::T_HEX, start); }
            duration                       { return valued(token::T_DURATION, start); }
            digit+                         { return valued(token::T_INTEGER, start); }
            digit+ "." digit+ exponent?    { return valued(token::T_FLOAT, start); }
            digit+ exponent                { return valued(token::T_FLOAT, start); }
            digit+ "."                     { // 1..3 is a slice
                                             if (_cursor < _limit && *_cursor == '.') {
                                                 --_cursor;
                                                 return valued(token::T_INTEGER, start);
                                             }
                                             return valued(token::T_FLOAT, start); }
            digit+ "." exponent            { return valued(token::T_FLOAT, start); }
            letter (letter | digit | "_")* { return word(start); }

            "("                            { return make(token::T_LPAREN, start); }
            ")"                            { return make(token::T_RPAREN, start); }
            "["                            { return make(token::T_LBRACKET, start); }
            "]"                            { return make(token::T_RBRACKET, start); }
            "{"                            { return make(token::T_LBRACE, start); }
            "}"                            { return make(token::T_RBRACE, start); }
            ","                            { return make(token::T_COMMA, start); }
            ";"                            { return make(token::T_SEMICOLON, start); }
            ":"                            { return make(token::T_COLON, start); }
            "."                            { return make(token::T_DOT, start); }
            ".."                           { return make(token::T_DOTDOT, start); }
            "="                            { return make(token::T_EQ, start); }
            "!="                           { return make(token::T_NE, start); }
            "<"                            { return make(token::T_LT, start); }
            "<="                           { return make(token::T_LE, start); }
            ">"                            { return make(token::T_GT, start); }
            ">="                           { return make(token::T_GE, start); }
            "+"                            { return make(token::T_PLUS, start); }
            "-"                            { return make(token::T_MINUS, start); }
            "+="                           { return make(token::T_PLUS_EQ, start); }
            "-="                           { return make(token::T_MINUS_EQ, start); }
            "*"                            { return make(token::T_STAR, start); }
            "/"                            { return make(token::T_SLASH, start); }
            "%"                            { return make(token::T_PERCENT, start); }
            "?"                            { return make(token::T_QMARK, start); }

            *                              { return bad_character(start); }
        */
    }
}

source_span lexer::span_from(const char* start) const {
    return {static_cast<std::uint32_t>(start - _begin),
            static_cast<std::uint32_t>(_cursor - _begin)};
}

lexeme lexer::make(int kind, const char* start) const { return {kind, span_from(start), {}}; }

lexeme lexer::valued(int kind, const char* start) const {
    return {kind, span_from(start), std::string(start, _cursor)};
}

lexeme lexer::word(const char* start) const {
    lexeme out{token::T_IDENT, span_from(start), std::string(start, _cursor)};
    for (char& c : out.text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (const auto keyword = find_keyword(out.text)) out.kind = *keyword;
    return out;
}

lexeme lexer::quoted(int kind, const char* start, char quote) {
    lexeme out{kind, {}, {}};
    for (;;) {
        const auto* end = static_cast<const char*>(
            std::memchr(_cursor, quote, static_cast<std::size_t>(_limit - _cursor)));
        if (end == nullptr) return unterminated(start, "literal");
        out.text.append(_cursor, end);
        _cursor = end + 1;
        if (_cursor == _limit || *_cursor != quote) break;
        out.text.push_back(quote);
        ++_cursor;
    }
    out.span = span_from(start);
    if (kind == token::T_QUOTED && out.text.empty()) {
        _build->fail(out.span, "no viable alternative at input '\"\"'");
        out.kind = token::T_INVALID;
    }
    return out;
}

lexeme lexer::dollar_quoted(const char* start) {
    const std::string_view rest(_cursor, static_cast<std::size_t>(_limit - _cursor));
    const auto size = rest.find("$$");
    if (size == std::string_view::npos) return unterminated(start, "literal");
    _cursor += size + 2;
    return {token::T_STRING, span_from(start), std::string(rest.substr(0, size))};
}

lexeme lexer::bad_character(const char* start) {
    // The text is valid UTF-8, so the rest of the character is the continuation bytes.
    while (_cursor < _limit && (static_cast<unsigned char>(*_cursor) & 0xc0) == 0x80) ++_cursor;
    const auto out = make(token::T_INVALID, start);
    _build->fail(out.span, "no viable alternative at character '" + std::string(start, _cursor) +
                               "'");
    return out;
}

lexeme lexer::unterminated(const char* start, std::string_view what) {
    const auto first = make(token::T_INVALID, start);
    _build->fail(first.span, "mismatched character '<EOF>': the " + std::string(what) +
                                 " that begins here does not end");
    _cursor = _limit;
    return first;
}

void lexer::skip_line() {
    while (_cursor < _limit && *_cursor != '\n' && *_cursor != '\r') ++_cursor;
}

bool lexer::skip_block_comment() {
    const std::string_view rest(_cursor, static_cast<std::size_t>(_limit - _cursor));
    const auto size = rest.find("*/");
    if (size == std::string_view::npos) return false;
    _cursor += size + 2;
    return true;
}

}  // namespace nacre::cql

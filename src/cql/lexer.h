#pragma once

#include <string>
#include <string_view>

#include "cql/ast.h"

namespace nacre::cql {

class tree_builder;

/// One token as the lexer sees it: `kind` is the grammar's token number, `text` the value of those
/// tokens that have one (names folded, quotes undone).
struct lexeme {
    int kind = 0;
    source_span span;
    std::string text;
};

/// Cuts a text, which must outlive it and be valid UTF-8, into tokens; linear in its size. What is
/// no token at all is reported to the builder and returned as a token that no rule accepts.
class lexer {
  public:
    lexer(std::string_view text, tree_builder& build)
        : _begin(text.data()), _cursor(_begin), _limit(_begin + text.size()), _build(&build) {}

    /// The next token; at the end of the text, again and again, the end token.
    [[nodiscard]] lexeme next();

  private:
    [[nodiscard]] source_span span_from(const char* start) const;
    [[nodiscard]] lexeme make(int kind, const char* start) const;
    [[nodiscard]] lexeme valued(int kind, const char* start) const;
    [[nodiscard]] lexeme word(const char* start) const;
    [[nodiscard]] lexeme quoted(int kind, const char* start, char quote);
    [[nodiscard]] lexeme dollar_quoted(const char* start);
    [[nodiscard]] lexeme bad_character(const char* start);
    [[nodiscard]] lexeme unterminated(const char* start, std::string_view what);
    void skip_line();
    [[nodiscard]] bool skip_block_comment();

    const char* _begin;
    const char* _cursor;
    const char* _limit;
    tree_builder* _build;
};

}  // namespace nacre::cql

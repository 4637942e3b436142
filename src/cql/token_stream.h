#pragma once

#include <deque>
#include <vector>

#include "cql/grammar.hh"
#include "cql/lexer.h"

namespace nacre::cql {

/// Hands the lexer's tokens to the parser and settles, by looking ahead, the one thing that a
/// single token of look-ahead can't: whether a `(` in an expression opens a type, as in `(int) 5`.
/// Also bounds how deep brackets nest, which bounds the parser's stack.
class token_stream {
  public:
    /// `first` is the token that tells the grammar what to expect: a statement, a type, ...
    token_stream(std::string_view text, tree_builder& build, int first)
        : _lexer(text, build), _build(&build), _first(first) {}

    [[nodiscard]] parser::symbol_type next();

  private:
    [[nodiscard]] const lexeme& peek(std::size_t ahead);
    [[nodiscard]] lexeme take();
    [[nodiscard]] bool opens_cast();
    /// The position after the type that starts at `ahead`; 0 if there is none.
    [[nodiscard]] std::size_t skip_type(std::size_t ahead);
    void track_brackets(lexeme& token);

    lexer _lexer;
    tree_builder* _build;
    int _first;
    int _previous = 0;
    std::deque<lexeme> _ahead;
    std::vector<int> _open;  // the kinds of the brackets that are open
    bool _after_cast = false;
};

}  // namespace nacre::cql

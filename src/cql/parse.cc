#include "cql/parse.h"

#include <limits>

#include <utf8.h>

#include "cql/grammar.hh"
#include "cql/token_stream.h"
#include "cql/tree_builder.h"

namespace nacre::cql {

void parser::error(const source_span& where, const std::string&) {
    build.unexpected(where);
}

namespace {

// Leaves in `build` a tree or a failure.
void run(std::string_view text, tree_builder& build, int first) {
    if (text.size() >= std::numeric_limits<std::uint32_t>::max()) {
        build.fail({}, "a statement must be smaller than 4 GiB");
        return;
    }
    if (const auto* bad = utf8::find_invalid(text.begin(), text.end()); bad != text.end()) {
        const auto at = static_cast<std::uint32_t>(bad - text.begin());
        build.fail({at, at + 1}, "the text is not valid UTF-8");
        return;
    }
    token_stream tokens(text, build, first);
    parser parse(tokens, build);
    if (parse() != 0 && !build.failed()) build.fail({}, "the parser gave up");
}

template <typename Tree>
result<Tree> run_for(std::string_view text, int first) {
    tree_builder build(text);
    run(text, build, first);
    if (build.failed()) return build.failure();
    return std::get<Tree>(std::move(build.tree));
}

}  // namespace

result<parsed_statement> parse_statement(std::string_view text) {
    tree_builder build(text);
    run(text, build, parser::token::T_START_STATEMENT);
    if (build.failed()) return build.failure();
    return parsed_statement{std::get<statement>(std::move(build.tree)), build.take_markers()};
}

result<statement> parse(std::string_view text) {
    return run_for<statement>(text, parser::token::T_START_STATEMENT);
}

result<type_name> parse_type(std::string_view text) {
    return run_for<type_name>(text, parser::token::T_START_TYPE);
}

result<expression> parse_expression(std::string_view text) {
    return run_for<expression>(text, parser::token::T_START_EXPRESSION);
}

}  // namespace nacre::cql

#include "udf/javascript/language.h"

#include <gmock/gmock.h>

#include "udf/javascript/javascript_test_support.h"

namespace nacre::udf::javascript {
namespace {

using schema::null_input;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using types::type;
using types::type_kind;
using wasm::column_of;
using wasm::natives_of;
using wasm::text_column;

class javascript_language : public javascript_test {
  protected:
    const types::type_ptr number = native(type_kind::int_);
    const types::type_ptr text = native(type_kind::text);
    static std::vector<data::column_vector> ints(
        const std::vector<std::optional<std::int32_t>>& values) {
        std::vector<data::column_vector> columns;
        columns.push_back(column_of<std::int32_t>(type_kind::int_, values));
        return columns;
    }
    /// The results of a function of `a int` that returns text, for the rows 1, 2, 3.
    std::vector<std::string> three_rows(std::string body) {
        const auto code = compile(define({{"a", number}}, text, std::move(body)));
        if (!code.ok()) return {code.error().message()};
        const auto out = call(**code, text, ints({1, 2, 3}));
        if (!out.ok()) return {out.error().message()};
        std::vector<std::string> all;
        for (std::uint32_t i = 0; i < out->size(); ++i) all.emplace_back(out->view(i));
        return all;
    }
};

// ---- Functions as users write them --------------------------------------------------------------

TEST_F(javascript_language, is_called_javascript_or_js) {
    EXPECT_THAT(language->names(), ElementsAre("javascript", "js"));
}

TEST_F(javascript_language, inverts_and_multiplies) {
    check_inverts_and_multiplies();
}

TEST_F(javascript_language, averages_lengths_as_an_aggregate) {
    check_averages_lengths("return [acc[0] + 1n, acc[1] + BigInt(a.length)]",
                           "return `The average is ${Number(res[1]) / Number(res[0])}`",
                           "The average is 6.333333333333333");
}

TEST_F(javascript_language, selects_rows_and_splits_large_results) {
    check_selects_rows_and_splits_large_results("return 'x'.repeat(n)");
}

TEST_F(javascript_language, nulls_come_in_and_go_out) {
    const auto code = compile(define({{"a", number}, {"b", text}}, number,
                                     "if (a === null) return null\n"
                                     "return b === null ? undefined : a + b.length",
                                     null_input::called));
    ASSERT_TRUE(code.ok()) << code.error().message();
    using maybe = std::optional<std::int32_t>;
    auto columns = ints({1, std::nullopt, 5, 2});
    columns.push_back(text_column({"xy", "a", std::nullopt, ""}));
    const auto out = call(**code, number, columns);
    ASSERT_TRUE(out.ok()) << out.error().message();
    EXPECT_THAT(natives_of<std::int32_t>(*out), ElementsAre(maybe(3), maybe(), maybe(), maybe(2)));
    EXPECT_EQ(evaluate(text, "const nothing = 1"), "null");
}

TEST_F(javascript_language, folds_with_null_states) {
    // The state becomes null in the middle of a batch: the function is not called again.
    const auto code =
        compile(define({{"s", number}, {"a", number}}, number, "return a === 3 ? null : s + a"));
    ASSERT_TRUE(code.ok()) << code.error().message();
    const auto lost = fold(**code, to_big_endian<std::int32_t>(0), ints({1, 2, 3, 4}), 100);
    ASSERT_TRUE(lost.ok()) << lost.error().message();
    EXPECT_FALSE(lost->has_value());

    const auto called = compile(define({{"s", number}, {"a", number}}, number,
                                       "return (s ?? 100) + (a ?? 1000)", null_input::called));
    ASSERT_TRUE(called.ok()) << called.error().message();
    const auto sum = fold(**called, std::nullopt, ints({1, std::nullopt, 3}), 2);
    ASSERT_TRUE(sum.ok()) << sum.error().message();
    EXPECT_EQ(*sum, to_big_endian<std::int32_t>(1104));
}

TEST_F(javascript_language, states_stay_in_the_interpreter_until_they_leave) {
    // A Map that the script itself made, changed in place by each row.
    const auto counts = type::map_of(text, number, true);
    const auto code = compile(
        define({{"s", counts}, {"v", text}}, counts, "s.set(v, (s.get(v) ?? 0) + 1); return s"));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<data::column_vector> columns;
    columns.push_back(text_column({"b", "a", "b"}));
    const auto state = fold(**code, types::join_map({}), columns, 2);
    ASSERT_TRUE(state.ok()) << state.error().message();
    EXPECT_EQ(types::to_cql_literal(*counts, **state), "{'a': 1, 'b': 2}");
}

TEST_F(javascript_language, bad_states_are_errors) {
    const auto small = native(type_kind::tinyint);
    const auto code = compile(define({{"s", small}, {"a", number}}, small, "return s + a"));
    ASSERT_TRUE(code.ok());
    auto state = fold(**code, to_big_endian<std::int8_t>(100), ints({20, 20}), 100);
    ASSERT_FALSE(state.ok());
    EXPECT_THAT(state.error().message(), HasSubstr("the number 140 is out of range for tinyint"));
    const auto compound = compile(define({{"s", pair_of_bigints}, {"a", number}}, pair_of_bigints,
                                         "return 'x'", null_input::called));
    ASSERT_TRUE(compound.ok());
    state = fold(**compound, pair(1, 1), ints({1}), 1);
    ASSERT_FALSE(state.ok());
    EXPECT_THAT(state.error().message(), HasSubstr("the string 'x' can't be returned as tuple"));
}

// ---- Errors -------------------------------------------------------------------------------------

TEST_F(javascript_language, syntax_errors_tell_the_line) {
    EXPECT_THAT(compile_error("const x = 1\nreturn return"),
                StartsWith("could not compile: f:2: SyntaxError: unexpected token"));
    EXPECT_EQ(compile_error("if (a) {\n"),
              "could not compile: f:2: SyntaxError: unexpected end of the body");
    EXPECT_EQ(compile_error("return a +"),
              "could not compile: f:1: SyntaxError: unexpected end of the body");
    EXPECT_THAT(compile_error("return 'x"), StartsWith("could not compile: f:1: SyntaxError: "));
    EXPECT_THAT(compile_error("await a"), StartsWith("could not compile: f:1: SyntaxError: "));
    EXPECT_THAT(compile_error("import x from 'y'"), HasSubstr("SyntaxError"));
    EXPECT_THAT(compile_error("with (a) {}"), HasSubstr("SyntaxError"));
    EXPECT_THAT(compile_error("let a = 1"), HasSubstr("SyntaxError"));
    // Bodies that close the function and go on.
    for (const auto* more :
         {"return a }", "return a }) (function () {", "return a }, function () {",
          "return a } || function (a) { return 1"}) {
        EXPECT_THAT(compile_error(more), HasSubstr("SyntaxError")) << more;
    }
    EXPECT_EQ(evaluate(number, to_big_endian<std::int32_t>(8), number, "return a // }"), "8");
}

TEST_F(javascript_language, arguments_are_parameters_by_their_names) {
    const auto called = [this](std::vector<argument> arguments, std::string body) {
        const auto out =
            call_once(define(std::move(arguments), number, std::move(body)),
                      {to_big_endian<std::int32_t>(3), to_big_endian<std::int32_t>(4)});
        return out.ok() ? load_big_endian<std::int32_t>((*out)->data()) : -1;
    };
    for (const auto* good :
         {"Val_1", "$", "gr\u00f6\u00dfe", "async", "of", "await", "undefined"}) {
        EXPECT_EQ(called({{good, number}, {"b", number}}, fmt::format("return 2 * {}", good)), 6)
            << good;
    }
    // Names that are none in JavaScript.
    for (const auto* other : {"class", "a) { return 1 } (", "1a", "a b", "", "eval", "a = 5",
                              "...a", "{a}", "arguments", "let", "yield", "\u20ac"}) {
        EXPECT_EQ(called({{other, number}, {"b", number}}, "return arguments[0] * 10 + b"), 34)
            << other;
    }
    EXPECT_EQ(called({{"_2", number}, {"class", number}}, "return _2 * 10 + arguments[1]"), 34);
}

TEST_F(javascript_language, run_time_errors_tell_the_line) {
    EXPECT_THAT(failure("let x\nreturn x.y"),
                StartsWith("f:2: TypeError: cannot read property 'y' of undefined"));
    EXPECT_THAT(failure("\n\nthrow new Error('no good')"), StartsWith("f:3: Error: no good"));
    EXPECT_THAT(failure("return nosuch"), StartsWith("f:1: ReferenceError: nosuch is not defined"));
    EXPECT_THAT(failure("undeclared = 5"), StartsWith("f:1: ReferenceError: "));
    EXPECT_THAT(failure("class Mine extends Error { constructor(m) { super(m); this.name = 'Mine' }"
                        "}\nthrow new Mine('x')"),
                StartsWith("f:1: Mine: x"));
    // The line of the function's own frame, not of what is built in.
    EXPECT_THAT(failure("const f = x =>\n x.y\nreturn [undefined].map(f)"),
                StartsWith("f:2: TypeError"));
    EXPECT_THAT(failure("return JSON.parse('{')"), StartsWith("f:1: SyntaxError: "));
    EXPECT_THAT(failure("throw 'no luck'"), StartsWith("no luck"));
    EXPECT_THAT(failure("throw {code: 5}"), StartsWith("{ code: 5 }"));
    EXPECT_THAT(failure("throw null"), StartsWith("null"));
    EXPECT_THAT(failure("throw {toString() { throw 1 }}"), HasSubstr("{ toString: "));
    EXPECT_THAT(failure("const e = new Error(); Object.defineProperty(e, 'message', {get() { "
                        "throw 1 }}); throw e"),
                HasSubstr("an exception that can't be shown"));
    EXPECT_THAT(failure("const e = new Error('x'); e.stack = 'f:99:1'; throw e"),
                StartsWith("f:1: Error: x"));
    EXPECT_THAT(failure("return 'seven'"),
                HasSubstr("the string 'seven' can't be returned as int"));
}

TEST_F(javascript_language, deep_recursion_is_an_error_and_not_a_crash) {
    for (const auto* body : {
             "const f = n => 1 + f(n + 1); return f(1)",
             "const o = {get x() { return this.x }}; return o.x",
             "const f = s => s.replace(/./, f); f('x')",
             "const o = {toString() { return `${this}` }}; return String(o)",
             "return new Function('return ' + '('.repeat(100000) + ')'.repeat(100000))()",
             "let p = {}; for (let i = 0; i < 100000; i++) p = new Proxy(p, {}); return p.x",
             "let a = []; for (let i = 0; i < 100000; i++) a = [a]; return "
             "JSON.stringify(a).length",
             "let a = []; for (let i = 0; i < 100000; i++) a = [a]; return a.flat(Infinity).length",
             "const f = () => [1, 2].sort(f); f()",
             "const f = () => Reflect.apply(f, null, []); f()",
             "class A { constructor() { new A() } } new A()",
             "function* g() { yield* g() } return [...g()].length",
             "return JSON.parse('['.repeat(100000)).length",
             "return new RegExp('('.repeat(100000) + ')'.repeat(100000)).test('x')",
         }) {
        const auto out =
            call_once(define({{"z", number}}, number, body), {to_big_endian<std::int32_t>(1)});
        ASSERT_FALSE(out.ok()) << body;
        EXPECT_THAT(out.error().message(),
                    testing::AnyOf(HasSubstr("Maximum call stack size exceeded"),
                                   HasSubstr("the stack overflowed"), HasSubstr("too many"),
                                   HasSubstr("SyntaxError")))
            << body;
    }
    // A script may catch it and go on.
    EXPECT_EQ(evaluate(number, "const f = n => 1 + f(n + 1); try { f(1) } catch { return 7 }"),
              "7");
}

// ---- The environment ----------------------------------------------------------------------------

TEST_F(javascript_language, has_no_way_out) {
    for (const auto* name :
         {"std", "os", "bjson", "require", "process", "module", "WebAssembly", "Worker", "fetch",
          "setTimeout", "performance", "SharedArrayBuffer", "Atomics", "WeakRef",
          "FinalizationRegistry", "gc", "scriptArgs", "load", "navigator"}) {
        EXPECT_EQ(evaluate(text, fmt::format("return typeof {}", name)), "'undefined'") << name;
    }
    for (const auto* name : {"Math.floor", "JSON.parse", "Map", "Promise", "Proxy", "Reflect.get",
                             "console.log", "print", "Decimal", "Duration", "atob", "eval"}) {
        EXPECT_EQ(evaluate(text, fmt::format("return typeof {}", name)), "'function'") << name;
    }
    EXPECT_THAT(failure("return import('x')"), HasSubstr("could not load module 'x'"));
    EXPECT_EQ(evaluate(text, "return String(eval('1 + 1') + new Function('x', 'return x')(3))"),
              "'5'");
    EXPECT_EQ(evaluate(text, "return String(this)"), "'undefined'");
}

TEST_F(javascript_language, nothing_of_a_row_is_seen_by_the_next) {
    const std::pair<const char*, const char*> attempts[] = {
        {"globalThis.x = (globalThis.x ?? 0) + a; return String(x)", "not extensible"},
        {"Math.floor = () => a; return String(Math.floor(1.5))", "read-only"},
        {"Array.prototype.mine = a; return 'x'", "not extensible"},
        {"Object.prototype.toString = () => a; return 'x'", "read-only"},
        {"Object.prototype.__proto__ = {}; return 'x'", "TypeError"},
        {"Error.prototype.name = 'x'; return 'x'", "read-only"},
        {"Error.stackTraceLimit = a; return 'x'", "not extensible"},
        {"Error.prepareStackTrace = () => a; return 'x'", "not extensible"},
        {"console.log.n = a; return 'x'", "not extensible"},
        {"Decimal.prototype.add = () => a; return 'x'", "read-only"},
        {"Duration.prototype.toString = () => a; return 'x'", "read-only"},
        {"Object.getPrototypeOf(function* () {}).x = a; return 'x'", "not extensible"},
        {"Object.getPrototypeOf([][Symbol.iterator]()).next = a; return 'x'", "read-only"},
        {"Object.getPrototypeOf(Int8Array).from = a; return 'x'", "read-only"},
        {"Object.setPrototypeOf(Array.prototype, {}); return 'x'", "TypeError"},
        {"Object.defineProperty(globalThis, 'y', {value: a}); return 'x'", "TypeError"},
        {"(0, eval)('var z = 1'); return 'x'", "TypeError"},
        {"return String(arguments.callee)", "TypeError"},
        {"RegExp.lastIndex = a; return 'x'", "not extensible"},
        {"delete globalThis.Map; return 'x'", "TypeError"},
    };
    for (const auto& [body, refusal] : attempts) {
        EXPECT_THAT(three_rows(body), ElementsAre(HasSubstr(refusal))) << body;
    }
    const std::pair<const char*, const char*> fresh[] = {
        {"const r = /x/g; r.test('x'); return String(r.lastIndex)", "1"},
        {"const t = s => s; const o = t`x`; return String(Object.isFrozen(o))", "true"},
        {"new Function('q = 5')(); return typeof q", "undefined"},
        {"function f() { f.n = (f.n ?? 0) + 1; return f.n } return String(f())", "1"},
        {"class C { static n = 0 } C.n++; return String(C.n)", "1"},
    };
    for (const auto& [body, result] : fresh) {
        EXPECT_THAT(three_rows(body), ElementsAre(result, result, result)) << body;
    }
}

TEST_F(javascript_language, inherited_methods_can_be_overridden) {
    EXPECT_EQ(evaluate(text,
                       "function P(n) { this.n = n }\n"
                       "P.prototype.toString = function () { return 'P' + this.n }\n"
                       "return String(new P(5))"),
              "'P5'");
    EXPECT_EQ(evaluate(text,
                       "const o = {}; o.toString = () => 'mine'; o.constructor = 1;"
                       "o.valueOf = () => 2; return `${o} ${o + 1} ${Object.keys(o)}`"),
              "'mine 3 toString,constructor,valueOf'");
    EXPECT_EQ(evaluate(text,
                       "const e = new TypeError('x'); e.name = 'Mine'; e.message = 'y';"
                       "return String(e)"),
              "'Mine: y'");
    EXPECT_EQ(evaluate(text,
                       "class A extends Array { push(x) { return super.push(x, x) } }"
                       "const l = new A(); l.push(1); return l.join()"),
              "'1,1'");
}

TEST_F(javascript_language, promises_must_be_settled) {
    EXPECT_EQ(evaluate(text, "return Promise.resolve('x')"), "'x'");
    EXPECT_EQ(evaluate(text,
                       "const f = async () => { await null; return await g() }\n"
                       "const g = async () => 'deep'\nreturn f()"),
              "'deep'");
    EXPECT_EQ(evaluate(text, "return Promise.all([1, 2].map(async x => x + 1)).then(String)"),
              "'2,3'");
    EXPECT_THAT(failure("return new Promise(() => {})"), HasSubstr("never settled"));
    EXPECT_THAT(failure("return Promise.reject(new Error('later'))"),
                StartsWith("f:1: Error: later"));
    EXPECT_THAT(failure("(async () => { throw new Error('lost') })(); return 1"),
                StartsWith("f:1: Error: lost"));
    EXPECT_EQ(evaluate(number, "const p = Promise.reject(1); p.catch(() => {}); return 3"), "3");
    EXPECT_EQ(evaluate(number, "return {then(done) { done(5) }}"),
              "execution of 'ks.f[int]' failed: an object can't be returned as int, called with "
              "(null)");
    // What a row leaves to be done is done before the next.
    EXPECT_THAT(three_rows("const log = []; Promise.resolve().then(() => log.push(a));"
                           "return Promise.resolve().then(() => log.join())"),
                ElementsAre("1", "2", "3"));
}

TEST_F(javascript_language, time_and_chance_come_from_the_guest_s_world) {
    EXPECT_NE(evaluate(text, "return String(Math.random())"),
              evaluate(text, "return String(Math.random())"));
    EXPECT_EQ(evaluate(text, "return String(Date.now() - Date.now())"), "'0'");
    EXPECT_THAT(evaluate(text, "return String(Date.now() > 1.6e12)"), "'true'");
    EXPECT_EQ(evaluate(text, "return new Date(0).toString()"),
              "'Thu Jan 01 1970 00:00:00 GMT+0000'");
    auto real = std::make_shared<schema::function_definition>(
        *define({{"a", number}}, text,
                "const t = Date.now(); while (Date.now() === t); return 'it moves'"));
    real->options["real_time"] = "true";
    const auto moved = call_once(real, {to_big_endian<std::int32_t>(1)});
    ASSERT_TRUE(moved.ok()) << moved.error().message();
    EXPECT_EQ(*moved, "it moves");
    auto same = std::make_shared<schema::function_definition>(
        *define({{"a", number}}, text, "return Math.random() + ' ' + Date.now()"));
    same->is_deterministic = true;
    const auto one = call_once(same, {to_big_endian<std::int32_t>(1)});
    const auto other = call_once(same, {to_big_endian<std::int32_t>(2)});
    ASSERT_TRUE(one.ok() && other.ok());
    EXPECT_EQ(*one, *other);
}

TEST_F(javascript_language, console_and_print_go_to_the_log) {
    EXPECT_EQ(evaluate(number,
                       "console.log('hello', 1, null, undefined, 5n, -0, true);"
                       "print(); print('a\\nb'); console.warn('w'); console.error('e');"
                       "return 1"),
              "1");
    EXPECT_EQ(log, "f: hello 1 null undefined 5n -0 true\nf: \nf: a\nf: b\nf: w\nf: e\n");
    log.clear();
    EXPECT_EQ(
        evaluate(number,
                 "const o = {a: [1, 'x'], 'b-c': {d: {e: {f: {}}}}, m: new Map([[1, {}]])};"
                 "o.self = o;"
                 "console.log(o);"
                 "console.log(new Set(['x']), new Uint8Array([1]), x => x, Symbol('s'), /r/g);"
                 "console.log(new Date(0), new Date(NaN), new TypeError('t'), Decimal('1.50'),"
                 "            new Duration(1), new (class P { constructor() { this.x = 1 } })());"
                 "return 1"),
        "1");
    EXPECT_THAT(log, StartsWith("f: { a: [ 1, \"x\" ], \"b-c\": { d: { e: { f: {...} } } }, m: Map "
                                "{ 1 => {} }, self: { a: "));
    EXPECT_THAT(log, HasSubstr("f: Set { \"x\" } Uint8Array [ 1 ] [Function: anonymous] Symbol(s) "
                               "/r/g\n"
                               "f: 1970-01-01T00:00:00.000Z Invalid Date TypeError: t 1.50 1mo "
                               "P { x: 1 }\n"));
    log.clear();
    EXPECT_EQ(evaluate(number, "for (let i = 0; i < 1000; i++) print('x'.repeat(10000)); return 2"),
              "2");
    EXPECT_LE(log.size(), 2 * function_limits{}.log_bytes_per_statement_max);
    EXPECT_THAT(log, HasSubstr(std::string(4095, 'x')));
    EXPECT_THAT(log, testing::Not(HasSubstr(std::string(4096, 'x'))));
}

// ---- Starts -------------------------------------------------------------------------------------

TEST_F(javascript_language, later_instances_do_the_same) {
    // The first instance of a function compiles the script, later ones begin from its memory.
    const auto code = compile(define(
        {{"a", number}}, text,
        "const long = '" + std::string(5000, 'x') +
            "'; class P { constructor() { this.x = [1, 2n, /r/] } }\n"
            "for (let i = 0; i < 1000; i++) new P();\n"
            "return `${long.length} ${new P().x} ${Decimal('1.5').mul(2)} ${new Map().size}`"));
    ASSERT_TRUE(code.ok()) << code.error().message();
    for (int i = 0; i < 5; ++i) {
        const auto out = call(**code, text, ints({1}));
        ASSERT_TRUE(out.ok()) << out.error().message();
        EXPECT_EQ(out->view(0), "5000 1,2,/r/ 3.0 0");
    }
}

// ---- Limits -------------------------------------------------------------------------------------

class javascript_limits : public javascript_test {
  protected:
    static function_limits tight() {
        function_limits limits;
        limits.cpu_per_call_ms_max = 50;
        limits.cpu_per_statement_ms_max = 200;
        return limits;
    }
    javascript_limits() : javascript_test(tight()) {}
};

TEST_F(javascript_limits, endless_loops_end_at_the_deadline) {
    const auto reason = failure("while (true);");
    EXPECT_THAT(reason, HasSubstr("ms"));
    for (const auto* body : {
             "for (;;) [].push({})",
             "return /(a+)+$/.test('a'.repeat(40) + 'b')",
             "while (true) [3, 1, 2].sort(() => 1)",
             "const g = (function* () { while (true) yield 1 })(); for (const x of g);",
             "const p = () => Promise.resolve().then(p); return p()",
             "const o = {get x() { while (true); }}; return o.x",
             "return {valueOf() { while (true); }} + 1",
         }) {
        EXPECT_EQ(failure(body), reason) << body;
    }
}

TEST_F(javascript_limits, nothing_catches_the_deadline) {
    const auto reason = failure("while (true);");
    EXPECT_EQ(failure("try { while (true); } finally { return 1 }"), reason);
    EXPECT_EQ(failure("while (true) try { while (true); } catch {}"), reason);
    EXPECT_EQ(failure("return (async () => { try { while (true); } catch { return 1 } })()"),
              reason);
}

TEST_F(javascript_language, memory_is_bounded) {
    EXPECT_THAT(failure("return 'x'.repeat(2 ** 29).length"), HasSubstr("out of memory"));
    EXPECT_THAT(failure("const l = []; while (true) l.push('x'.repeat(1e6))"),
                HasSubstr("out of memory"));
    EXPECT_THAT(failure("let o = null; while (true) o = {o}"), HasSubstr("out of memory"));
    EXPECT_THAT(failure("return new Uint8Array(1e9).length"), HasSubstr("out of memory"));
    // That is not for a script to catch.
    EXPECT_THAT(failure("try { new Uint8Array(1e9) } catch { return 7 }"),
                HasSubstr("out of memory"));
    // Garbage in cycles is found.
    EXPECT_EQ(evaluate(number,
                       "for (let i = 0; i < 5000; i++) {"
                       "const o = {b: new Uint8Array(10000)}; o.o = o } return 8"),
              "8");
}

}  // namespace
}  // namespace nacre::udf::javascript

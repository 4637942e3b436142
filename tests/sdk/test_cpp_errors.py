"""What a compiler says about functions whose types are none of CQL's, and about marks that stand in the wrong place."""

from __future__ import annotations

import re

import pytest

from harness import sdk_cpp
from harness.sdk import BUILT

HEAD = "#include <nacre/function.h>\n"
# A source, and what the error says of it; where clang 19 is not told to compile C++26 it names the type alone.
FAULTS = {
    "unsigned": ("NACRE_FUNCTION std::int32_t f(std::int32_t a, std::vector<unsigned> b) { return a; }",
                 "Argument 2 of f has the type `unsigned int`, which is no type of CQL. CQL's integers have a sign. Possible are bool (boolean)"),
    "pointer": ("NACRE_FUNCTION const char* f(bool) { return \"\"; }",
                "f returns `const char *`, which is no type of CQL. Text is std::string or std::string_view. Possible are bool"),
    "nothing": ("NACRE_FUNCTION void f(bool) {}", "f returns nothing, and a function of CQL returns a value"),
    "reference": ("NACRE_FUNCTION bool f(std::string& s) { return s.empty(); }",
                  "Argument 1 of f is a reference through which it could be written to"),
    "member": ("struct place { double x; long double y; };\nNACRE_FUNCTION double f(place p) { return p.x; }",
               "Argument 1 of f has the type `long double`, which is no type of CQL"),
    "columns": ("NACRE_FUNCTION double f(nacre::column<double> v) { return v[0]; }",
                "f: where one argument is a nacre::column<T>, all are, and the result is a nacre::new_column<T>"),
    "aggregate": ("NACRE_AGGREGATE struct f { std::int32_t a = 0; void accumulate(char v) { a += v; } };",
                  "f: Argument 1 of accumulate has the type `char`, which is no type of CQL"),
    "state": ("NACRE_AGGREGATE class f { int a = 0; public: void accumulate(int v) { a += v; } };",
              "f has no state that could be kept: make it a struct with public members alone, or give it a state_type"),
}


def errors(name: str, source: str, compiler: str, *options: str) -> list[str]:
    BUILT.mkdir(parents=True, exist_ok=True)
    path = BUILT / f"fault_{name}.cc"
    path.write_text(HEAD + source + "\n")
    done = sdk_cpp.compiled([*sdk_cpp.DRIVER, "--compiler", compiler, *options, str(path), "-o", str(BUILT / "fault.wasm")], BUILT)
    assert done.returncode != 0, "it compiles"
    return done.stderr.splitlines()


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("compiler, options", [("clang++-19", ["-std=c++26"]), ("zig", ["-std=c++20"])], ids=["clang++-19", "zig"])
def test_the_error_says_what_is_wrong_and_what_is_possible(name, compiler, options):
    source, text = FAULTS[name]
    lines = errors(name, source, compiler, *options)
    found = [line for line in lines if re.search(r"\berror: ", line)]
    assert len(found) == 1, "\n".join(lines)
    assert text in found[0]
    # It points to where the function is.
    assert any(re.search(rf"fault_{name}\.cc:\d+:", line) for line in lines)


@pytest.mark.parametrize("name, culprit", [("unsigned", "is_no_type_of_cql<unsigned int>"), ("pointer", "is_no_type_of_cql<const char *>"),
                                           ("aggregate", "is_no_type_of_cql<char>")])
def test_an_older_standard_names_the_type(name, culprit):
    lines = errors(name, FAULTS[name][0], "clang++-19", "-std=c++20")
    assert len([line for line in lines if re.search(r"\berror: ", line)]) == 1, "\n".join(lines)
    assert any("Possible are bool (boolean), std::int8_t (tinyint)" in line for line in lines)
    assert any(culprit in line for line in lines)


@pytest.mark.parametrize("source, text", [
    ("struct s { NACRE_FUNCTION static bool f(bool v) { return v; } };", "stands before what is in a namespace, not in a class"),
    ("NACRE_FUNCTION int x = 1;", "no function follows NACRE_FUNCTION"),
    ("NACRE_AGGREGATE bool f(bool);", "no class follows NACRE_AGGREGATE"),
    ("bool f(bool v) { return v; }", "nothing is marked with NACRE_FUNCTION"),
])
def test_marks_in_the_wrong_place(source, text):
    [line] = errors("mark", source, "clang++-19")
    assert line.startswith("nacre-c++: ") and text in line

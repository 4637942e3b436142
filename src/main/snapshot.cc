#include <cstdio>
#include <fstream>
#include <sstream>

#include "udf/wasm/module_snapshot.h"

// A tool of the build: runs a guest's module up to where it is ready for a function, and writes the
// module that begins there.
namespace nacre {

namespace {

status snapshot(const char* module, const char* init_export, const char* made) {
    std::ifstream in(module, std::ios::binary);
    std::ostringstream contents;
    contents << in.rdbuf();
    if (!in) return server_error("can't read {}", module);
    NACRE_TRY(const auto whole, udf::wasm::snapshot_module(contents.str(), init_export));
    std::ofstream out(made, std::ios::binary);
    out << whole;
    out.close();
    if (!out) return server_error("can't write {}", made);
    return {};
}

}  // namespace

}  // namespace nacre

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: nacre_snapshot MODULE.wasm INIT_EXPORT SNAPSHOT.wasm\n", stderr);
        return 2;
    }
    const auto outcome = nacre::snapshot(argv[1], argv[2], argv[3]);
    if (!outcome) fmt::print(stderr, "nacre_snapshot: {}\n", outcome.error().message());
    return outcome ? 0 : 1;
}

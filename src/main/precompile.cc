#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "runtime/shard.h"
#include "udf/wasm/batch_guest.h"
#include "udf/wasm/engine.h"

// A tool of the build: compiles a guest's module with the server's own engine and writes the
// artefact that the engine would keep on disk, so that the server can carry it along.
namespace nacre {

namespace {

status precompile(const std::filesystem::path& module, const std::filesystem::path& artefact) {
    std::ifstream in(module, std::ios::binary);
    std::ostringstream contents;
    contents << in.rdbuf();
    if (!in) return server_error("can't read {}", module.string());

    const auto directory = artefact.parent_path() / (artefact.filename().string() + ".made");
    std::filesystem::remove_all(directory);
    udf::wasm::wasm_engine::options options;
    options.artefact_directory = directory;
    NACRE_TRY(const auto engine, udf::wasm::wasm_engine::create(std::move(options)));
    runtime::shard_group shards(1);
    NACRE_TRY(const auto compiled, runtime::run_blocking(shards.at(0), [&] {
                  return udf::wasm::load_batch_guest(*engine, contents.str());
              }));
    engine->stop();
    shards.stop();
    for (const auto& made : std::filesystem::directory_iterator(directory)) {
        std::filesystem::rename(made.path(), artefact);
        std::filesystem::remove_all(directory);
        return {};
    }
    return server_error("{} was compiled, but no artefact was kept", module.string());
}

}  // namespace

}  // namespace nacre

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: nacre_precompile MODULE.wasm ARTEFACT\n", stderr);
        return 2;
    }
    const auto outcome = nacre::precompile(argv[1], argv[2]);
    if (!outcome) fmt::print(stderr, "nacre_precompile: {}\n", outcome.error().message());
    return outcome ? 0 : 1;
}

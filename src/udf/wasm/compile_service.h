#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "udf/wasm/compile_child.h"

namespace nacre::udf::wasm {

/// Compiles modules in child processes, as many as there are callers at once; what the compiler
/// does to itself or to the machine's memory ends with the child. Blocks, so it is called on
/// compiling threads, which live as long as the service is in use.
class compile_service {
  public:
    /// `program` is what a child runs.
    compile_service(std::filesystem::path program, const sandbox_limits& limits);
    ~compile_service();

    /// Makes the artefact `key` of `source` in the file `target`. The error is 0x2200, "Compilation
    /// failed: …".
    [[nodiscard]] status compile(bytes_view source, const std::string& key,
                                 const std::filesystem::path& target);

    /// Ends the children that nobody needs just now.
    void end_idle();
    /// Ends all children; compilations under way and later ones fail.
    void stop();

  private:
    [[nodiscard]] result<std::unique_ptr<compile_child>> take();
    void give_back(std::unique_ptr<compile_child> child);

    const std::filesystem::path _program;
    const sandbox_limits _limits;
    std::mutex _mutex;
    bool _stopped = false;
    std::vector<std::unique_ptr<compile_child>> _idle;
    std::set<compile_child*> _busy;
};

}  // namespace nacre::udf::wasm

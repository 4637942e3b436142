#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"

namespace nacre::udf::wasm {

/// What a compiling process is told on its command line.
struct compile_start {
    pid_t server = 0;
    sandbox_limits limits;

    [[nodiscard]] std::vector<std::string> to_arguments() const;
    [[nodiscard]] static std::optional<compile_start> from_arguments(
        std::span<char* const> arguments);
};

/// A process that compiles modules for this one, one after the other; killed with its owner. Made
/// and used by one thread at a time, which must live as long as the child: the kernel kills the
/// child when the thread that made it ends.
class compile_child {
  public:
    /// `program` runs run_compile_worker when its first argument is compile_command.
    [[nodiscard]] static result<std::unique_ptr<compile_child>> spawn(
        const std::filesystem::path& program, const sandbox_limits& limits);
    ~compile_child();
    compile_child(const compile_child&) = delete;

    /// Blocks until the artefact is in the file `target`. The error is 0x2200, "Compilation
    /// failed: …".
    [[nodiscard]] status compile(bytes_view source, const std::string& key,
                                 const std::filesystem::path& target);

    /// False after it has died or compiled so many modules that a fresh one is better.
    [[nodiscard]] bool is_fit() const;
    /// From any thread: what it compiles fails at once.
    void kill();

  private:
    compile_child(const sandbox_limits& limits, int socket, int messages, pid_t process);
    [[nodiscard]] error why_it_died(bool in_time);
    int reap();

    const sandbox_limits _limits;
    const int _socket;
    const int _messages;  ///< what it writes to stderr
    const pid_t _process;
    std::uint32_t _compiled = 0;
    std::mutex _mutex;
    bool _reaped = false;
};

}  // namespace nacre::udf::wasm

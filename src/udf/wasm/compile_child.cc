#include "udf/wasm/compile_child.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "udf/wasm/compile_messages.h"
#include "udf/wasm/compile_worker.h"

extern char** environ;

namespace nacre::udf::wasm {

namespace {

// Memory that a compilation leaves behind in the process is gone after so many.
constexpr std::uint32_t modules_per_child_max = 100;

class file_descriptor {
  public:
    explicit file_descriptor(int number) : _number(number) {
        // The child's standard streams are put in place by number: keep out of their way.
        if (_number < 0 || _number > STDERR_FILENO) return;
        const int moved = fcntl(_number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        close(_number);
        _number = moved;
    }
    ~file_descriptor() {
        if (_number >= 0) close(_number);
    }
    file_descriptor(const file_descriptor&) = delete;
    [[nodiscard]] int number() const { return _number; }
    int release() { return std::exchange(_number, -1); }

  private:
    int _number;
};

// The child begins with no signals blocked or ignored, in a process group of its own: the
// terminal's ^C is the server's business.
class spawn_attributes {
  public:
    spawn_attributes() {
        posix_spawnattr_init(&_attributes);
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&_attributes, &none);
        sigset_t all;
        sigfillset(&all);
        posix_spawnattr_setsigdefault(&_attributes, &all);
        posix_spawnattr_setpgroup(&_attributes, 0);
        posix_spawnattr_setflags(
            &_attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    ~spawn_attributes() { posix_spawnattr_destroy(&_attributes); }
    spawn_attributes(const spawn_attributes&) = delete;
    [[nodiscard]] const posix_spawnattr_t* get() const { return &_attributes; }

  private:
    posix_spawnattr_t _attributes{};
};

class spawn_files {
  public:
    spawn_files(int socket, int messages) {
        posix_spawn_file_actions_init(&_actions);
        posix_spawn_file_actions_adddup2(&_actions, socket, STDIN_FILENO);
        posix_spawn_file_actions_addopen(&_actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_adddup2(&_actions, messages, STDERR_FILENO);
        posix_spawn_file_actions_addclosefrom_np(&_actions, STDERR_FILENO + 1);
    }
    ~spawn_files() { posix_spawn_file_actions_destroy(&_actions); }
    spawn_files(const spawn_files&) = delete;
    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &_actions; }

  private:
    posix_spawn_file_actions_t _actions{};
};

error cannot_start(int failure) {
    return server_error("the process that compiles modules can't be started: {}",
                        std::strerror(failure));
}

std::string written_to(int file) {
    std::array<char, 4096> text{};
    const auto size = pread(file, text.data(), text.size(), 0);
    return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace

std::vector<std::string> compile_start::to_arguments() const {
    std::vector<std::string> all{std::to_string(server)};
    for (const auto& limit : sandbox_limit_table) {
        all.push_back(std::to_string(limits.*limit.member));
    }
    return all;
}

std::optional<compile_start> compile_start::from_arguments(std::span<char* const> arguments) {
    std::vector<std::uint64_t> numbers;
    for (const std::string_view text : arguments) {
        const auto* end = text.data() + text.size();
        const auto [stop, failure] = std::from_chars(text.data(), end, numbers.emplace_back());
        if (failure != std::errc() || stop != end) return std::nullopt;
    }
    if (numbers.size() != 1 + sandbox_limit_table.size()) return std::nullopt;
    compile_start start{.server = static_cast<pid_t>(numbers.front()), .limits = {}};
    for (std::size_t i = 0; i < sandbox_limit_table.size(); ++i) {
        start.limits.*sandbox_limit_table[i].member = numbers[i + 1];
    }
    return start;
}

result<std::unique_ptr<compile_child>> compile_child::spawn(const std::filesystem::path& program,
                                                            const sandbox_limits& limits) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return cannot_start(errno);
    }
    file_descriptor ours(ends[0]);
    const file_descriptor theirs(ends[1]);
    file_descriptor messages(memfd_create("compiler", MFD_CLOEXEC));
    if (messages.number() < 0) return cannot_start(errno);

    std::vector<std::string> words{"nacre", compile_command};
    const compile_start start{.server = getpid(), .limits = limits};
    for (auto& word : start.to_arguments()) words.push_back(std::move(word));
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    pid_t process = 0;
    const spawn_attributes attributes;
    const spawn_files files(theirs.number(), messages.number());
    if (const int failure = posix_spawn(&process, program.c_str(), files.get(), attributes.get(),
                                        arguments.data(), environ)) {
        return cannot_start(failure);
    }
    return std::unique_ptr<compile_child>(
        new compile_child(limits, ours.release(), messages.release(), process));
}

compile_child::compile_child(const sandbox_limits& limits, int socket, int messages, pid_t process)
    : _limits(limits), _socket(socket), _messages(messages), _process(process) {}

compile_child::~compile_child() {
    kill();
    reap();
    close(_socket);
    close(_messages);
}

status compile_child::compile(bytes_view source, const std::string& key,
                              const std::filesystem::path& target) {
    ++_compiled;
    const auto deadline = monotonic_ms() + static_cast<std::int64_t>(_limits.compile_ms_max);
    const compile_request request{.key = key, .target = target.string(), .source = source};
    std::optional<bytes> answer;
    if (send_message(_socket, encode(request), deadline)) {
        answer = receive_message(_socket, deadline);
    }
    if (!answer) return why_it_died(monotonic_ms() < deadline);
    if (answer->empty()) return {};
    return error(error_code::invalid, std::move(*answer));
}

bool compile_child::is_fit() const {
    return !_reaped && _compiled < modules_per_child_max;
}

void compile_child::kill() {
    const std::lock_guard lock(_mutex);
    if (!_reaped) ::kill(_process, SIGKILL);
}

error compile_child::why_it_died(bool in_time) {
    // One that has died has its status already; one that talks nonsense must not live on.
    kill();
    const int ended = reap();
    const auto said = written_to(_messages);
    if (!in_time) {
        return invalid("Compilation failed: it took more than {} ms", _limits.compile_ms_max);
    }
    if (WIFSIGNALED(ended) && WTERMSIG(ended) == SIGXCPU) {
        return invalid("Compilation failed: it took more than {} ms of CPU time",
                       _limits.compile_cpu_ms_max);
    }
    // What the run-time libraries of Rust and of C++ say before they abort.
    if (said.find("memory allocation of") != std::string::npos ||
        said.find("bad_alloc") != std::string::npos) {
        return invalid("Compilation failed: it took more than {} bytes of memory",
                       _limits.compile_memory_bytes_max);
    }
    if (WIFSIGNALED(ended)) {
        return invalid("Compilation failed: the module is too much for the compiler (signal {})",
                       WTERMSIG(ended));
    }
    return invalid("Compilation failed: the compiler ended with status {}", WEXITSTATUS(ended));
}

// Waits without reaping first, so that kill() never sees a process that is someone else's.
int compile_child::reap() {
    if (_reaped) return 0;
    siginfo_t unused{};
    while (waitid(P_PID, static_cast<id_t>(_process), &unused, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR) {
    }
    const std::lock_guard lock(_mutex);
    int ended = 0;
    while (waitpid(_process, &ended, 0) < 0 && errno == EINTR) {
    }
    _reaped = true;
    return ended;
}

}  // namespace nacre::udf::wasm

#include "udf/wasm/compile_worker.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "udf/wasm/artefact.h"
#include "udf/wasm/compile_child.h"
#include "udf/wasm/compile_messages.h"
#include "udf/wasm/engine_settings.h"
#include "udf/wasm/module_compiler.h"

namespace nacre::udf::wasm {

namespace {

constexpr int requests_socket = STDIN_FILENO;
constexpr int exit_usage = 2;

void bound(decltype(RLIMIT_AS) resource, rlim_t most) {
    rlimit limit{};
    getrlimit(resource, &limit);
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? most : std::min(most, limit.rlim_max);
    setrlimit(resource, &limit);
}

// The process ends with the server, comes after everybody else, and can't take what is not its.
bool settle_down(pid_t server, const sandbox_limits& limits) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != server) return false;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)setpriority(PRIO_PROCESS, 0, 19);
    // A file that grows too large is an error of the write.
    std::signal(SIGXFSZ, SIG_IGN);
    bound(RLIMIT_CORE, 0);
    bound(RLIMIT_FSIZE, limits.module_code_bytes_max + (1 << 20));
// A sanitizer's shadow memory is larger than any limit.
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) && \
    !__has_feature(thread_sanitizer)
    bound(RLIMIT_AS, limits.compile_memory_bytes_max);
#endif
    return true;
}

// CPU time is counted from the process's start, so each module moves the limit.
void allow_cpu_time(std::uint64_t more_ms) {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto used_ms =
        static_cast<std::uint64_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1'000 +
        static_cast<std::uint64_t>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1'000;
    bound(RLIMIT_CPU, (used_ms + more_ms + 999) / 1'000);
}

status compile(wasm_engine_t* engine, const compile_request& request,
               const sandbox_limits& limits) {
    NACRE_TRY(const auto code, compile_module(engine, request.source, limits));
    return write_whole_file(request.target, {code, artefact_seal(request.key, code)});
}

}  // namespace

int run_compile_worker(std::span<char* const> arguments) {
    const auto start = compile_start::from_arguments(arguments);
    if (!start) {
        std::fputs("nacre: only a server starts this, to compile modules\n", stderr);
        return exit_usage;
    }
    if (!settle_down(start->server, start->limits)) return 0;
    const auto engine = make_compiling_engine();
    if (!engine) return 1;
    while (const auto message = receive_message(requests_socket, no_deadline)) {
        const auto request = decode(*message);
        if (!request) return 1;
        allow_cpu_time(start->limits.compile_cpu_ms_max);
        const auto compiled = compile(engine.get(), *request, start->limits);
        const std::string answer = compiled ? "" : compiled.error().message();
        if (!send_message(requests_socket, answer, no_deadline)) break;
    }
    return 0;
}

}  // namespace nacre::udf::wasm

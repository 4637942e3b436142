#include "udf/wasm/compile_service.h"

#include <utility>

namespace nacre::udf::wasm {

namespace {

error stopped() {
    return server_error("the server is stopping");
}

}  // namespace

compile_service::compile_service(std::filesystem::path program, const sandbox_limits& limits)
    : _program(std::move(program)), _limits(limits) {}

compile_service::~compile_service() {
    stop();
}

status compile_service::compile(bytes_view source, const std::string& key,
                                const std::filesystem::path& target) {
    NACRE_TRY(auto child, take());
    auto compiled = child->compile(source, key, target);
    give_back(std::move(child));
    return compiled;
}

void compile_service::end_idle() {
    std::vector<std::unique_ptr<compile_child>> ended;
    const std::lock_guard lock(_mutex);
    ended.swap(_idle);
}

void compile_service::stop() {
    {
        const std::lock_guard lock(_mutex);
        _stopped = true;
        for (auto* child : _busy) child->kill();
    }
    end_idle();
}

result<std::unique_ptr<compile_child>> compile_service::take() {
    std::unique_ptr<compile_child> child;
    {
        const std::lock_guard lock(_mutex);
        if (_stopped) return stopped();
        if (!_idle.empty()) {
            child = std::move(_idle.back());
            _idle.pop_back();
        }
    }
    if (!child) {
        NACRE_TRY(child, compile_child::spawn(_program, _limits));
    }
    const std::lock_guard lock(_mutex);
    if (_stopped) return stopped();
    _busy.insert(child.get());
    return child;
}

void compile_service::give_back(std::unique_ptr<compile_child> child) {
    const std::lock_guard lock(_mutex);
    _busy.erase(child.get());
    if (child->is_fit() && !_stopped) _idle.push_back(std::move(child));
}

}  // namespace nacre::udf::wasm

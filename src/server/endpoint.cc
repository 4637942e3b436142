#include <charconv>

#include "server/server.h"

namespace nacre::server {

result<endpoint> endpoint::parse(std::string_view text) {
    const auto colon = text.rfind(':');
    const auto refused = [text] { return invalid("'{}' is not HOST:PORT", text); };
    if (colon == std::string_view::npos || colon == 0) return refused();
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (host.front() == '[') {
        if (host.back() != ']' || host.size() < 3) return refused();
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return refused();
    }
    endpoint parsed;
    parsed.host = host;
    const auto* const end = digits.data() + digits.size();
    const auto [stopped, failure] = std::from_chars(digits.data(), end, parsed.port);
    if (failure != std::errc() || stopped != end) return refused();
    return parsed;
}

std::string endpoint::to_string() const {
    const bool is_v6 = host.find(':') != std::string::npos;
    return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace nacre::server

#include "types/inet.h"

#include <arpa/inet.h>

namespace nacre::types {

std::optional<bytes> parse_inet(std::string_view text) {
    const std::string terminated(text);
    if (terminated.size() != std::char_traits<char>::length(terminated.c_str())) {
        return std::nullopt;
    }
    char raw[sizeof(in6_addr)];
    if (inet_pton(AF_INET, terminated.c_str(), raw) == 1) return bytes(raw, sizeof(in_addr));
    if (inet_pton(AF_INET6, terminated.c_str(), raw) != 1) return std::nullopt;
    const bytes_view mapped_prefix("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
    const bytes_view address(raw, sizeof(raw));
    if (address.starts_with(mapped_prefix)) return bytes(address.substr(mapped_prefix.size()));
    return bytes(address);
}

std::string inet_to_text(bytes_view address) {
    char text[INET6_ADDRSTRLEN];
    const int family = address.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
    return inet_ntop(family, address.data(), text, sizeof(text));
}

}  // namespace nacre::types

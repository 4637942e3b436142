#include "protocol/frame.h"

namespace nacre::protocol {

std::string_view to_string(opcode op) {
    switch (op) {
        case opcode::error:
            return "ERROR";
        case opcode::startup:
            return "STARTUP";
        case opcode::ready:
            return "READY";
        case opcode::authenticate:
            return "AUTHENTICATE";
        case opcode::options:
            return "OPTIONS";
        case opcode::supported:
            return "SUPPORTED";
        case opcode::query:
            return "QUERY";
        case opcode::result:
            return "RESULT";
        case opcode::prepare:
            return "PREPARE";
        case opcode::execute:
            return "EXECUTE";
        case opcode::register_:
            return "REGISTER";
        case opcode::event:
            return "EVENT";
        case opcode::batch:
            return "BATCH";
        case opcode::auth_challenge:
            return "AUTH_CHALLENGE";
        case opcode::auth_response:
            return "AUTH_RESPONSE";
        case opcode::auth_success:
            return "AUTH_SUCCESS";
    }
    return "UNKNOWN";
}

void append_frame_header(bytes& out, const frame_header& header) {
    const std::uint8_t response_bit = header.direction == direction::response ? 0x80 : 0;
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(header.version) | response_bit));
    out.push_back(static_cast<char>(header.flags));
    append_big_endian(out, header.stream);
    out.push_back(static_cast<char>(header.op));
    append_big_endian(out, header.body_bytes);
}

}  // namespace nacre::protocol

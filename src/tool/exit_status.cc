#include "tool/exit_status.h"

#include <cstdio>

#include <nlohmann/json.hpp>

namespace nacre::tool {

exit_status status_of(const error& why) {
    switch (why.code()) {
        case error_code::config_error:
            return exit_status::usage;
        case error_code::unavailable:
        case error_code::bad_credentials:
            return exit_status::no_server;
        default:
            return exit_status::failed;
    }
}

exit_status report(const error& why, bool is_json) {
    std::fflush(stdout);
    fmt::print(stderr, "nacre: {}\n", why.message());
    if (is_json) {
        const nlohmann::json object{{"error", why.message()},
                                    {"code", static_cast<int>(why.code())}};
        fmt::print("{}\n", object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    }
    return status_of(why);
}

}  // namespace nacre::tool

#include "client/schema_agreement.h"

#include <algorithm>
#include <thread>

namespace nacre::client {

status wait_for_schema_agreement(connection& server, std::chrono::milliseconds allowed) {
    constexpr std::chrono::milliseconds pause(100);
    const auto until = std::chrono::steady_clock::now() + allowed;
    while (true) {
        NACRE_TRY(const auto own, server.execute("SELECT schema_version FROM system.local"));
        NACRE_TRY(const auto others, server.execute("SELECT schema_version FROM system.peers"));
        const auto version =
            own.rows.size() == 0 ? optional_bytes() : own.rows.cell(0, "schema_version");
        std::size_t apart = 0;
        for (std::size_t i = 0; i < others.rows.size(); ++i) {
            const auto its = others.rows.cell(i, "schema_version");
            if (its && its != version) ++apart;
        }
        if (apart == 0) return {};
        if (std::chrono::steady_clock::now() >= until) {
            return error(error_code::unavailable,
                         fmt::format("after {} s, {} of {} servers have another schema",
                                     allowed.count() / 1000, apart, others.rows.size() + 1));
        }
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace nacre::client

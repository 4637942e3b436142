#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "catalog/catalog.h"
#include "catalog/schema_rows.h"
#include "data/mutation.h"

namespace nacre::query {

/// What happens to one request whose client asked to see it. Belongs to the shard of its
/// connection; what other shards do for the request is told by what their results are.
class trace {
  public:
    /// `request` says what kind it is, `command` is the message's name, `client` an IP address.
    trace(std::string request, std::string command, std::string client);

    /// Names the rows in system_traces.
    [[nodiscard]] const uuid& id() const { return _id; }
    /// Somebody else keeps a trace of the request, under this id.
    void is_kept_elsewhere(const uuid& id) {
        _id = id;
        _is_elsewhere = true;
    }
    [[nodiscard]] bool is_elsewhere() const { return _is_elsewhere; }
    /// Notes that something begins. More than events_max are not kept, so that no batch fills the
    /// store with its trace.
    void add(std::string activity);
    /// Something to know of the request: "query", "consistency_level", …
    void describe(std::string name, std::string value);

    /// The rows of system_traces, with the time since the beginning as the duration.
    [[nodiscard]] catalog::row_set rows(const catalog::node_info& node) const;
    /// The same as what is to be written. They expire.
    [[nodiscard]] std::vector<data::mutation> writes(const catalog::node_info& node) const;
    /// What forgets a trace before it expires.
    [[nodiscard]] static std::vector<data::mutation> removal(const uuid& id);

    static constexpr std::size_t events_max = 1000;
    static constexpr std::size_t text_bytes_max = 65'536;
    static constexpr std::int32_t ttl_seconds = 24 * 60 * 60;

  private:
    struct event {
        uuid id;
        std::int32_t elapsed_us;
        std::string activity;
    };
    [[nodiscard]] std::int32_t elapsed_us() const;

    uuid _id;
    bool _is_elsewhere = false;
    std::string _request;
    std::string _command;
    std::string _client;
    std::chrono::system_clock::time_point _started_at;
    std::chrono::steady_clock::time_point _began;
    std::map<std::string, std::string> _parameters;
    std::vector<event> _events;
};
using trace_ptr = std::shared_ptr<trace>;

}  // namespace nacre::query

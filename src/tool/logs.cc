#include "tool/logs.h"

#include <algorithm>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include "base/identifier.h"
#include "client/connection.h"
#include "tool/function_name.h"

namespace nacre::tool {

namespace {

constexpr std::chrono::milliseconds poll_interval{500};

struct log_line {
    std::string time;
    double milliseconds = 0;
    std::string id;
    std::string keyspace;
    std::string name;
    std::string stream;
    std::string line;
};

class log_reader {
  public:
    log_reader(client::connection& server, std::string keyspace, function_name name)
        : _server(server), _keyspace(std::move(keyspace)), _name(std::move(name)) {}

    // The lines that were not there before.
    result<std::vector<log_line>> next() {
        std::string text = "SELECT * FROM system_views.function_logs";
        std::vector<std::string> values;
        if (!_keyspace.empty() && !_name.name.empty()) {
            text += " WHERE keyspace_name = ? AND function_name = ?";
            values = {_keyspace, _name.name};
        }
        NACRE_TRY(const auto found, _server.execute(text, values));
        std::vector<log_line> lines;
        std::set<std::string> seen;
        for (std::size_t row = 0; row < found.rows.size(); ++row) {
            const auto cell = [&](const char* column) {
                return found.rows.text(row, column).value_or("");
            };
            if (!_name.fits(found.rows.texts(row, "argument_types"))) continue;
            if (!_keyspace.empty() && cell("keyspace_name") != _keyspace) continue;
            if (!_name.name.empty() && cell("function_name") != _name.name) continue;
            auto id = cell("id");
            seen.insert(id);
            if (_seen.contains(id)) continue;
            lines.push_back({.time = cell("time"),
                             .milliseconds = found.rows.number(row, "time").value_or(0),
                             .id = std::move(id),
                             .keyspace = cell("keyspace_name"),
                             .name = cell("function_name"),
                             .stream = cell("stream"),
                             .line = cell("line")});
        }
        // The server forgets old lines, and so may we.
        _seen = std::move(seen);
        std::ranges::stable_sort(lines, {}, &log_line::milliseconds);
        return lines;
    }

  private:
    client::connection& _server;
    std::string _keyspace;
    function_name _name;
    std::set<std::string> _seen;
};

void print_line(const log_line& line, bool is_json) {
    if (is_json) {
        const nlohmann::json object{{"time", line.time},
                                    {"keyspace", line.keyspace},
                                    {"name", line.name},
                                    {"stream", line.stream},
                                    {"line", line.line}};
        fmt::print("{}\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
        return;
    }
    std::string shown;
    for (const char c : line.line) shown += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    fmt::print("{} {}.{} {} {}\n", line.time, quote_identifier(line.keyspace),
               quote_identifier(line.name), line.stream, shown);
}

}  // namespace

exit_status show_logs(const inventory_request& request, bool follows) {
    function_name name;
    if (!request.name.empty()) {
        auto parsed = function_name::parse(request.name);
        if (!parsed) return report(parsed.error(), request.is_json);
        name = std::move(*parsed);
    }
    const auto keyspace = name.keyspace.empty() ? request.keyspace : name.keyspace;
    auto server = client::connection::open(request.server);
    if (!server) return report(server.error(), request.is_json);
    log_reader reader(**server, keyspace, name);
    while (true) {
        const auto lines = reader.next();
        if (!lines) return report(lines.error(), request.is_json);
        for (const auto& line : *lines) print_line(line, request.is_json);
        std::fflush(stdout);
        if (!follows) return exit_status::ok;
        std::this_thread::sleep_for(poll_interval);
    }
}

}  // namespace nacre::tool

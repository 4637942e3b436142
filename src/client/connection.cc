#include "client/connection.h"

#include "protocol/frame_writer.h"

namespace nacre::client {

namespace {

constexpr auto spoken_version = protocol::version::v4;
constexpr std::size_t read_bytes = 64 << 10;
constexpr std::int32_t page_rows = 5'000;
constexpr std::uint16_t consistency_one = 1;

}  // namespace

result<std::unique_ptr<connection>> connection::open(const endpoint& where) {
    auto made = std::unique_ptr<connection>(new connection(where));
    NACRE_TRY(made->_transport, connect_transport(where));
    NACRE_CHECK(made->log_in());
    return made;
}

status connection::log_in() {
    NACRE_TRY(const auto first,
              ask(protocol::startup_request{
                  .options = {{"CQL_VERSION", "3.0.0"}, {"DRIVER_NAME", "nacre function"}}}));
    if (std::holds_alternative<protocol::ready_response>(first.body)) return {};
    if (const auto* wanted = std::get_if<protocol::authenticate_response>(&first.body)) {
        return authenticate(wanted->authenticator);
    }
    return protocol_error("{} answers STARTUP with something else than READY", _where.to_string());
}

status connection::authenticate(std::string_view authenticator) {
    if (!_where.user) {
        return error(error_code::bad_credentials,
                     fmt::format("{} wants a name and a password ({}): say --user, and the "
                                 "password in NACRE_PASSWORD",
                                 _where.to_string(), authenticator));
    }
    // SASL PLAIN, RFC 4616: no authorization identity, the name, the password.
    bytes token(1, '\0');
    token += *_where.user;
    token += '\0';
    token += _where.password;
    NACRE_TRY(const auto response, ask(protocol::auth_response_request{.token = token}));
    if (std::holds_alternative<protocol::auth_success_response>(response.body)) return {};
    return error(error_code::bad_credentials,
                 fmt::format("{} wants another kind of login than a name and a password ({})",
                             _where.to_string(), authenticator));
}

result<answer> connection::execute(std::string statement, const std::vector<std::string>& texts) {
    protocol::query_request query{.text = std::move(statement), .parameters = {}};
    query.parameters.consistency = consistency_one;
    query.parameters.page_size = page_rows;
    for (const auto& text : texts) {
        query.parameters.values.push_back({protocol::value::kind::value, text});
    }
    answer whole;
    while (true) {
        NACRE_TRY(auto response, ask(query));
        for (auto& warning : response.warnings) whole.warnings.push_back(std::move(warning));
        const auto* page = std::get_if<protocol::rows_response>(&response.body);
        if (page == nullptr) return whole;
        NACRE_CHECK(whole.rows.add(*page));
        if (!page->metadata.paging_state) return whole;
        query.parameters.paging_state = page->metadata.paging_state;
    }
}

result<protocol::response> connection::ask(const protocol::request& what) {
    protocol::frame_writer writer(protocol::direction::request);
    writer.use_version(spoken_version);
    writer.add(protocol::encode_request(spoken_version, what));
    for (const auto& slice : writer.finish()) NACRE_CHECK(_transport->write(slice));
    while (true) {
        auto next = _reader.next();
        if (!next) return next.error().failure;
        if (*next) {
            NACRE_TRY(auto response, protocol::decode_response(**next));
            if (auto* failure = std::get_if<error>(&response.body)) return std::move(*failure);
            return response;
        }
        NACRE_TRY(const auto size, _transport->read(_reader.prepare(read_bytes).first(read_bytes)));
        _reader.commit(size);
    }
}

}  // namespace nacre::client

#include "server/server.h"

#include <deque>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "protocol/frame_reader.h"
#include "protocol/frame_writer.h"
#include "protocol/request.h"
#include "protocol/response.h"

namespace nacre::server {
namespace {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;
using protocol::compression;
using protocol::version;

query::result_metadata_ptr one_text_column() {
    auto metadata = std::make_shared<query::result_metadata>();
    metadata->columns = {{"ks", "t", "v", types::type::native(types::type_kind::text)}};
    metadata->id = "metadata-id";
    return metadata;
}

query::response one_row(bytes text) {
    query::rows_result rows;
    rows.metadata = one_text_column();
    rows.row_count = 1;
    append_big_endian(rows.content, static_cast<std::int32_t>(text.size()));
    rows.content.append(text);
    return {std::move(rows), {}};
}

/// Does what the statement's first word says.
class fake_engine : public query::engine {
  public:
    runtime::task<std::vector<query::running_statement>> running() override {
        co_return std::vector<query::running_statement>();
    }
    runtime::task<std::vector<query::kept_statement>> prepared() override {
        co_return std::vector<query::kept_statement>();
    }
    runtime::task<result<query::response>> execute(query::session_state& session, std::string text,
                                                   query::query_options options) override {
        ++statements;
        const auto space = text.find(' ');
        const auto word = text.substr(0, space);
        const auto rest = space == std::string::npos ? "" : text.substr(space + 1);
        if (word == "ECHO") co_return one_row(rest);
        if (word == "VALUE") co_return one_row(options.values.at(0).data);
        if (word == "KEYSPACE") co_return one_row(session.keyspace);
        if (word == "SHARD") co_return one_row(std::to_string(runtime::this_shard().id()));
        if (word == "BIG") co_return one_row(bytes(std::stoul(rest), 'b'));
        if (word == "USE") co_return query::response{query::set_keyspace_result{rest}, {}};
        if (word == "WARN") co_return query::response{query::void_result{}, {rest}};
        if (word == "THROW") throw std::runtime_error("a bug");
        if (word == "FAIL") {
            co_return error(error_code::function_failure, "it failed",
                            query_failure_fields("ks", rest));
        }
        if (word == "SLEEP") {
            boost::asio::steady_timer timer(runtime::this_shard().context(),
                                            std::chrono::milliseconds(std::stoi(rest)));
            co_await timer.async_wait(boost::asio::use_awaitable);
            co_return one_row(rest);
        }
        co_return syntax_error("no viable alternative at input '{}'", word);
    }
    runtime::task<result<query::prepared_response>> prepare(query::session_state&, std::string text,
                                                            std::optional<std::string>) override {
        query::prepared_response prepared;
        prepared.id = text;
        prepared.markers = {{"ks", "t", "k", types::type::native(types::type_kind::int_)}};
        prepared.partition_key_indices = {0};
        prepared.metadata = one_text_column();
        co_return prepared;
    }
    runtime::task<result<query::response>> execute_prepared(query::session_state&, bytes id,
                                                            bytes metadata_id,
                                                            query::query_options options) override {
        if (id != "known") {
            co_return error(error_code::unprepared, "Prepared query not found",
                            unprepared_fields{id});
        }
        auto response = one_row(options.values.at(0).data);
        auto& rows = std::get<query::rows_result>(response.body);
        rows.metadata_changed = !metadata_id.empty() && metadata_id != rows.metadata->id;
        rows.paging_state = "more";
        co_return response;
    }
    runtime::task<result<query::response>> execute_batch(query::session_state&, query::batch_kind,
                                                         std::vector<query::batch_entry> entries,
                                                         query::query_options) override {
        if (entries.size() != 2 || entries[0].statement.index() != 1 ||
            entries[1].statement.index() != 0) {
            co_return invalid("not what was sent");
        }
        co_return query::response{query::void_result{}, {}};
    }
    runtime::task<result<runtime::admission::place>> enter_functions(
        runtime::cancellation_ptr until) override {
        return places.enter(std::move(until));
    }
    runtime::task<void> keep(const query::trace&) override { co_return; }
    query::statistics totals() const override { return {.statements = statements}; }

    runtime::admission places{"functions", {}};
    std::atomic<std::uint64_t> statements{0};

  private:
    static function_failure_fields query_failure_fields(std::string keyspace, std::string name) {
        return {std::move(keyspace), std::move(name), {"int"}};
    }
};

class fake_catalog : public catalog::catalog {
  public:
    const nacre::catalog::node_info& node() const override {
        static const nacre::catalog::node_info none;
        return none;
    }
    nacre::catalog::published_ptr current() const override { return nullptr; }
    runtime::task<result<nacre::catalog::ddl_outcome>> execute(
        const cql::statement&, std::string, nacre::catalog::change_companion*) override {
        co_return invalid("none");
    }
    void on_change(listener call) override { _listener = std::move(call); }
    runtime::task<void> stop() override { co_return; }

    /// As a catalog does: on every shard.
    void change(runtime::shard_group& shards, const schema::change& what) {
        for (std::uint32_t id = 0; id < shards.size(); ++id) {
            runtime::run_blocking(shards.at(id), [&]() -> runtime::task<void> {
                _listener(what);
                co_return;
            });
        }
    }

  private:
    listener _listener;
};

/// A blocking client that speaks the protocol by the same module from the other side.
class client {
  public:
    explicit client(const endpoint& where) : _socket(_context) {
        _socket.connect({boost::asio::ip::make_address(where.host), where.port});
        const timeval limit{10, 0};
        setsockopt(_socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    }

    tcp::socket& socket() { return _socket; }

    void startup(version v, compression how = compression::none) {
        _version = v;
        _writer.use_version(v);
        string_options options{{"CQL_VERSION", "3.4.7"}};
        if (how == compression::lz4) options["COMPRESSION"] = "lz4";
        if (how == compression::snappy) options["COMPRESSION"] = "snappy";
        send(0, protocol::startup_request{options});
        expect<protocol::ready_response>();
        _writer.negotiated(v, how);
        _reader.negotiated(v, how);
    }

    bytes framed(std::int16_t stream, const protocol::request& r) {
        add(stream, r);
        return taken();
    }
    void add(std::int16_t stream, const protocol::request& r) {
        auto m = protocol::encode_request(_version, r);
        m.stream = stream;
        _writer.add(std::move(m));
    }
    bytes taken() {
        bytes raw;
        for (const auto slice : _writer.finish()) raw.append(slice);
        _writer.clear();
        return raw;
    }
    void use_version(version v) {
        _version = v;
        _writer.use_version(v);
    }
    void send(std::int16_t stream, const protocol::request& r) { send_raw(framed(stream, r)); }
    void send_raw(bytes_view raw) {
        boost::system::error_code ignored;
        boost::asio::write(_socket, boost::asio::buffer(raw), ignored);
    }

    /// The next frame, or nothing when the server closed the connection (or sent nothing for long).
    std::optional<protocol::frame> receive() {
        for (;;) {
            auto next = _reader.next();
            EXPECT_TRUE(next) << next.error().failure.message();
            if (!next) return std::nullopt;
            if (*next) return std::move(**next);
            char buffer[65536];
            const auto size = ::recv(_socket.native_handle(), buffer, sizeof(buffer), 0);
            EXPECT_FALSE(size < 0 && errno == EAGAIN) << "the server keeps silent";
            if (size <= 0) return std::nullopt;
            _reader.append({buffer, static_cast<std::size_t>(size)});
        }
    }
    protocol::response receive_response() {
        const auto whole = receive();
        EXPECT_TRUE(whole);
        if (!whole) return {error(error_code::server_error, "closed"), {}, {}};
        last_stream = whole->header.stream;
        auto decoded = protocol::decode_response(*whole);
        EXPECT_TRUE(decoded) << decoded.error().message();
        return std::move(*decoded);
    }
    template <typename Body>
    Body expect() {
        auto response = receive_response();
        if (!std::holds_alternative<Body>(response.body)) {
            const auto* failure = std::get_if<error>(&response.body);
            ADD_FAILURE() << "another kind of response: "
                          << (failure != nullptr ? failure->message() : "not an error");
            std::abort();
        }
        return std::get<Body>(std::move(response.body));
    }
    /// The text of the only cell.
    bytes expect_text() { return expect<protocol::rows_response>().content.substr(4); }
    bytes query(const std::string& text) {
        send(1, protocol::query_request{text, {}});
        return expect_text();
    }
    bool is_closed() { return !receive(); }

    std::int16_t last_stream = 0;

  private:
    using string_options = protocol::string_map;
    boost::asio::io_context _context;
    tcp::socket _socket;
    version _version = version::v5;
    protocol::frame_writer _writer{protocol::direction::request};
    protocol::frame_reader _reader{protocol::direction::response};
};

class server_test : public testing::Test {
  protected:
    server_test() { restart({}); }
    ~server_test() override { stop(); }

    void restart(server_options options) {
        stop();
        options.listen = {"127.0.0.1", 0};
        options.metrics = {"127.0.0.1", 0};
        _server = make_server(shards, engine, schema, std::move(options));
        const auto started = _server->start();
        ASSERT_TRUE(started) << started.error().message();
    }
    void stop() {
        if (!_server) return;
        runtime::run_blocking(shards.at(0), [this] { return _server->stop(); });
        _server.reset();
    }
    const endpoint& where() const { return _server->listening(); }

    std::string http(std::string_view request) {
        boost::asio::io_context context;
        tcp::socket socket(context);
        const auto& at = _server->metrics_listening();
        socket.connect({boost::asio::ip::make_address(at.host), at.port});
        boost::system::error_code end;
        boost::asio::write(socket, boost::asio::buffer(request), end);
        std::string answer;
        boost::asio::read(socket, boost::asio::dynamic_buffer(answer), end);
        return answer;
    }

    runtime::shard_group shards{2};
    fake_engine engine;
    fake_catalog schema;
    std::unique_ptr<server> _server;
};

struct setting {
    version v;
    compression how;
};
constexpr setting all_settings[] = {
    {version::v3, compression::none}, {version::v4, compression::none},
    {version::v4, compression::lz4},  {version::v4, compression::snappy},
    {version::v5, compression::none}, {version::v5, compression::lz4},
};

TEST_F(server_test, every_version_and_compression) {
    for (const auto& [v, how] : all_settings) {
        client c(where());
        c.startup(v, how);
        EXPECT_EQ(c.query("ECHO hello"), "hello");
        EXPECT_EQ(c.query("BIG 1000000"), bytes(1000000, 'b'));
        EXPECT_EQ(c.query("ECHO " + bytes(300000, 'q')), bytes(300000, 'q'));
    }
}

TEST_F(server_test, options_before_and_after_startup) {
    client c(where());
    c.use_version(version::v4);
    c.send(7, protocol::options_request{});
    const auto supported = c.expect<protocol::supported_response>();
    EXPECT_EQ(c.last_stream, 7);
    EXPECT_EQ(supported.options,
              (protocol::string_multimap{{"COMPRESSION", {"snappy", "lz4"}},
                                         {"CQL_VERSION", {"3.4.7"}},
                                         {"PROTOCOL_VERSIONS", {"3/v3", "4/v4", "5/v5"}}}));
    c.startup(version::v4);
    c.send(8, protocol::options_request{});
    c.expect<protocol::supported_response>();
}

TEST_F(server_test, connections_are_dealt_to_all_shards) {
    std::set<bytes> seen;
    for (int i = 0; i < 4; ++i) {
        client c(where());
        c.startup(version::v5);
        seen.insert(c.query("SHARD"));
    }
    EXPECT_EQ(seen, (std::set<bytes>{"0", "1"}));
}

TEST_F(server_test, many_streams_finish_out_of_order) {
    for (const auto v : {version::v4, version::v5}) {
        client c(where());
        c.startup(v);
        constexpr std::int16_t count = 200;
        for (std::int16_t stream = 0; stream < count; ++stream) {
            const auto wait = (count - stream) * 2;
            c.add(stream, protocol::query_request{fmt::format("SLEEP {}", wait), {}});
        }
        c.send_raw(c.taken());
        std::set<std::int16_t> streams;
        std::int16_t first = -1;
        for (int i = 0; i < count; ++i) {
            const auto text = c.expect_text();
            EXPECT_EQ(text, std::to_string((count - c.last_stream) * 2));
            streams.insert(c.last_stream);
            if (first < 0) first = c.last_stream;
        }
        EXPECT_EQ(streams.size(), static_cast<std::size_t>(count));
        EXPECT_GT(first, count / 2);
    }
}

TEST_F(server_test, a_slow_request_does_not_hold_up_others) {
    client c(where());
    c.startup(version::v5);
    c.send(1, protocol::query_request{"SLEEP 1000", {}});
    c.send(2, protocol::query_request{"ECHO quick", {}});
    EXPECT_EQ(c.expect_text(), "quick");
    EXPECT_EQ(c.last_stream, 2);
    EXPECT_EQ(c.expect_text(), "1000");
}

TEST_F(server_test, requests_in_pieces_of_one_byte) {
    for (const auto& [v, how] : all_settings) {
        client c(where());
        c.startup(v, how);
        c.add(3, protocol::query_request{"ECHO one", {}});
        c.add(4, protocol::query_request{"ECHO two", {}});
        for (const char each : c.taken()) c.send_raw({&each, 1});
        EXPECT_EQ(c.expect_text(), "one");
        EXPECT_EQ(c.expect_text(), "two");
    }
}

TEST_F(server_test, prepared_statements) {
    for (const auto v : {version::v3, version::v4, version::v5}) {
        client c(where());
        c.startup(v);
        c.send(1, protocol::prepare_request{"known", {}});
        const auto prepared = c.expect<protocol::prepared_response>();
        EXPECT_EQ(prepared.id, "known");
        EXPECT_EQ(prepared.result_metadata_id, v == version::v5 ? "metadata-id" : "");
        ASSERT_EQ(prepared.markers.size(), 1u);
        ASSERT_EQ(prepared.metadata.columns.size(), 1u);

        protocol::execute_request execute{"known", prepared.result_metadata_id, {}};
        execute.parameters.values = {{protocol::value::kind::value, "bound"}};
        execute.parameters.skip_metadata = true;
        c.send(2, execute);
        const auto rows = c.expect<protocol::rows_response>();
        EXPECT_EQ(rows.content.substr(4), "bound");
        EXPECT_EQ(rows.metadata.paging_state, "more");
        EXPECT_TRUE(rows.metadata.columns.empty());

        execute.id = "forgotten";
        c.send(3, execute);
        const auto failure = c.expect<error>();
        EXPECT_EQ(failure.code(), error_code::unprepared);
        EXPECT_EQ(std::get<unprepared_fields>(failure.fields()).statement_id, "forgotten");
    }
}

TEST_F(server_test, stale_metadata_is_replaced) {
    client c(where());
    c.startup(version::v5);
    protocol::execute_request execute{"known", "stale", {}};
    execute.parameters.values = {{protocol::value::kind::value, "x"}};
    execute.parameters.skip_metadata = true;
    c.send(1, execute);
    const auto rows = c.expect<protocol::rows_response>();
    EXPECT_EQ(rows.metadata.new_metadata_id, "metadata-id");
    EXPECT_EQ(rows.metadata.columns.size(), 1u);
}

TEST_F(server_test, batch) {
    client c(where());
    c.startup(version::v5);
    protocol::batch_request batch;
    batch.entries.resize(2);
    batch.entries[0].statement = "INSERT";
    batch.entries[1].what = protocol::batch_request::entry::kind::prepared;
    batch.entries[1].statement = "id";
    c.send(1, batch);
    c.expect<protocol::void_response>();
}

TEST_F(server_test, use_sets_the_keyspace_of_this_connection_only) {
    client one(where()), other(where());
    one.startup(version::v4);
    other.startup(version::v4);
    one.send(1, protocol::query_request{"USE mine", {}});
    EXPECT_EQ(one.expect<protocol::set_keyspace_response>().keyspace, "mine");
    EXPECT_EQ(one.query("KEYSPACE"), "mine");
    EXPECT_EQ(other.query("KEYSPACE"), "");
}

TEST_F(server_test, errors_and_warnings) {
    client c(where());
    c.startup(version::v4);
    c.send(1, protocol::query_request{"FAIL f", {}});
    const auto failure = c.expect<error>();
    EXPECT_EQ(failure.code(), error_code::function_failure);
    EXPECT_EQ(std::get<function_failure_fields>(failure.fields()).function, "f");
    c.send(1, protocol::query_request{"NONSENSE", {}});
    EXPECT_EQ(c.expect<error>().code(), error_code::syntax_error);
    c.send(1, protocol::query_request{"WARN careful", {}});
    EXPECT_EQ(c.receive_response().warnings, std::vector<std::string>{"careful"});
    c.send(1, protocol::query_request{"THROW", {}});
    EXPECT_EQ(c.expect<error>().code(), error_code::server_error);
    EXPECT_EQ(c.query("ECHO still here"), "still here");
}

TEST_F(server_test, events_reach_the_registered_on_every_shard) {
    std::deque<client> clients;
    for (int i = 0; i < 4; ++i) {
        auto& c = clients.emplace_back(where());
        c.startup(i % 2 == 0 ? version::v4 : version::v5);
        if (i == 3) continue;
        c.send(1, protocol::register_request{{"SCHEMA_CHANGE", "STATUS_CHANGE"}});
        c.expect<protocol::ready_response>();
    }
    schema.change(
        shards,
        {schema::change::kind::created, schema::change::target::function, "ks", "f", {"int"}});
    _server->publish(protocol::status_change{"UP", bytes("\x7f\0\0\1", 4), 9042});
    for (int i = 0; i < 3; ++i) {
        auto& c = clients[static_cast<std::size_t>(i)];
        const auto told = std::get<protocol::schema_change>(c.expect<protocol::event>());
        EXPECT_EQ(told, (protocol::schema_change{"CREATED", "FUNCTION", "ks", "f", {"int"}}));
        EXPECT_EQ(c.last_stream, -1);
        EXPECT_EQ(std::get<protocol::status_change>(c.expect<protocol::event>()).change, "UP");
    }
    EXPECT_EQ(clients[3].query("ECHO nothing came"), "nothing came");
}

TEST_F(server_test, startup_is_checked) {
    const auto refused = [&](version v, protocol::string_map options, std::string_view why) {
        client c(where());
        c.use_version(v);
        c.send(5, protocol::startup_request{std::move(options)});
        const auto failure = c.expect<error>();
        EXPECT_EQ(failure.code(), error_code::protocol_error);
        EXPECT_NE(failure.message().find(why), std::string::npos) << failure.message();
        // The connection is sound: a better STARTUP goes through.
        c.startup(v);
    };
    refused(version::v4, {}, "Missing value CQL_VERSION");
    refused(version::v4, {{"CQL_VERSION", "2.0.0"}}, "CQL version 2.0.0");
    refused(version::v4, {{"CQL_VERSION", "3.0.0"}, {"COMPRESSION", "zip"}},
            "Unknown compression algorithm: zip");
    refused(version::v4, {{"CQL_VERSION", "3.0.0"}, {"COMPRESSION", ""}},
            "Unknown compression algorithm: ");
    refused(version::v4, {{"CQL_VERSION", "three"}}, "Invalid version value: three");
    refused(version::v5, {{"CQL_VERSION", "3.0.0"}, {"COMPRESSION", "snappy"}},
            "Snappy compression is not supported in protocol V5");
}

TEST_F(server_test, messages_at_the_wrong_time) {
    client c(where());
    c.use_version(version::v4);
    c.send(1, protocol::query_request{"ECHO x", {}});
    EXPECT_EQ(c.expect<error>().message(),
              "Unexpected message QUERY, expecting STARTUP or OPTIONS");
    c.startup(version::v4);
    c.send(2, protocol::startup_request{{{"CQL_VERSION", "3.0.0"}}});
    EXPECT_EQ(c.expect<error>().code(), error_code::protocol_error);
    c.send(3, protocol::auth_response_request{"x"});
    EXPECT_EQ(c.expect<error>().code(), error_code::protocol_error);
    c.send(4, protocol::register_request{{"NO_SUCH_CHANGE"}});
    EXPECT_EQ(c.expect<error>().message(), "Invalid value 'NO_SUCH_CHANGE' for Type");
    c.send(5, protocol::register_request{{"schema_change", "Status_Change"}});
    c.expect<protocol::ready_response>();
    EXPECT_EQ(c.query("ECHO fine"), "fine");
}

TEST_F(server_test, unsupported_versions) {
    client c(where());
    c.send_raw(*from_hex("4200002a0500000000"));
    const auto failure = c.expect<error>();
    EXPECT_EQ(c.last_stream, 42);
    EXPECT_EQ(failure.message(),
              "Invalid or unsupported protocol version (66); supported versions are (3/v3, 4/v4, "
              "5/v5)");
    EXPECT_TRUE(c.is_closed());

    client old(where());
    old.send_raw(*from_hex("0200000100000000"));
    char head[8];
    boost::asio::read(old.socket(), boost::asio::buffer(head));
    EXPECT_EQ(to_hex({head, 5}), "8200000000");
}

TEST_F(server_test, broken_framing_closes_this_connection_only) {
    client bystander(where());
    bystander.startup(version::v5);
    const auto broken = [&](version v, compression how, bytes raw) {
        client c(where());
        c.startup(v, how);
        c.send_raw(raw);
        EXPECT_EQ(c.expect<error>().code(), error_code::protocol_error);
        EXPECT_TRUE(c.is_closed());
        EXPECT_EQ(bystander.query("ECHO lives"), "lives");
    };
    broken(version::v4, compression::none, *from_hex("040000010710000001"));  // too long
    broken(version::v4, compression::none,
           *from_hex("04000001"
                     "07"
                     "ffffffff"));                                              // negative
    broken(version::v4, compression::none, *from_hex("050000010500000000"));    // other version
    broken(version::v4, compression::none, *from_hex("840000010500000000"));    // a response
    broken(version::v4, compression::none, *from_hex("040100010700000001ff"));  // compressed
    broken(version::v4, compression::lz4,
           *from_hex("040100010700000005"
                     "0fffffff00"));
    broken(version::v4, compression::snappy,
           *from_hex("040100010700000003"
                     "ffffff"));
    broken(version::v5, compression::none, *from_hex("090002a4c8c20500000005000000001086284d"));
    broken(version::v5, compression::none, *from_hex("090002a4c8c10500000005000000001086284e"));
    broken(version::v5, compression::lz4, *from_hex("0900000004c2b9950500000005000000001086284d"));
    broken(version::v5, compression::none, bytes(100, 'G'));
}

TEST_F(server_test, a_wrong_length_inside_a_frame_is_answered_on_its_stream) {
    client c(where());
    c.startup(version::v4);
    c.send_raw(
        *from_hex("0400000907"
                  "00000008"
                  "000000ff"
                  "41424344"));
    EXPECT_EQ(c.expect<error>().code(), error_code::protocol_error);
    EXPECT_EQ(c.last_stream, 9);
    c.send_raw(
        *from_hex("0400000a77"
                  "00000000"));  // no such opcode
    EXPECT_EQ(c.expect<error>().code(), error_code::protocol_error);
    EXPECT_EQ(c.query("ECHO fine"), "fine");
}

TEST_F(server_test, an_unfinished_frame_and_a_closed_socket) {
    {
        client c(where());
        c.startup(version::v4);
        c.send_raw(*from_hex("04000009070fffffff0000"));
    }
    {
        client c(where());
        c.startup(version::v5);
        c.send(1, protocol::query_request{"SLEEP 50", {}});
    }
    std::this_thread::sleep_for(100ms);
    client c(where());
    c.startup(version::v5);
    EXPECT_EQ(c.query("ECHO fine"), "fine");
}

TEST_F(server_test, half_closed_clients_get_their_answers) {
    client c(where());
    c.startup(version::v5);
    c.send(1, protocol::query_request{"SLEEP 50", {}});
    c.socket().shutdown(tcp::socket::shutdown_send);
    EXPECT_EQ(c.expect_text(), "50");
    EXPECT_TRUE(c.is_closed());
}

TEST_F(server_test, random_bytes) {
    std::mt19937 random(7);
    for (int round = 0; round < 150; ++round) {
        const auto& [v, how] = all_settings[static_cast<std::size_t>(round) % 6];
        client c(where());
        if (round % 2 == 0) c.startup(v, how);
        auto raw = c.framed(1, protocol::query_request{"ECHO hello", {}});
        if (round % 3 == 0) raw.assign(random() % 300, 'x');
        for (int flips = 0; flips < 4 && !raw.empty(); ++flips) {
            raw[random() % raw.size()] = static_cast<char>(random());
        }
        c.send_raw(raw);
        c.socket().shutdown(tcp::socket::shutdown_send);
        while (c.receive()) {
        }
    }
    client c(where());
    c.startup(version::v5);
    EXPECT_EQ(c.query("ECHO fine"), "fine");
}

TEST_F(server_test, a_client_that_does_not_read_is_not_served_without_end) {
    server_options options;
    options.response_bytes_waiting_max = 1 << 20;
    options.requests_in_flight_max = 4;
    restart(std::move(options));
    client c(where());
    c.startup(version::v4);
    const auto before = engine.statements.load();
    constexpr int count = 200;
    std::thread writer([&] {
        for (int i = 0; i < count; ++i) c.send(1, protocol::query_request{"BIG 500000", {}});
    });
    std::this_thread::sleep_for(500ms);
    EXPECT_LT(engine.statements.load() - before, 100u);
    for (int i = 0; i < count; ++i) EXPECT_EQ(c.expect_text().size(), 500000u);
    writer.join();
    EXPECT_EQ(engine.statements.load() - before, static_cast<unsigned>(count));
}

TEST_F(server_test, requests_in_flight_are_bounded) {
    server_options options;
    options.requests_in_flight_max = 3;
    restart(std::move(options));
    client c(where());
    c.startup(version::v5);
    const auto before = engine.statements.load();
    for (std::int16_t i = 0; i < 10; ++i) c.add(i, protocol::query_request{"SLEEP 200", {}});
    c.send_raw(c.taken());
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(engine.statements.load() - before, 3u);
    for (int i = 0; i < 10; ++i) c.expect_text();
}

TEST_F(server_test, connections_are_bounded) {
    server_options options;
    options.connections_max = 1;
    restart(std::move(options));
    client first(where());
    first.startup(version::v5);
    client second(where());
    EXPECT_TRUE(second.is_closed());
    EXPECT_EQ(first.query("ECHO fine"), "fine");
}

TEST_F(server_test, stop_answers_what_is_in_flight) {
    client c(where());
    c.startup(version::v5);
    c.send(1, protocol::query_request{"SLEEP 200", {}});
    std::this_thread::sleep_for(50ms);
    std::thread stopper([this] { stop(); });
    EXPECT_EQ(c.expect_text(), "200");
    EXPECT_TRUE(c.is_closed());
    stopper.join();
}

TEST_F(server_test, stop_does_not_wait_for_clients_that_do_not_read) {
    server_options options;
    options.stop_grace_ms = 200ms;
    restart(std::move(options));
    client c(where());
    c.startup(version::v4);
    for (int i = 0; i < 8; ++i) c.send(1, protocol::query_request{"BIG 4000000", {}});
    std::this_thread::sleep_for(100ms);
    const auto began = std::chrono::steady_clock::now();
    stop();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
}

TEST_F(server_test, a_port_in_use_is_named) {
    server_options options;
    options.listen = where();
    options.metrics = {"127.0.0.1", 0};
    fake_catalog other_schema;
    auto second = make_server(shards, engine, other_schema, options);
    const auto started = second->start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().message(),
              fmt::format("can't listen on 127.0.0.1:{} for CQL clients: Address already in use "
                          "(does another server run here?)",
                          where().port));
}

TEST_F(server_test, metrics_page) {
    auto registry = std::make_shared<prometheus::Registry>();
    prometheus::BuildCounter()
        .Name("extra_total")
        .Help("x")
        .Register(*registry)
        .Add({})
        .Increment();
    server_options options;
    options.collectables = {registry};
    restart(std::move(options));
    client c(where());
    c.startup(version::v5);
    c.query("ECHO x");
    c.send(1, protocol::query_request{"NONSENSE", {}});
    c.expect<error>();
    const auto page = http("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(page.starts_with("HTTP/1.1 200 OK\r\n")) << page;
    for (const std::string_view line :
         {"nacre_requests_total{opcode=\"QUERY\"} 2", "nacre_errors_total{code=\"0x2000\"} 1",
          "nacre_request_duration_seconds_count 2", "nacre_connections 1", "extra_total 1",
          "nacre_loop_turn_duration_seconds_bucket{shard=\"1\",le=\"+Inf\"}"}) {
        EXPECT_NE(page.find(line), std::string::npos) << line << "\n" << page;
    }
    EXPECT_TRUE(http("HEAD /metrics HTTP/1.0\r\n\r\n").ends_with("\r\n\r\n"));
    EXPECT_TRUE(http("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
    EXPECT_TRUE(http("POST /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));
    EXPECT_TRUE(http("garbage\r\n\r\n").starts_with("HTTP/1.1 400"));
    EXPECT_TRUE(http(std::string(9000, 'x')).starts_with("HTTP/1.1 431"));
}

TEST(endpoint, parse) {
    EXPECT_EQ(endpoint::parse("127.0.0.1:9042")->to_string(), "127.0.0.1:9042");
    EXPECT_EQ(endpoint::parse("[::1]:80")->host, "::1");
    EXPECT_EQ(endpoint::parse("[::1]:80")->to_string(), "[::1]:80");
    EXPECT_EQ(endpoint::parse("localhost:0")->port, 0);
    for (const std::string_view bad : {"", "host", ":1", "host:", "host:x", "host:65536", "::1:80",
                                       "host:-1", "host:80x", "[]:80"}) {
        EXPECT_FALSE(endpoint::parse(bad)) << bad;
    }
}

}  // namespace
}  // namespace nacre::server

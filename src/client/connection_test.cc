#include "client/connection.h"

#include <thread>

#include <gtest/gtest.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "protocol/frame_writer.h"
#include "types/value.h"

namespace nacre::client {
namespace {

namespace asio = boost::asio;

// A server that answers one message after the other, whatever is asked.
class scripted_server {
  public:
    explicit scripted_server(std::vector<protocol::message> answers) {
        _thread = std::thread([this, answers = std::move(answers)]() mutable {
            boost::system::error_code failure;
            asio::ip::tcp::socket peer(_loop);
            _acceptor.accept(peer, failure);
            protocol::frame_reader reader(protocol::direction::request);
            for (auto& answer : answers) {
                while (true) {
                    auto next = reader.next();
                    if (!next) return;
                    if (*next) break;
                    const auto size =
                        peer.read_some(asio::buffer(reader.prepare(512).data(), 512), failure);
                    if (failure) return;
                    reader.commit(size);
                }
                protocol::frame_writer writer(protocol::direction::response);
                writer.use_version(protocol::version::v4);
                writer.add(std::move(answer));
                for (const auto& slice : writer.finish()) {
                    asio::write(peer, asio::buffer(slice.data(), slice.size()), failure);
                }
            }
        });
    }
    ~scripted_server() { _thread.join(); }

    [[nodiscard]] endpoint where() const {
        endpoint made;
        made.port = _acceptor.local_endpoint().port();
        made.request_timeout = std::chrono::milliseconds(200);
        return made;
    }

  private:
    asio::io_context _loop;
    asio::ip::tcp::acceptor _acceptor{_loop, {asio::ip::make_address("127.0.0.1"), 0}};
    std::thread _thread;
};

TEST(connection, all_pages_are_one_answer) {
    const auto text = types::type::native(types::type_kind::text);
    const std::vector<protocol::column_view> columns{{"k", "t", "word", text.get()}};
    const auto page = [&](std::string_view word, std::optional<bytes_view> more) {
        bytes content;
        protocol::append_bytes(content, bytes(word));
        return protocol::rows_message(protocol::version::v4,
                                      {.columns = columns, .paging_state = more}, 1, content);
    };
    std::vector<protocol::message> answers;
    answers.push_back(protocol::ready_message());
    answers.push_back(page("one", "state"));
    answers.push_back(page("two", std::nullopt));
    scripted_server server(std::move(answers));
    auto opened = connection::open(server.where());
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    const auto all = (*opened)->execute("SELECT word FROM k.t");
    ASSERT_TRUE(all.ok()) << all.error().message();
    ASSERT_EQ(all->rows.size(), 2U);
    EXPECT_EQ(all->rows.text(0, "word"), "one");
    EXPECT_EQ(all->rows.text(1, "word"), "two");
    EXPECT_EQ(all->rows.text(1, "absent"), std::nullopt);
}

TEST(connection, a_login_is_asked_for_when_the_server_wants_one) {
    std::vector<protocol::message> answers;
    answers.push_back(protocol::authenticate_message("PasswordAuthenticator"));
    scripted_server server(std::move(answers));
    const auto opened = connection::open(server.where());
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), error_code::bad_credentials);
    EXPECT_NE(opened.error().message().find("--user"), std::string::npos);
}

TEST(connection, nobody_there) {
    endpoint where;
    where.port = 1;
    const auto opened = connection::open(where);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), error_code::unavailable);
    EXPECT_NE(opened.error().message().find("127.0.0.1:1"), std::string::npos);
}

TEST(connection, a_server_that_says_nothing_does_not_hold_us) {
    asio::io_context loop;
    asio::ip::tcp::acceptor silent(loop, {asio::ip::make_address("127.0.0.1"), 0});
    endpoint where;
    where.port = silent.local_endpoint().port();
    where.request_timeout = std::chrono::milliseconds(20);
    const auto opened = connection::open(where);
    ASSERT_FALSE(opened.ok());
    EXPECT_NE(opened.error().message().find("no answer"), std::string::npos);
}

}  // namespace
}  // namespace nacre::client

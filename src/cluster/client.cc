#include "cluster/client.h"

#include <utility>

#include <nacre-parts/cluster.h>
#include <boost/asio/post.hpp>

#include "base/error.h"
#include "protocol/type_option.h"
#include "runtime/shard.h"

namespace nacre::cluster {

struct prepared_handle {
    rust::Box<driver::Prepared> box;
};
struct reply_handle {
    rust::Box<driver::Reply> box;
    runtime::memory_account::share memory;
    status fits;
};

namespace {

using reply_ptr = std::shared_ptr<reply_handle>;

rust::Slice<const std::uint8_t> slice_of(bytes_view from) {
    return {reinterpret_cast<const std::uint8_t*>(from.data()), from.size()};
}
rust::Str text_of(const std::string& from) {
    return {from.data(), from.size()};
}
template <typename Bytes>
bytes_view view_of(const Bytes& from) {
    return {reinterpret_cast<const char*>(from.data()), from.size()};
}

// Takes an answer to the shard that waits for it.
template <typename Resume>
class waiting_shard final : public driver::Completion {
  public:
    waiting_shard(Resume resume, runtime::memory_account& memory)
        : _shard(runtime::this_shard()), _memory(memory), _resume(std::move(resume)) {}

    void take(rust::Box<driver::Reply> reply) noexcept override {
        const auto size = reply->content().size();
        auto held = std::make_unique<reply_handle>(std::move(reply),
                                                   runtime::memory_account::share(_memory));
        held->fits = held->memory.resize(size);
        boost::asio::post(_shard.context(),
                          [resume = std::move(_resume), held = std::move(held)]() mutable {
                              std::move(resume)(std::move(held));
                          });
    }

  private:
    runtime::shard& _shard;
    runtime::memory_account& _memory;
    Resume _resume;
};

// Starts a request with the completion that it is given, and waits for its answer.
template <typename Start>
runtime::task<std::unique_ptr<reply_handle>> wait_for(const Start& start,
                                                      runtime::memory_account& memory) {
    const auto whose = runtime::current_work();
    auto answer = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>,
                                                       void(std::unique_ptr<reply_handle>)>(
        [](auto resume, const Start* begin, runtime::memory_account* account) {
            (*begin)(
                std::make_unique<waiting_shard<decltype(resume)>>(std::move(resume), *account));
        },
        boost::asio::use_awaitable, &start, &memory);
    co_await runtime::come_back(whose);
    co_return answer;
}

error_fields fields_of(const driver::Failure& from, error_code code) {
    switch (code) {
        case error_code::already_exists:
            return already_exists_fields{std::string(from.keyspace), std::string(from.name)};
        case error_code::function_failure: {
            function_failure_fields fields{std::string(from.keyspace), std::string(from.name), {}};
            for (const auto& type : from.argument_types) fields.argument_types.emplace_back(type);
            return fields;
        }
        case error_code::unavailable:
        case error_code::read_timeout:
        case error_code::write_timeout:
        case error_code::read_failure:
        case error_code::write_failure: {
            timeout_fields fields;
            fields.consistency = from.consistency;
            fields.received = from.received;
            fields.required = from.required;
            fields.data_present = from.data_present;
            fields.write_type = std::string(from.write_type);
            // Which nodes failed, and why, is not told in the protocol's version 4.
            fields.failures.resize(static_cast<std::size_t>(std::max(from.failures, 0)),
                                   {bytes(4, '\0'), 0});
            return fields;
        }
        default:
            return {};
    }
}

bool is_known(std::int32_t code) {
    constexpr std::array known = {
        error_code::server_error,   error_code::protocol_error,   error_code::bad_credentials,
        error_code::unavailable,    error_code::overloaded,       error_code::is_bootstrapping,
        error_code::truncate_error, error_code::write_timeout,    error_code::read_timeout,
        error_code::read_failure,   error_code::function_failure, error_code::write_failure,
        error_code::syntax_error,   error_code::unauthorized,     error_code::invalid,
        error_code::config_error,   error_code::already_exists,
    };
    return std::ranges::find(known, static_cast<error_code>(code)) != known.end();
}

status outcome_of(const reply_handle& answer) {
    NACRE_CHECK(answer.fits);
    const auto failure = answer.box->failure();
    if (!failure.failed) return {};
    const auto code =
        is_known(failure.code) ? static_cast<error_code>(failure.code) : error_code::server_error;
    return error(code, std::string(failure.message), fields_of(failure, code));
}

result<std::vector<protocol::column>> columns_of(const rust::Vec<driver::Column>& from) {
    std::vector<protocol::column> columns;
    for (const auto& each : from) {
        NACRE_TRY(auto type, protocol::from_class_name(std::string(each.type_class)));
        columns.push_back({std::string(each.keyspace), std::string(each.table),
                           std::string(each.name), std::move(type)});
    }
    return columns;
}

driver::Request request_of(const request_terms& terms) {
    return {terms.consistency,
            terms.serial_consistency,
            terms.page_size,
            slice_of(terms.paging_state),
            terms.timestamp_us.has_value(),
            terms.timestamp_us.value_or(0),
            terms.tracing,
            terms.idempotent,
            terms.range_token.has_value(),
            terms.range_token.value_or(data::token()).value};
}

class driver_client final : public client {
  public:
    driver_client(rust::Box<driver::Client> handle, accounting counted)
        : _handle(std::move(handle)), _counted(counted) {}

    runtime::task<result<reply>> query(std::string keyspace, std::string text,
                                       request_terms terms) override {
        const auto start = [&](std::unique_ptr<driver::Completion> done) {
            _handle->query(text_of(keyspace), text_of(text), request_of(terms), std::move(done));
        };
        co_return answered(co_await ask(request_kind::query, start));
    }

    runtime::task<result<prepared_ptr>> prepare(std::string keyspace, std::string text) override {
        const auto start = [&](std::unique_ptr<driver::Completion> done) {
            _handle->prepare(text_of(keyspace), text_of(text), std::move(done));
        };
        auto answer = co_await ask(request_kind::prepare, start);
        NACRE_CO_CHECK(outcome_of(*answer));
        // Types that are unknown here show when the columns are asked for.
        auto handle = std::make_unique<prepared_handle>(answer->box->take_prepared());
        NACRE_CO_CHECK(columns_of(handle->box->markers()));
        NACRE_CO_CHECK(columns_of(handle->box->columns()));
        co_return std::make_shared<const prepared>(std::move(handle));
    }

    runtime::task<result<reply>> execute(prepared_ptr statement, request_values values,
                                         request_terms terms) override {
        const auto start = [&](std::unique_ptr<driver::Completion> done) {
            _handle->execute(statement->handle(), slice_of(values.content()), request_of(terms),
                             std::move(done));
        };
        co_return answered(co_await ask(request_kind::execute, start));
    }

    runtime::task<result<reply>> batch(std::string keyspace, batch_kind kind,
                                       std::vector<batch_statement> statements,
                                       request_terms terms) override {
        auto content = driver::new_batch(static_cast<std::uint8_t>(kind));
        for (const auto& each : statements) {
            if (each.statement) {
                content->add_prepared(each.statement->handle(), slice_of(each.values.content()));
            } else {
                content->add_text(text_of(each.text));
            }
        }
        const auto start = [&](std::unique_ptr<driver::Completion> done) {
            _handle->run_batch(text_of(keyspace), *content, request_of(terms), std::move(done));
        };
        co_return answered(co_await ask(request_kind::batch, start));
    }

    runtime::task<result<ring>> ring_of(std::string keyspace, std::string table,
                                        data::token_range part) override {
        const auto start = [&](std::unique_ptr<driver::Completion> done) {
            _handle->ring_of(text_of(keyspace), text_of(table), part.after.value, part.up_to.value,
                             std::move(done));
        };
        const auto answer = co_await wait_for(start, _counted.memory);
        NACRE_CO_CHECK(outcome_of(*answer));
        ring found;
        for (const auto token : answer->box->borders()) found.borders.push_back({token});
        found.owner_count = answer->box->owner_count();
        co_return found;
    }

    nodes current_nodes() const override {
        nodes found;
        found.known = _handle->node_count();
        for (const auto& each : _handle->live_nodes()) found.live.emplace_back(each);
        return found;
    }

    runtime::task<status> check_login(std::string user, std::string password) override {
        const auto start = [&](std::unique_ptr<driver::Completion> done) {
            _handle->check_login(text_of(user), text_of(password), std::move(done));
        };
        co_return outcome_of(*co_await wait_for(start, _counted.memory));
    }

    runtime::task<result<std::shared_ptr<client>>> open_as(std::string user,
                                                           std::string password) override {
        const auto start = [&](std::unique_ptr<driver::Completion> done) {
            _handle->open_as(text_of(user), text_of(password), std::move(done));
        };
        auto answer = co_await wait_for(start, _counted.memory);
        NACRE_CO_CHECK(outcome_of(*answer));
        co_return std::make_shared<driver_client>(answer->box->take_client(), _counted);
    }

  private:
    template <typename Start>
    runtime::task<std::unique_ptr<reply_handle>> ask(request_kind kind, const Start& start) {
        const auto began = std::chrono::steady_clock::now();
        auto answer = co_await wait_for(start, _counted.memory);
        auto& figures =
            _counted.figures[runtime::this_shard().id()].requests[static_cast<std::size_t>(kind)];
        figures.durations.record(std::chrono::steady_clock::now() - began);
        if (!outcome_of(*answer)) figures.errors.add(1);
        co_return answer;
    }

    static result<reply> answered(std::unique_ptr<reply_handle> answer) {
        NACRE_CHECK(outcome_of(*answer));
        return reply(std::move(answer));
    }

    rust::Box<driver::Client> _handle;
    const accounting _counted;
};

}  // namespace

void request_values::add(bytes_view value) {
    append_big_endian(_content, static_cast<std::uint32_t>(value.size()));
    _content += value;
}

void request_values::add_null() {
    append_big_endian(_content, static_cast<std::uint32_t>(-1));
}

void request_values::add_unset() {
    append_big_endian(_content, static_cast<std::uint32_t>(-2));
}

prepared::prepared(std::unique_ptr<prepared_handle> handle) : _handle(std::move(handle)) {
    if (auto markers = columns_of(_handle->box->markers())) _markers = *std::move(markers);
    if (auto columns = columns_of(_handle->box->columns())) _columns = *std::move(columns);
    for (const auto index : _handle->box->partition_key_indices()) {
        _partition_key_indices.push_back(index);
    }
}
prepared::~prepared() = default;

const driver::Prepared& prepared::handle() const {
    return *_handle->box;
}

reply::reply(std::unique_ptr<reply_handle> handle) : _handle(std::move(handle)) {}
reply::~reply() = default;
reply::reply(reply&&) noexcept = default;
reply& reply::operator=(reply&&) noexcept = default;

bool reply::has_rows() const {
    return _handle->box->is_rows();
}

std::uint32_t reply::row_count() const {
    return static_cast<std::uint32_t>(_handle->box->row_count());
}

result<std::vector<protocol::column>> reply::columns() const {
    return columns_of(_handle->box->result_columns());
}

bool reply::has_columns_of(const prepared& statement) const {
    return _handle->box->has_columns_of(statement.handle());
}

bytes_view reply::content() const {
    return view_of(_handle->box->content());
}

std::optional<bytes> reply::paging_state() const {
    if (!_handle->box->has_more()) return std::nullopt;
    return bytes(view_of(_handle->box->paging_state()));
}

std::vector<std::string> reply::warnings() const {
    std::vector<std::string> texts;
    for (const auto& each : _handle->box->warnings()) texts.emplace_back(each);
    return texts;
}

std::optional<uuid> reply::tracing_id() const {
    const auto id = _handle->box->tracing_id();
    if (id.size() != 16) return std::nullopt;
    return uuid::from_bytes(view_of(id));
}

result<client_ptr> connect(const client_options& options, accounting counted) {
    driver::Options given;
    for (const auto& each : options.contact_points) given.contact_points.push_back(each);
    given.user = options.user;
    given.password = options.password;
    given.tls = options.tls;
    given.tls_ca = options.tls_ca;
    given.tls_certificate = options.tls_certificate;
    given.tls_key = options.tls_key;
    given.data_center = options.data_center;
    given.threads = options.threads;
    given.connections_per_node = options.connections_per_node;
    given.range_reads_per_node = options.range_reads_per_node;
    given.request_timeout_ms = options.request_timeout_ms;
    given.speculative_after_ms = options.speculative_after_ms;
    try {
        return client_ptr(std::make_shared<driver_client>(driver::connect(given), counted));
    } catch (const rust::Error& failure) {
        return server_error("can't connect to the cluster: {}", failure.what());
    }
}

}  // namespace nacre::cluster

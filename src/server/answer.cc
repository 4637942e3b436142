#include "server/answer.h"

#include <array>
#include <iterator>

namespace nacre::server {

namespace {

using protocol::message;
using protocol::version;

std::vector<query::bound_value> to_bound(std::vector<protocol::value> values) {
    std::vector<query::bound_value> bound;
    bound.reserve(values.size());
    for (auto& each : values) {
        auto what = query::bound_value::kind::null;
        if (each.what == protocol::value::kind::value) what = query::bound_value::kind::value;
        if (each.what == protocol::value::kind::unset) what = query::bound_value::kind::unset;
        bound.push_back({what, std::move(each.data)});
    }
    return bound;
}

query::query_options to_options(protocol::query_parameters p) {
    query::query_options options;
    options.consistency = p.consistency;
    options.serial_consistency = p.serial_consistency;
    options.values = to_bound(std::move(p.values));
    options.value_names = std::move(p.value_names);
    options.skip_metadata = p.skip_metadata;
    options.page_size = p.page_size;
    options.paging_state = std::move(p.paging_state);
    options.default_timestamp_us = p.default_timestamp_us;
    options.now_seconds = p.now_seconds;
    options.keyspace = std::move(p.keyspace);
    return options;
}

std::vector<query::batch_entry> to_entries(std::vector<protocol::batch_request::entry> from) {
    std::vector<query::batch_entry> entries;
    entries.reserve(from.size());
    for (auto& each : from) {
        auto& entry = entries.emplace_back();
        if (each.what == protocol::batch_request::entry::kind::prepared) {
            entry.statement.emplace<0>(std::move(each.statement));
        } else {
            entry.statement.emplace<1>(std::move(each.statement));
        }
        entry.values = to_bound(std::move(each.values));
    }
    return entries;
}

query::batch_kind to_kind(protocol::batch_type type) {
    switch (type) {
        case protocol::batch_type::logged:
            return query::batch_kind::logged;
        case protocol::batch_type::unlogged:
            return query::batch_kind::unlogged;
        case protocol::batch_type::counter:
            return query::batch_kind::counter;
    }
    return query::batch_kind::logged;
}

std::vector<protocol::column_view> views_of(const std::vector<query::column_specification>& from) {
    std::vector<protocol::column_view> views;
    views.reserve(from.size());
    for (const auto& each : from) {
        views.push_back({each.keyspace, each.table, each.name, each.type.get()});
    }
    return views;
}

enum class metadata_wish : std::uint8_t { send, skip };

message encode_rows(version v, query::rows_result rows, metadata_wish wish) {
    const auto columns = views_of(rows.metadata->columns);
    protocol::rows_head head{columns};
    head.skip_metadata = wish == metadata_wish::skip;
    if (rows.paging_state) head.paging_state = *rows.paging_state;
    if (rows.metadata_changed) head.new_metadata_id = rows.metadata->id;
    return protocol::rows_message(v, head, rows.row_count, std::move(rows.content));
}

message encode(version v, query::response response, query::session_state& session,
               metadata_wish wish) {
    message m;
    if (auto* rows = std::get_if<query::rows_result>(&response.body)) {
        m = encode_rows(v, std::move(*rows), wish);
    } else if (auto* use = std::get_if<query::set_keyspace_result>(&response.body)) {
        session.keyspace = use->keyspace;
        m = protocol::set_keyspace_message(use->keyspace);
    } else if (auto* changed = std::get_if<query::schema_change_result>(&response.body)) {
        m = protocol::schema_change_message(v, to_protocol(changed->change));
    } else {
        m = protocol::void_message();
    }
    protocol::add_warnings(v, m, response.warnings);
    return m;
}

message encode(version v, const query::prepared_response& prepared) {
    const auto markers = views_of(prepared.markers);
    std::vector<protocol::column_view> columns;
    bytes metadata_id;
    if (prepared.metadata) {
        columns = views_of(prepared.metadata->columns);
        metadata_id = prepared.metadata->id;
    }
    return protocol::prepared_message(
        v, {prepared.id, metadata_id, markers, prepared.partition_key_indices, columns});
}

std::string consistency_name(std::uint16_t level) {
    constexpr std::array<std::string_view, 11> names = {
        "ANY",          "ONE",         "TWO",    "THREE",        "QUORUM",   "ALL",
        "LOCAL_QUORUM", "EACH_QUORUM", "SERIAL", "LOCAL_SERIAL", "LOCAL_ONE"};
    return level < names.size() ? std::string(names[level]) : fmt::format("{}", level);
}

void describe_parameters(query::trace& traced, const protocol::query_parameters& parameters) {
    traced.describe("consistency_level", consistency_name(parameters.consistency));
    traced.describe("serial_consistency_level", consistency_name(parameters.serial_consistency));
    if (parameters.page_size > 0) {
        traced.describe("page_size", fmt::format("{}", parameters.page_size));
    }
}

}  // namespace

runtime::task<result<message>> answer(query::engine& engine, query::session_state& session,
                                      version v, protocol::request request,
                                      answer_context context) {
    const auto& traced = context.traced;
    const auto told = [&context](query::query_options options) {
        options.traced = context.traced;
        options.until = context.until;
        options.memory = context.memory;
        return options;
    };
    auto wish = metadata_wish::send;
    const auto note_wish = [&wish](const protocol::query_parameters& p) {
        if (p.skip_metadata) wish = metadata_wish::skip;
    };
    if (auto* query = std::get_if<protocol::query_request>(&request)) {
        note_wish(query->parameters);
        auto options = told(to_options(std::move(query->parameters)));
        auto done = co_await engine.execute(session, std::move(query->text), std::move(options));
        if (!done) co_return std::move(done).error();
        co_return encode(v, std::move(*done), session, wish);
    }
    if (auto* execute = std::get_if<protocol::execute_request>(&request)) {
        note_wish(execute->parameters);
        auto options = told(to_options(std::move(execute->parameters)));
        auto done = co_await engine.execute_prepared(session, std::move(execute->id),
                                                     std::move(execute->result_metadata_id),
                                                     std::move(options));
        if (!done) co_return std::move(done).error();
        co_return encode(v, std::move(*done), session, wish);
    }
    if (auto* prepare = std::get_if<protocol::prepare_request>(&request)) {
        if (traced) traced->add("Parsing and preparing " + prepare->text);
        auto done = co_await engine.prepare(session, std::move(prepare->text),
                                            std::move(prepare->keyspace));
        if (!done) co_return std::move(done).error();
        co_return encode(v, *done);
    }
    if (auto* batch = std::get_if<protocol::batch_request>(&request)) {
        auto options = told(to_options(std::move(batch->parameters)));
        auto done = co_await engine.execute_batch(session, to_kind(batch->type),
                                                  to_entries(std::move(batch->entries)),
                                                  std::move(options));
        if (!done) co_return std::move(done).error();
        co_return encode(v, std::move(*done), session, wish);
    }
    co_return server_error("a request without an executor");
}

query::trace_ptr begin_trace(const protocol::request& request, std::string client) {
    const auto begin = [&](const char* what, const char* command) {
        return std::make_shared<query::trace>(what, command, std::move(client));
    };
    query::trace_ptr traced;
    if (const auto* query = std::get_if<protocol::query_request>(&request)) {
        traced = begin("Execute CQL3 query", "QUERY");
        traced->describe("query", query->text);
        describe_parameters(*traced, query->parameters);
    } else if (const auto* execute = std::get_if<protocol::execute_request>(&request)) {
        traced = begin("Execute CQL3 prepared query", "QUERY");
        describe_parameters(*traced, execute->parameters);
    } else if (const auto* prepare = std::get_if<protocol::prepare_request>(&request)) {
        traced = begin("Preparing CQL3 query", "QUERY");
        traced->describe("query", prepare->text);
    } else if (const auto* batch = std::get_if<protocol::batch_request>(&request)) {
        traced = begin("Execute batch of CQL3 queries", "QUERY");
        describe_parameters(*traced, batch->parameters);
    }
    return traced;
}

protocol::schema_change to_protocol(const schema::change& change) {
    protocol::schema_change told;
    switch (change.what) {
        case schema::change::kind::created:
            told.change = "CREATED";
            break;
        case schema::change::kind::updated:
            told.change = "UPDATED";
            break;
        case schema::change::kind::dropped:
            told.change = "DROPPED";
            break;
    }
    switch (change.on) {
        case schema::change::target::keyspace:
            told.target = "KEYSPACE";
            break;
        case schema::change::target::table:
            told.target = "TABLE";
            break;
        case schema::change::target::type:
            told.target = "TYPE";
            break;
        case schema::change::target::function:
            told.target = "FUNCTION";
            break;
        case schema::change::target::aggregate:
            told.target = "AGGREGATE";
            break;
    }
    told.keyspace = change.keyspace;
    told.name = change.name;
    told.argument_types = change.argument_types;
    return told;
}

message supported_options() {
    return protocol::supported_message(
        {{"CQL_VERSION", {"3.4.7"}},
         {"COMPRESSION", {"snappy", "lz4"}},
         {"PROTOCOL_VERSIONS",
          {std::begin(protocol::supported_versions), std::end(protocol::supported_versions)}}});
}

}  // namespace nacre::server

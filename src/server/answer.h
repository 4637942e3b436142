#pragma once

#include "protocol/frame.h"
#include "protocol/request.h"
#include "protocol/response.h"
#include "query/engine.h"
#include "runtime/task.h"
#include "schema/snapshot.h"

namespace nacre::server {

/// What an execution needs besides the request.
struct answer_context {
    query::trace_ptr traced;                           ///< null if nobody asked
    runtime::cancellation_ptr until;                   ///< ends it early
    runtime::memory_account::share* memory = nullptr;  ///< of the request; outlives it
};

/// Executes a QUERY, PREPARE, EXECUTE or BATCH and frames what comes of it, without a stream id.
/// `session` outlives the task. Errors are values; what throws is a bug in the engine.
[[nodiscard]] runtime::task<result<protocol::message>> answer(query::engine& engine,
                                                              query::session_state& session,
                                                              protocol::version v,
                                                              protocol::request request,
                                                              answer_context context);

/// The trace of a request that its client wants traced; null for messages that have none.
[[nodiscard]] query::trace_ptr begin_trace(const protocol::request& request, std::string client);

/// In the words of the protocol.
[[nodiscard]] protocol::schema_change to_protocol(const schema::change& change);

/// The answer to OPTIONS.
[[nodiscard]] protocol::message supported_options();

}  // namespace nacre::server

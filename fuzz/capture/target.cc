// The file of a captured call. Promises:
// - reading any bytes ends with a call, or with an error that says why not;
// - what was read can be shown, is written as a file that reads as the same, and can be made again:
//   the sandbox bounds what the function in it may do;
// - what a server writes reads back as it was, and the call has the same results again.

#include <openssl/sha.h>

#include "adapter/plain_module.h"
#include "promise.h"
#include "sandbox.h"
#include "types/value.h"
#include "udf/capture_text.h"
#include "udf/captured_call.h"
#include "udf/repeat_call.h"
#include "udf/wasm/language.h"
#include "values.h"

namespace {

using namespace nacre;
using namespace nacre::fuzz;
using udf::captured_call;
using udf::captured_entry;

constexpr std::string_view head = "NACRECAP\0\0\0\1";
constexpr std::size_t head_bytes = 12;

// A file whose checksum fits, whatever is in it.
bytes sealed(bytes_view content) {
    bytes file(head.data(), head_bytes);
    file += content;
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(file.data()), file.size(), digest);
    return file.append(reinterpret_cast<const char*>(digest), sizeof(digest));
}

bytes_view content_of(bytes_view file) {
    return file.substr(head_bytes, file.size() - head_bytes - SHA256_DIGEST_LENGTH);
}

void check_shown(const std::string& text) {
    require(text.find_first_of(std::string_view("\0\1\2\3\4\5\6\7\b\v\f\r\033\177", 14)) ==
                std::string::npos,
            "nothing that a terminal obeys is shown", text);
    require(types::validate(*types::type::native(types::type_kind::text), text).ok(),
            "what is shown is UTF-8", text);
}

// What is kept of a call's limits here, so that a file can't ask for seconds or gigabytes.
function_limits bounded(function_limits limits) {
    const auto most = sandbox::limits();
    for (const auto& limit : function_limit_table) {
        limits.*limit.member = std::min(limits.*limit.member, most.*limit.member);
    }
    return limits;
}

result<data::column_vector> make_again(const captured_call& call, const function_limits& limits) {
    sandbox::instance().statistics().repeat(call.world);
    const auto language = sandbox::instance().make_wasm(limits);
    NACRE_TRY(const auto code, sandbox::instance().compile(*language, call.definition));
    constexpr std::uint32_t rows_max = 100;
    return sandbox::instance().run(
        [&] { return udf::repeat_call(*code, call, std::min(call.rows, rows_max)); });
}

void check_decoded(const captured_call& call) {
    const auto file = udf::encode(call);
    const auto again = udf::decode_captured_call(file);
    require(again.ok(), "what was read can be written", again.ok() ? "" : again.error().message());
    require(udf::encode(*again) == file, "it reads as the same", "");
    check_shown(udf::describe(call));
    check_shown(udf::describe(call.outcome));
    if (call.outcome.results) check_shown(udf::describe_results(call, *call.outcome.results));

    constexpr std::size_t source_bytes_max = 20'000;
    if (call.definition->source().size() > source_bytes_max) return;
    const auto results = make_again(call, bounded(call.limits));
    if (!results) {
        require(!results.error().message().empty(), "why it can't be made again is told", "");
        tell(results.error().message());
        return;
    }
    for (std::uint32_t row = 0; row < results->size(); ++row) {
        const auto value = results->serialised(row);
        require(!value || types::validate(*results->type(), *value).ok(), "results are values", "");
    }
    check_shown(udf::describe_results(call, *results));
    tell("made again");
}

void check_file(bytes_view file) {
    const auto call = udf::decode_captured_call(file);
    if (call) return check_decoded(*call);
    const auto& why = call.error();
    check_text(why);
    require(why.code() == error_code::invalid, "a file that can't be read is invalid", "");
    tell(why.message());
}

// A call of a function that works, as a server would have captured it, without its results.
captured_call draw_call(input& in) {
    captured_call call;
    const auto function = draw_plain_function(in);
    const auto& types = function.declared->argument_types;
    call.definition = function.declared;
    call.server_version = "0.1";
    call.time = std::chrono::system_clock::time_point(
        std::chrono::microseconds(in.number<std::int64_t>() / 1000));
    call.limits = sandbox::limits();
    call.world = {.realtime_ns = in.number<std::uint64_t>(), .seed = in.number<std::uint64_t>()};
    call.batches_before = in.number<std::uint32_t>();
    call.rows = in.below(10);
    call.rows_of_batch = call.rows + in.below(10);
    const bool folds = function.is_state_function && in.once_in(2);
    call.entry = folds ? captured_entry::fold : captured_entry::call;
    if (folds && !in.once_in(4)) call.state = draw_value(in, *types[0]);
    for (std::size_t k = folds ? 1 : 0; k < types.size(); ++k) {
        call.arguments.push_back(draw_column(in, types[k], call.rows));
    }
    if (call.rows != 0 && in.once_in(2)) call.failed_row = in.below(call.rows);
    return call;
}

bool same_values(const data::column_vector& left, const data::column_vector& right) {
    if (left.size() != right.size()) return false;
    for (std::uint32_t row = 0; row < left.size(); ++row) {
        if (left.serialised(row) != right.serialised(row)) return false;
    }
    return true;
}

bytes check_written(input& in) {
    auto call = draw_call(in);
    // Plain functions may have rows to which they have no answer.
    const auto results = make_again(call, call.limits);
    if (results && call.entry == captured_entry::call) {
        call.outcome.results = *results;
    } else if (!results) {
        call.outcome.failed_as = udf::failure_kind::trap;
        call.outcome.message = results.error().message();
    }
    call.outcome.cpu = std::chrono::nanoseconds(in.number<std::uint32_t>());
    auto file = udf::encode(call);
    const auto read = udf::decode_captured_call(file);
    require(read.ok(), "what a server writes can be read", read.ok() ? "" : read.error().message());
    require(udf::encode(*read) == file, "it reads back as it was", "");
    const auto again = make_again(*read, read->limits);
    require(again.ok() == results.ok(), "the call ends the same way again", "");
    require(!results.ok() || same_values(*results, *again), "it has the same results again", "");
    if (!again.ok()) {
        require(again.error().message() == results.error().message(), "it has the same error", "");
    }
    return file;
}

bytes edited(input& in, bytes_view file) {
    bytes content(content_of(file));
    for (auto edits = in.below(4); edits > 0 && !content.empty(); --edits) {
        const auto at = in.number<std::uint32_t>() % content.size();
        switch (in.below(3)) {
            case 0:
                content[at] = static_cast<char>(in.byte());
                break;
            case 1:
                content.erase(at, in.below(8) + 1);
                break;
            default:
                content.insert(at, in.take(in.below(8) + 1));
        }
    }
    return sealed(content);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input in(data, size);
    switch (in.below(8)) {
        case 0:
            check_file(in.rest());
            break;
        case 1: {
            const auto file = check_written(in);
            check_file(edited(in, file));
            break;
        }
        default:
            check_file(sealed(in.rest()));
    }
    return 0;
}

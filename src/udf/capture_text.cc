#include "udf/capture_text.h"

#include <algorithm>
#include <ctime>

#include <fmt/chrono.h>

#include "types/value.h"
#include "udf/readable_text.h"

namespace nacre::udf {

namespace {

constexpr std::uint32_t shown_rows_max = 10;

std::string printable(std::string_view text) {
    return readable(text, text.size());
}

std::string shown(const types::type& type, const optional_bytes& value) {
    constexpr std::size_t characters_max = 200;
    if (!value) return "null";
    auto text = types::to_cql_literal(type, *value);
    if (text.size() > characters_max) return fmt::format("<{} bytes>", value->size());
    return printable(text);
}

std::string shown(const data::column_vector& column, std::uint32_t row) {
    return shown(*column.type(), column.serialised(row));
}

std::string milliseconds(std::chrono::nanoseconds time) {
    return fmt::format("{:.3f} ms", std::chrono::duration<double, std::milli>(time).count());
}

}  // namespace

std::string describe(const captured_call& call) {
    const auto& function = *call.definition;
    const bool is_fold = call.entry == captured_entry::fold;
    std::string text = fmt::format("function  {}, {}, {} bytes of source\n",
                                   printable(schema::describe_signature(
                                       function.keyspace, function.name, function.argument_types)),
                                   printable(function.language), function.source().size());
    text += fmt::format("captured  {:%Y-%m-%dT%H:%M:%SZ} by nacre {}\n",
                        fmt::gmtime(std::chrono::system_clock::to_time_t(call.time)),
                        printable(call.server_version));
    text += fmt::format("batch     {} of {} rows, {} in the file\n", is_fold ? "fold" : "call",
                        call.rows_of_batch, call.rows);
    if (is_fold) {
        text += fmt::format("state     {}\n", shown(*function.argument_types.front(), call.state));
    }
    if (call.batches_before != 0) {
        text += fmt::format(
            "note      the guest had worked on {} batches before, which are not in the file\n",
            call.batches_before);
    }
    if (!guest_world::of(function, call.world).is_repeatable()) {
        text += "note      the function sees the real clock or real random numbers\n";
    }
    return text;
}

std::string describe(const captured_outcome& outcome) {
    return fmt::format("{}, {} of CPU time\n",
                       outcome.failed_as
                           ? fmt::format("failed ({}): {}", name_of(*outcome.failed_as),
                                         printable(outcome.message))
                           : "finished",
                       milliseconds(outcome.cpu));
}

std::string describe_results(const captured_call& call, const data::column_vector& results) {
    if (call.entry == captured_entry::fold) {
        return fmt::format("  state = {}\n", shown(results, 0));
    }
    std::string text;
    for (std::uint32_t row = 0; row < std::min(results.size(), shown_rows_max); ++row) {
        std::string arguments;
        for (const auto& column : call.arguments) {
            if (!arguments.empty()) arguments += ", ";
            arguments += shown(column, row);
        }
        text += fmt::format("  {}({}) = {}\n", printable(call.definition->name), arguments,
                            shown(results, row));
    }
    if (results.size() > shown_rows_max) {
        text += fmt::format("  and {} more rows\n", results.size() - shown_rows_max);
    }
    return text;
}

}  // namespace nacre::udf

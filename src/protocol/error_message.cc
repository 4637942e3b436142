#include "protocol/error_message.h"

#include "protocol/limits.h"

namespace nacre::protocol {

namespace {

template <typename Fields>
Fields fields_of(const error& failure) {
    const auto* fields = std::get_if<Fields>(&failure.fields());
    return fields != nullptr ? *fields : Fields{};
}

void append_failures(bytes& out, version v, const std::vector<replica_failure>& failures) {
    append_big_endian(out, static_cast<std::int32_t>(failures.size()));
    if (v < version::v5) return;
    for (const auto& each : failures) {
        append_big_endian(out, static_cast<std::uint8_t>(each.address.size()));
        out.append(each.address);
        append_big_endian(out, each.reason);
    }
}

std::vector<replica_failure> take_failures(wire_reader& in, version v) {
    const auto count = in.take_int();
    std::vector<replica_failure> failures;
    if (v < version::v5) {
        if (count > 0 && count <= 0xffff) failures.resize(static_cast<std::size_t>(count));
        return failures;
    }
    for (auto left = count; left > 0 && !in.failed(); --left) {
        bytes address(in.take(in.take_byte()));
        failures.push_back({std::move(address), in.take_short()});
    }
    return failures;
}

void append_counts(bytes& out, const timeout_fields& fields) {
    append_big_endian(out, fields.consistency);
    append_big_endian(out, fields.received);
    append_big_endian(out, fields.required);
}

timeout_fields take_counts(wire_reader& in) {
    timeout_fields fields;
    fields.consistency = in.take_short();
    fields.received = in.take_int();
    fields.required = in.take_int();
    return fields;
}

void append_fields(bytes& out, version v, error_code code, const error& failure) {
    const auto timeout = fields_of<timeout_fields>(failure);
    switch (code) {
        case error_code::unavailable:
            append_big_endian(out, timeout.consistency);
            append_big_endian(out, timeout.required);
            append_big_endian(out, timeout.received);
            return;
        case error_code::write_timeout:
            append_counts(out, timeout);
            append_string(out, timeout.write_type);
            if (v >= version::v5 && timeout.write_type == "CAS") {
                append_big_endian(out, timeout.contentions);
            }
            return;
        case error_code::read_timeout:
            append_counts(out, timeout);
            append_big_endian(out, static_cast<std::uint8_t>(timeout.data_present));
            return;
        case error_code::read_failure:
            append_counts(out, timeout);
            append_failures(out, v, timeout.failures);
            append_big_endian(out, static_cast<std::uint8_t>(timeout.data_present));
            return;
        case error_code::write_failure:
            append_counts(out, timeout);
            append_failures(out, v, timeout.failures);
            append_string(out, timeout.write_type);
            return;
        case error_code::function_failure: {
            const auto fields = fields_of<function_failure_fields>(failure);
            append_string(out, fields.keyspace);
            append_string(out, fields.function);
            append_string_list(out, fields.argument_types);
            return;
        }
        case error_code::already_exists: {
            const auto fields = fields_of<already_exists_fields>(failure);
            append_string(out, fields.keyspace);
            append_string(out, fields.table);
            return;
        }
        case error_code::unprepared:
            append_short_bytes(out, fields_of<unprepared_fields>(failure).statement_id);
            return;
        default:
            return;
    }
}

error_fields take_fields(wire_reader& in, version v, error_code code) {
    switch (code) {
        case error_code::unavailable: {
            timeout_fields fields;
            fields.consistency = in.take_short();
            fields.required = in.take_int();
            fields.received = in.take_int();
            return fields;
        }
        case error_code::write_timeout: {
            auto fields = take_counts(in);
            fields.write_type = in.take_string();
            if (in.remaining() >= 2) fields.contentions = in.take_short();
            return fields;
        }
        case error_code::read_timeout: {
            auto fields = take_counts(in);
            fields.data_present = in.take_byte() != 0;
            return fields;
        }
        case error_code::read_failure: {
            auto fields = take_counts(in);
            fields.failures = take_failures(in, v);
            fields.data_present = in.take_byte() != 0;
            return fields;
        }
        case error_code::write_failure: {
            auto fields = take_counts(in);
            fields.failures = take_failures(in, v);
            fields.write_type = in.take_string();
            return fields;
        }
        case error_code::function_failure: {
            function_failure_fields fields;
            fields.keyspace = in.take_string();
            fields.function = in.take_string();
            fields.argument_types = in.take_string_list();
            return fields;
        }
        case error_code::already_exists: {
            already_exists_fields fields;
            fields.keyspace = in.take_string();
            fields.table = in.take_string();
            return fields;
        }
        case error_code::unprepared:
            return unprepared_fields{bytes(in.take_short_bytes())};
        default:
            in.take_rest();
            return {};
    }
}

}  // namespace

error_code code_for(version v, error_code code) {
    if (v >= version::v4) return code;
    switch (code) {
        case error_code::read_failure:
            return error_code::read_timeout;
        case error_code::write_failure:
            return error_code::write_timeout;
        case error_code::function_failure:
            return error_code::invalid;
        default:
            return code;
    }
}

message error_message(version v, const error& failure) {
    message m{opcode::error};
    const auto code = code_for(v, failure.code());
    append_big_endian(m.head, static_cast<std::int32_t>(code));
    append_string(m.head, failure.message());
    append_fields(m.head, v, code, failure);
    return m;
}

result<error> take_error(wire_reader& in, version v) {
    const auto code = static_cast<error_code>(in.take_int());
    std::string text(in.take_string());
    auto fields = take_fields(in, v, code);
    NACRE_CHECK(in.finish());
    return result<error>(std::in_place, code, std::move(text), std::move(fields));
}

}  // namespace nacre::protocol

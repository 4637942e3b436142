#include <gtest/gtest.h>

#include "base/limits.h"

namespace nacre {
namespace {

using options = std::map<std::string, std::string>;

constexpr function_limits server;

result<function_limits> with(const options& given) {
    return limits_with(server, default_function_ceilings(), given);
}

TEST(function_limits, are_the_servers_unless_an_option_sets_them) {
    EXPECT_EQ(with({})->memory_bytes_max, server.memory_bytes_max);
    const auto limits = with({{"memory_bytes_max", "1048576"}, {"export", "f"}});
    ASSERT_TRUE(limits.ok());
    EXPECT_EQ(limits->memory_bytes_max, 1U << 20);
    EXPECT_EQ(limits->cpu_per_call_ms_max, server.cpu_per_call_ms_max);
}

TEST(function_limits, may_be_lower_and_higher_than_the_servers_up_to_the_edges) {
    for (const auto& limit : function_limit_table) {
        if (limit.scope != limit_scope::function) continue;
        const std::string name(limit.name);
        for (const auto value : {limit.floor, limit.ceiling}) {
            EXPECT_TRUE(with({{name, std::to_string(value)}}).ok()) << name << " " << value;
        }
        std::vector<std::string> bad = {std::to_string(std::uint64_t{limit.ceiling} + 1),
                                        "-1",
                                        "",
                                        "many",
                                        "99999999999999999999",
                                        "1.5",
                                        " 70000"};
        if (limit.floor > 0) bad.push_back(std::to_string(limit.floor - 1));
        for (const auto& value : bad) {
            const auto refused = with({{name, value}});
            ASSERT_FALSE(refused.ok()) << name << " " << value;
            EXPECT_EQ(refused.error().code(), error_code::invalid);
            EXPECT_EQ(refused.error().message(),
                      fmt::format("{} must be a number between {} and {}, got {}", name,
                                  limit.floor, limit.ceiling, value));
        }
    }
}

TEST(function_limits, of_the_server_alone_are_no_options) {
    EXPECT_EQ(with({{"slice_us", "9"}})->slice_us, server.slice_us);
    EXPECT_EQ(find_function_limit("slice_us")->scope, limit_scope::server);
    EXPECT_EQ(find_function_limit("export"), nullptr);
}

TEST(function_limits, cut_batches_so_that_they_fit_the_memory) {
    EXPECT_EQ(with({{"memory_bytes_max", "65536"}})->batch_argument_bytes_max, 16384U);
}

TEST(function_limits, of_the_configuration_are_checked) {
    auto limits = server;
    auto ceilings = default_function_ceilings();
    EXPECT_TRUE(check_function_limits(limits, ceilings).ok());
    limits.cpu_per_call_ms_max = ceilings.cpu_per_call_ms_max + 1;
    auto refused = check_function_limits(limits, ceilings);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(
        refused.error().message(),
        "function_cpu_per_call_ms_max must be between 1 and 60000 (its ceiling), it is 60001");
    ceilings.cpu_per_call_ms_max = 60'001;
    EXPECT_TRUE(check_function_limits(limits, ceilings).ok());
    ceilings.memory_bytes_max = (1U << 30) + 1;
    refused = check_function_limits(limits, ceilings);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().message(),
              "function_memory_bytes_max_ceiling must be between 65536 and 1073741824, it is "
              "1073741825");
}

}  // namespace
}  // namespace nacre

/// The vectors of the batch interface, on the host.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "vector_check.h"

namespace {

void check_file(const char* name, int least) {
    // The build puts a link to them beside the test programs.
    const auto programs = std::filesystem::canonical("/proc/self/exe").parent_path();
    std::ifstream in(programs / "vectors" / name);
    ASSERT_TRUE(in.is_open());
    std::string block;
    int count = 0;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line.starts_with('#')) continue;
        block += line + '\n';
        if (line != "end") continue;
        EXPECT_EQ(vectors::check(block), "") << block;
        block.clear();
        ++count;
    }
    EXPECT_GE(count, least);
}

TEST(vectors, that_a_host_writes) {
    check_file("encode.txt", 100);
}

TEST(vectors, that_a_guest_writes) {
    check_file("decode.txt", 100);
}

TEST(vectors, of_errors) {
    check_file("errors.txt", 6);
}

// That the check finds faults.
TEST(vectors, are_compared) {
    EXPECT_NE(vectors::check("decode x\nresult tinyint\nsent 1\naddress 64\n"
                             "memory 64 010000000000000000000000000800000000000000000000\n"
                             "memory 2048 01\nvalue 02\nend\n"),
              "");
}

}  // namespace

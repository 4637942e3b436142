#include "auth/password.h"

#include <gtest/gtest.h>

#include "auth/sasl_plain.h"

namespace nacre::auth {
namespace {

// Made by Cassandra 5.0.8 at its first start, of the password "cassandra".
constexpr const char* made_by_cassandra =
    "$2a$10$RY28xaajUc.VVBllvE/WeOMNQmA6tFsuWuCdS9kRzbwWakJZsBBEm";

TEST(password, matches_its_hash) {
    const auto hash = hash_password("secret", hash_rounds_log2_min);
    EXPECT_EQ(hash.size(), 60);
    EXPECT_TRUE(hash.starts_with("$2a$04$"));
    EXPECT_NE(hash, hash_password("secret", hash_rounds_log2_min)) << "the salts are the same";
    EXPECT_TRUE(matches_hash("secret", hash));
    EXPECT_FALSE(matches_hash("Secret", hash));
    EXPECT_FALSE(matches_hash("", hash));
}

TEST(password, matches_the_hash_that_cassandra_made) {
    EXPECT_TRUE(matches_hash("cassandra", made_by_cassandra));
    EXPECT_FALSE(matches_hash("cassandrb", made_by_cassandra));
}

TEST(password, matches_nothing_that_is_no_hash) {
    for (const auto* hash :
         {"", "*", "*0", "secret", "$2a$04$short", "$1$abcdefgh$abcdefghijklmnopqrstuv",
          "$2a$99$RY28xaajUc.VVBllvE/WeOMNQmA6tFsuWuCdS9kRzbwWakJZsBBEm"}) {
        EXPECT_FALSE(matches_hash("secret", hash)) << hash;
    }
}

TEST(password, hash_that_takes_too_long_is_not_tried) {
    EXPECT_FALSE(matches_hash("cassandra", std::string("$2a$30$") + (made_by_cassandra + 7)));
    EXPECT_FALSE(check_hash(std::string("$2a$17$") + (made_by_cassandra + 7)));
    EXPECT_TRUE(check_hash(std::string("$2a$16$") + (made_by_cassandra + 7)));
}

TEST(password, hash_must_be_one) {
    EXPECT_TRUE(check_hash(made_by_cassandra));
    for (const auto* hash : {"", "secret", "$2b$10$RY28xaajUc.VVBllvE/WeOMNQmA6tFsuWuCdS9kRzbwWak",
                             "$2a$03$RY28xaajUc.VVBllvE/WeOMNQmA6tFsuWuCdS9kRzbwWakJZsBBEm",
                             "$2a$xx$RY28xaajUc.VVBllvE/WeOMNQmA6tFsuWuCdS9kRzbwWakJZsBBEm"}) {
        const auto checked = check_hash(hash);
        ASSERT_FALSE(checked) << hash;
        EXPECT_EQ(checked.error().message(), "Invalid hashed password value. Please use jBcrypt.");
    }
}

std::string read(const optional_bytes& token) {
    const auto found = read_sasl_plain(token);
    if (!found) return found.error().message();
    return found->role + ":" + found->password;
}

TEST(sasl_plain, has_role_and_password_behind_zeros) {
    using namespace std::string_literals;
    EXPECT_EQ(read("\0role\0secret"s), "role:secret");
    EXPECT_EQ(read("as\0role\0secret"s), "role:secret");
    EXPECT_EQ(read("\0\xff\0secret"s), "\xef\xbf\xbd:secret");
}

TEST(sasl_plain, without_them_is_refused) {
    using namespace std::string_literals;
    EXPECT_EQ(read(std::nullopt), "Password must not be null");
    EXPECT_EQ(read(""), "Password must not be null");
    EXPECT_EQ(read("role"), "Password must not be null");
    EXPECT_EQ(read("\0role\0"s), "Password must not be null");
    EXPECT_EQ(read("role\0secret"s), "Authentication ID must not be null");
    EXPECT_EQ(read("\0\0secret"s), "Authentication ID must not be null");
    EXPECT_EQ(read("\0a\0b\0c"s),
              "Credential format error: username or password is empty or contains NUL(\\0) "
              "character");
    EXPECT_EQ(read(std::string(65'537, 'x')), "The credentials are too long");
}

}  // namespace
}  // namespace nacre::auth

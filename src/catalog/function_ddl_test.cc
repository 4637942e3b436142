#include <ctime>
#include <thread>

#include "catalog/catalog_fixture.h"
#include "catalog/function_source.h"
#include "catalog/schema_rows.h"

namespace nacre::catalog {

namespace {

class function_ddl : public catalog_test {
  protected:
    function_ddl() {
        run("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', "
            "'replication_factor': 1}");
        _session_keyspace = "ks";
    }

    static std::string create(const std::string& name, const std::string& body,
                              const std::string& options = "") {
        return fmt::format(
            "CREATE OR REPLACE FUNCTION {}(a int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua "
            "AS $${}$${}",
            name, body, options);
    }

    schema::function_ptr definition(const std::string& name) {
        const auto keyspace = schema()->find_keyspace("ks");
        const auto* found = keyspace->functions().find(name);
        return found == nullptr ? nullptr : found->front();
    }

    /// Rows of system_nacre.modules that a change from one keyspace to the other writes and
    /// removes.
    static std::pair<std::size_t, std::size_t> source_changes(const schema::keyspace* before,
                                                              const schema::keyspace* after) {
        const auto is_source = [](const row_address& address) {
            return address.table->name() == "modules";
        };
        const auto changes = difference(before, after);
        std::pair<std::size_t, std::size_t> count;
        for (const auto& [address, values] : changes.written) count.first += is_source(address);
        for (const auto& address : changes.removed) count.second += is_source(address);
        for (const auto& address : changes.removed_partitions) count.second += is_source(address);
        return count;
    }

    const std::string _large = "return a --" + std::string(own_source_bytes_max, 'x');
};

TEST_F(function_ddl, functions_of_one_source_share_it_in_memory_and_on_disk) {
    const auto empty = schema()->find_keyspace("ks");
    run(create("first", _large));
    const auto one = schema()->find_keyspace("ks");
    run(create("second", _large));
    run(create("third", source_digest(_large), " WITH export = 'first'"));
    const auto three = schema()->find_keyspace("ks");
    EXPECT_EQ(definition("first")->body, source_digest(_large));
    EXPECT_EQ(definition("first")->source(), _large);
    EXPECT_EQ(definition("first")->shared_source, definition("second")->shared_source);
    EXPECT_EQ(definition("first")->shared_source, definition("third")->shared_source);
    EXPECT_EQ(definition("third")->name_in_source(), "first");

    EXPECT_EQ(source_changes(empty.get(), one.get()), std::pair(1ul, 0ul));
    EXPECT_EQ(source_changes(one.get(), three.get()), std::pair(0ul, 0ul));
    EXPECT_EQ(source_changes(three.get(), one.get()), std::pair(0ul, 0ul));
    EXPECT_EQ(source_changes(three.get(), empty.get()), std::pair(0ul, 1ul));
    EXPECT_EQ(source_changes(three.get(), nullptr), std::pair(0ul, 1ul));

    const auto before = fingerprint();
    restart();
    EXPECT_EQ(fingerprint(), before);
    EXPECT_EQ(definition("first")->shared_source, definition("third")->shared_source);
    EXPECT_EQ(definition("third")->options.at("export"), "first");
    run("DROP FUNCTION first");
    run("DROP FUNCTION second");
    EXPECT_EQ(definition("third")->source(), _large);
    run("DROP FUNCTION third");
    expect_invalid(create("fourth", source_digest(_large)),
                   "No function of keyspace 'ks' has the source " + source_digest(_large));
}

TEST_F(function_ddl, a_small_source_is_shared_by_those_that_name_its_digest) {
    run(create("first", "return a"));
    run(create("second", source_digest("return a")));
    EXPECT_EQ(definition("first")->body, "return a");
    EXPECT_EQ(definition("second")->source(), "return a");
    run("DROP FUNCTION first");
    restart();
    EXPECT_EQ(definition("second")->source(), "return a");
    run(create("third", source_digest("return a")));
    EXPECT_EQ(definition("third")->shared_source, definition("second")->shared_source);
}

TEST_F(function_ddl, what_is_declared_is_stored_and_described) {
    run("CREATE FUNCTION f(a int, \"B\" int) CALLED ON NULL INPUT RETURNS int DETERMINISTIC "
        "MONOTONIC ON \"B\" LANGUAGE lua AS 'return a' "
        "WITH memory_bytes_max = 65536 AND export = 'it''s'");
    const std::vector<std::string> described_as{
        "CREATE FUNCTION ks.f(a int, \"B\" int)\n    CALLED ON NULL INPUT\n    RETURNS int\n"
        "    DETERMINISTIC\n    MONOTONIC ON \"B\"\n    LANGUAGE lua\n    AS $$return a$$\n"
        "    WITH export = 'it''s'\n    AND memory_bytes_max = 65536;"};
    EXPECT_EQ(described("DESCRIBE FUNCTION f"), described_as);
    EXPECT_TRUE(current()->functions->find("ks", "f")->scalars[0]->is_pure);
    restart();
    EXPECT_EQ(described("DESCRIBE FUNCTION f"), described_as);
    run("DROP FUNCTION f");
    run(described_as[0]);
    EXPECT_EQ(described("DESCRIBE FUNCTION f"), described_as);
}

TEST_F(function_ddl, one_compiles_while_another_does) {
    _language->at_once_wanted = 2;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([this, i] {
            for (int j = 0; j < 25; ++j) run(create(fmt::format("f{}_{}", i, j), "return a"));
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(schema()->find_keyspace("ks")->functions().size(), 100u);
    EXPECT_EQ(_language->compilations, 100u);
    EXPECT_GT(_language->most_at_once, 1u);
}

TEST_F(function_ddl, one_more_function_is_cheap_beside_thousands) {
    constexpr int many = 2000;
    constexpr int more = 20;
    const auto create_one = [this](int i) { run(create(fmt::format("f{}", i), "return a")); };
    for (int i = 0; i < many; ++i) create_one(i);
    // Processor time of all threads: other work on the machine does not count.
    const auto begin = std::clock();
    for (int i = 0; i < more; ++i) create_one(many + i);
    const auto seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / more;
    RecordProperty("microseconds", static_cast<int>(seconds * 1e6));
    EXPECT_LT(seconds, 0.01);
}

}  // namespace

}  // namespace nacre::catalog

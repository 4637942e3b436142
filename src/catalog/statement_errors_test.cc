#include "catalog/catalog_fixture.h"

// What Cassandra 5.0.8 answers to the same statements, word for word.
namespace nacre::catalog {

namespace {

constexpr auto invalid_code = error_code::invalid;
constexpr auto config_code = error_code::config_error;
constexpr auto syntax_code = error_code::syntax_error;
constexpr auto unauthorized_code = error_code::unauthorized;

struct refusal {
    const char* statement;
    error_code code;
    const char* message;
};

class statement_errors : public catalog_test {
  protected:
    statement_errors() {
        run("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', "
            "'replication_factor': 1}");
    }

    template <std::size_t Size>
    void expect(const refusal (&refusals)[Size]) {
        const auto before = current();
        for (const auto& [statement, code, message] : refusals) {
            expect_error(statement, code, message);
        }
        EXPECT_EQ(current(), before);
    }
};

TEST_F(statement_errors, keyspaces) {
    expect({
        {"CREATE KEYSPACE \"Mixed Case\" WITH replication = {'class': 'SimpleStrategy'}",
         invalid_code,
         "Keyspace name must not be empty and must contain alphanumeric or underscore characters "
         "only (got \"Mixed Case\")"},
        {"CREATE KEYSPACE abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij WITH "
         "replication = {'class': 'SimpleStrategy'}",
         invalid_code,
         "Keyspace name must not be more than 48 characters long (got 60 characters for "
         "\"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij\")"},
        {"CREATE KEYSPACE b WITH replication = {'class': 'NoSuch', 'replication_factor': 1}",
         config_code,
         "Unable to find replication strategy class 'org.apache.cassandra.locator.NoSuch'"},
        {"CREATE KEYSPACE b WITH replication = {'replication_factor': 1}", config_code,
         "Missing replication strategy class"},
        {"CREATE KEYSPACE b WITH foo = 1", syntax_code, "Unknown property 'foo'"},
        {"CREATE KEYSPACE b WITH replication = {'class': 'SimpleStrategy', "
         "'replication_factor': 'x'}",
         config_code, "For input string: \"x\""},
        {"CREATE KEYSPACE b WITH durable_writes = true", invalid_code,
         "Missing mandatory option 'replication'"},
        {"CREATE KEYSPACE b WITH replication = 'x'", syntax_code,
         "Invalid value for property 'replication'. It should be a map."},
        {"CREATE KEYSPACE b WITH replication = {'class': 'LocalStrategy'}", invalid_code,
         "Unable to use given strategy class: LocalStrategy is reserved for internal use."},
        {"CREATE KEYSPACE system WITH replication = {'class': 'SimpleStrategy'}", invalid_code,
         "System keyspace 'system' is not user-modifiable"},
        {"DROP KEYSPACE system", unauthorized_code, "system keyspace is not user-modifiable."},
        {"DROP KEYSPACE nope", invalid_code, "Keyspace 'nope' doesn't exist"},
        {"ALTER KEYSPACE nope WITH durable_writes = false", invalid_code,
         "Keyspace 'nope' doesn't exist"},
        {"ALTER KEYSPACE ks WITH durable_writes = 'x'", syntax_code,
         "Invalid boolean value x for 'durable_writes'. Positive values can be '1', 'true' or "
         "'yes'. Negative values can be '0', 'false' or 'no'."},
        {"CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy'}",
         error_code::already_exists, "Cannot add existing keyspace \"ks\""},
    });
    const auto again = execute("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy'}");
    EXPECT_EQ(std::get<already_exists_fields>(again.error().fields()).keyspace, "ks");
}

TEST_F(statement_errors, tables) {
    run("CREATE TABLE ks.t1 (a int PRIMARY KEY)");
    run("CREATE TYPE ks.simple (x int)");
    run("CREATE TYPE ks.collected (x list<int>)");
    expect({
        {"CREATE TABLE nope.t (a int primary key)", invalid_code, "Keyspace 'nope' doesn't exist"},
        {"CREATE TABLE t (a int primary key)", invalid_code,
         "No keyspace has been specified. USE a keyspace, or explicitly specify "
         "keyspace.tablename"},
        {"CREATE TABLE ks.t1 (a int primary key)", error_code::already_exists,
         "Cannot add already existing table \"t1\" to keyspace \"ks\""},
        {"CREATE TABLE ks.t2 (a int primary key, a text)", invalid_code,
         "Duplicate column 'a' declaration for table 'ks.t2'"},
        {"CREATE TABLE ks.t2 (a int, b text)", invalid_code,
         "No PRIMARY KEY specifed for table 'ks.t2' (exactly one required)"},
        {"CREATE TABLE ks.t2 (a int primary key, b int, primary key (b))", invalid_code,
         "Multiple PRIMARY KEY specified for table 'ks.t2' (exactly one required)"},
        {"CREATE TABLE ks.t2 (a int, primary key (z))", invalid_code,
         "Unknown column 'z' referenced in PRIMARY KEY for table 't2'"},
        {"CREATE TABLE ks.t2 (a int, b int, primary key (a, a))", invalid_code,
         "Duplicate column 'a' in PRIMARY KEY clause for table 't2'"},
        {"CREATE TABLE ks.t2 (a int, b int, c int, primary key (a, b)) WITH CLUSTERING ORDER BY (c "
         "DESC)",
         invalid_code,
         "Only clustering key columns can be defined in CLUSTERING ORDER directive: [c] are not "
         "clustering columns"},
        {"CREATE TABLE ks.t2 (a int, b int, c int, primary key (a, b, c)) WITH CLUSTERING ORDER BY "
         "(c DESC, b ASC)",
         invalid_code,
         "The order of columns in the CLUSTERING ORDER directive must match that of the clustering "
         "columns (b must appear before c)"},
        {"CREATE TABLE ks.t2 (a list<int> primary key)", invalid_code,
         "Invalid non-frozen collection type list<int> for PRIMARY KEY column 'a'"},
        {"CREATE TABLE ks.t2 (a simple primary key)", invalid_code,
         "Invalid non-frozen user-defined type \"ks.simple\" for PRIMARY KEY column 'a'"},
        {"CREATE TABLE ks.t2 (a int primary key, b int static)", invalid_code,
         "Static columns are only useful (and thus allowed) if the table has at least one "
         "clustering column"},
        {"CREATE TABLE ks.t2 (a int, b int static, primary key(a, b))", invalid_code,
         "Static column 'b' cannot be part of the PRIMARY KEY"},
        {"CREATE TABLE ks.t2 (a int, b counter, primary key(a, b))", invalid_code,
         "counter type is not supported for PRIMARY KEY column 'b'"},
        {"CREATE TABLE ks.t2 (a duration primary key)", invalid_code,
         "duration type is not supported for PRIMARY KEY column 'a'"},
        {"CREATE TABLE ks.t2 (a int primary key, b counter, c int)", invalid_code,
         "Cannot mix counter and non counter columns in the same table"},
        {"CREATE TABLE ks.t2 (a int primary key, b list<counter>)", invalid_code,
         "Counters are not allowed inside collections: list<counter>"},
        {"CREATE TABLE ks.t2 (a int primary key, b list<list<int>>)", invalid_code,
         "Non-frozen collections are not allowed inside collections: list<list<int>>"},
        {"CREATE TABLE ks.t2 (a int primary key, b list<simple>)", invalid_code,
         "Non-frozen UDTs are not allowed inside collections: list<simple>"},
        {"CREATE TABLE ks.t2 (a int primary key, b map<duration,int>)", invalid_code,
         "Durations are not allowed as map keys: map<duration, int>"},
        {"CREATE TABLE ks.t2 (a int primary key, b set<duration>)", invalid_code,
         "Durations are not allowed inside sets: set<duration>"},
        {"CREATE TABLE ks.t2 (a int primary key, b collected)", invalid_code,
         "Non-frozen UDTs with nested non-frozen collections are not supported"},
        {"CREATE TABLE ks.t2 (a int primary key, b nosuch)", invalid_code,
         "Unknown type ks.nosuch"},
        {"CREATE TABLE ks.t2 (a int primary key, b frozen<other.thing>)", invalid_code,
         "Statement on keyspace ks cannot refer to a user type in keyspace other; user types can "
         "only be used in the keyspace they are defined in"},
        {"CREATE TABLE ks.t2 (a int primary key, b vector<int, 0>)", invalid_code,
         "vectors may only have positive dimensions; given 0"},
        {"CREATE TABLE ks.t2 (a int primary key, b 'Nope')", syntax_code,
         "Error setting type Nope: Unable to find abstract-type class "
         "'org.apache.cassandra.db.marshal.Nope'"},
        {"CREATE TABLE ks.\"sp ace\" (a int primary key)", config_code,
         "ks.sp ace: Table name must not be empty or not contain non-alphanumeric-underscore "
         "characters (got \"sp ace\")"},
        {"CREATE TABLE system.t (a int primary key)", unauthorized_code,
         "system keyspace is not user-modifiable."},
        {"DROP TABLE ks.nope", invalid_code, "Table 'ks.nope' doesn't exist"},
        {"DROP TABLE system.local", unauthorized_code, "system keyspace is not user-modifiable."},
        {"TRUNCATE ks.nope", invalid_code, "table nope does not exist"},
        {"TRUNCATE nope.nope", invalid_code, "keyspace nope does not exist"},
    });
}

TEST_F(statement_errors, table_options) {
    expect({
        {"CREATE TABLE ks.t (a int primary key) WITH nope = 1", syntax_code,
         "Unknown property 'nope'"},
        {"CREATE TABLE ks.t (a int primary key) WITH gc_grace_seconds = 'x'", syntax_code,
         "Invalid integer value x for 'gc_grace_seconds'"},
        {"CREATE TABLE ks.t (a int primary key) WITH gc_grace_seconds = -1", config_code,
         "gc_grace_seconds must be greater than or equal to 0 (got -1)"},
        {"CREATE TABLE ks.t (a int primary key) WITH compaction = 'x'", syntax_code,
         "Invalid value for property 'compaction'. It should be a map."},
        {"CREATE TABLE ks.t (a int primary key) WITH compaction = {'class': 'Nope'}", config_code,
         "Unable to find compaction strategy class 'org.apache.cassandra.db.compaction.Nope'"},
        {"CREATE TABLE ks.t (a int primary key) WITH compaction = {'max_threshold': 1}",
         config_code, "Missing sub-option 'class' for the 'compaction' option"},
        {"CREATE TABLE ks.t (a int primary key) WITH comment = {'a': 'b'}", syntax_code,
         "Invalid value for property 'comment'. It should be a string"},
        {"CREATE TABLE ks.t (a int primary key) WITH comment = 'x' AND comment = 'y'", syntax_code,
         "Multiple definitions for property 'comment'"},
        {"CREATE TABLE ks.t (a int primary key) WITH bloom_filter_fp_chance = 2", config_code,
         "bloom_filter_fp_chance must be larger than 6.71E-5 and less than or equal to 1.0 (got "
         "2.0)"},
        {"CREATE TABLE ks.t (a int primary key) WITH bloom_filter_fp_chance = 'x'", syntax_code,
         "Invalid double value x for 'bloom_filter_fp_chance'"},
        {"CREATE TABLE ks.t (a int primary key) WITH caching = {'foo': 'x'}", config_code,
         "Invalid caching sub-options [foo]: only 'keys' and 'rows_per_partition' are allowed"},
        {"CREATE TABLE ks.t (a int primary key) WITH id = 5", config_code, "Invalid table id"},
        {"CREATE TABLE ks.t (a int primary key) WITH speculative_retry = 'q'", config_code,
         "Invalid value q for option 'speculative_retry'"},
    });
}

TEST_F(statement_errors, altered_tables) {
    run("CREATE TABLE ks.t (a int primary key, b int)");
    run("CREATE TABLE ks.ctr (a int primary key, b counter)");
    expect({
        {"ALTER TABLE ks.ctr ADD x int", config_code,
         "ks.ctr: Cannot have a non counter column (\"x\") in a counter table"},
        {"ALTER TABLE ks.t ADD x counter", config_code,
         "ks.t: Cannot have a counter column (\"x\") in a non counter table"},
        {"ALTER TABLE ks.t ADD b int", invalid_code, "Column with name 'b' already exists"},
        {"ALTER TABLE ks.t ADD s int static", invalid_code,
         "Static columns are only useful (and thus allowed) if the table has at least one "
         "clustering column"},
        {"ALTER TABLE ks.t DROP nope", invalid_code, "Column nope was not found in table 'ks.t'"},
        {"ALTER TABLE ks.t DROP a", invalid_code, "Cannot drop PRIMARY KEY column a"},
        {"ALTER TABLE ks.t RENAME b TO c", invalid_code, "Cannot rename non PRIMARY KEY column b"},
        {"ALTER TABLE ks.t RENAME nope TO c", invalid_code,
         "Undefined column name nope in table ks.t"},
        {"ALTER TABLE ks.t RENAME a TO b", invalid_code,
         "Cannot rename column a to b in table 'ks.t'; another column with that name already "
         "exists"},
        {"ALTER TABLE ks.t ALTER b TYPE text", invalid_code,
         "Altering column types is no longer supported"},
        {"ALTER TABLE ks.t WITH nope = 7", syntax_code, "Unknown property 'nope'"},
        {"ALTER TABLE ks.nope ADD x int", invalid_code, "Table 'ks.nope' doesn't exist"},
        {"ALTER TABLE system_schema.tables ADD x int", unauthorized_code,
         "system_schema keyspace is not user-modifiable."},
    });
}

TEST_F(statement_errors, types) {
    run("CREATE TYPE ks.addr (street text, tags set<text>)");
    run("CREATE TYPE ks.addr2 (a frozen<addr>)");
    run("CREATE TABLE ks.t (a frozen<addr> primary key, d tuple<addr, int>)");
    expect({
        {"CREATE TYPE ks.addr (x int)", invalid_code,
         "A user type with name 'addr' already exists"},
        {"CREATE TYPE ks.\"int\" (x int)", syntax_code,
         "'int' is a native type and can't be the name of a user type"},
        {"CREATE TYPE nope.addr (x int)", invalid_code, "Keyspace 'nope' doesn't exist"},
        {"CREATE TYPE ks.x (street text, street int)", invalid_code,
         "Duplicate field name 'street' in type 'x'"},
        {"CREATE TYPE ks.x (a counter)", invalid_code, "A user type cannot contain counters"},
        {"CREATE TYPE ks.x (a addr)", invalid_code, "A user type cannot contain non-frozen UDTs"},
        {"CREATE TYPE ks.x (a frozen<x>)", invalid_code, "Unknown type ks.x"},
        {"CREATE TYPE system.x (a int)", unauthorized_code,
         "system keyspace is not user-modifiable."},
        {"ALTER TYPE ks.addr ADD zip int", invalid_code,
         "Cannot add new field zip of type int to user type ks.addr as the type is being used in "
         "partition key by the following tables: ks.t"},
        {"ALTER TYPE ks.addr ADD tags int", invalid_code,
         "Cannot add field tags to type ks.addr: a field with name tags already exists"},
        {"ALTER TYPE ks.addr RENAME zip TO zap", invalid_code,
         "Unkown field zip in user type ks.addr"},
        {"ALTER TYPE ks.addr ALTER street TYPE int", invalid_code,
         "Altering field types is no longer supported"},
        {"ALTER TYPE ks.nope ADD a int", invalid_code, "Type ks.nope doesn't exist"},
        {"DROP TYPE ks.nope", invalid_code, "Type 'ks.nope' doesn't exist"},
        {"DROP TYPE ks.addr", invalid_code,
         "Cannot drop user type 'ks.addr' as it is still used by user types addr2"},
    });
    run("DROP TYPE ks.addr2");
    expect_invalid("DROP TYPE ks.addr",
                   "Cannot drop user type 'ks.addr' as it is still used by tables t");
    run("CREATE FUNCTION ks.f(a addr) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'x'");
    expect_invalid("DROP TYPE ks.addr",
                   "Cannot drop user type 'ks.addr' as it is still used by functions ks.f");
}

TEST_F(statement_errors, functions) {
    run("CREATE TYPE ks.addr (street text)");
    run("CREATE FUNCTION ks.f (a int, b text) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS "
        "'x'");
    run("CREATE FUNCTION ks.f (a bigint) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'x'");
    expect({
        {"CREATE FUNCTION nope.f (a int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'x'",
         invalid_code, "Keyspace 'nope' doesn't exist"},
        {"CREATE FUNCTION f (a int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'x'",
         invalid_code,
         "No keyspace has been specified. USE a keyspace, or explicitly specify "
         "keyspace.tablename"},
        {"CREATE FUNCTION system.f (a int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'x'",
         invalid_code, "System keyspace 'system' is not user-modifiable"},
        {"CREATE FUNCTION ks.f (a int, a int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS "
         "'x'",
         invalid_code, "Duplicate argument names for given function f with argument names [a, a]"},
        {"CREATE FUNCTION ks.f (a int) CALLED ON NULL INPUT RETURNS int LANGUAGE cobol AS 'x'",
         invalid_code, "Language 'cobol' is not supported"},
        {"CREATE FUNCTION ks.f (a int, b text) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS "
         "'x'",
         invalid_code, "Function 'f' already exists"},
        {"CREATE OR REPLACE FUNCTION IF NOT EXISTS ks.f (a int, b text) CALLED ON NULL INPUT "
         "RETURNS int LANGUAGE lua AS 'x'",
         invalid_code, "Cannot use both 'OR REPLACE' and 'IF NOT EXISTS' directives"},
        {"CREATE OR REPLACE FUNCTION ks.f (a int, b text) RETURNS NULL ON NULL INPUT RETURNS int "
         "LANGUAGE lua AS 'x'",
         invalid_code, "Function 'f' must have RETURNS NULL ON NULL INPUT directive"},
        {"CREATE OR REPLACE FUNCTION ks.f (a int, b text) CALLED ON NULL INPUT RETURNS text "
         "LANGUAGE lua AS 'x'",
         invalid_code,
         "Cannot replace function 'f', the new return type text is not compatible with the return "
         "type int of existing function"},
        {"CREATE FUNCTION ks.g (a frozen<addr>) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS "
         "'x'",
         invalid_code,
         "Argument 'frozen<addr>' cannot be frozen; remove frozen<> modifier from 'frozen<addr>'"},
        {"CREATE FUNCTION ks.g (a int) CALLED ON NULL INPUT RETURNS frozen<list<int>> LANGUAGE lua "
         "AS 'x'",
         invalid_code,
         "Return type 'frozen<list<int>>' cannot be frozen; remove frozen<> modifier from "
         "'frozen<list<int>>'"},
        {"CREATE FUNCTION ks.g (a list<list<int>>) CALLED ON NULL INPUT RETURNS int LANGUAGE lua "
         "AS 'x'",
         invalid_code,
         "Non-frozen collections are not allowed inside collections: list<list<int>>"},
        {"CREATE FUNCTION ks.g (a nosuch) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'x'",
         invalid_code, "Unknown type ks.nosuch"},
        {"DROP FUNCTION ks.f", invalid_code,
         "'DROP FUNCTION f' matches multiple function definitions; specify the argument types by "
         "issuing a statement like 'DROP FUNCTION f (type, type, ...)'. You can use cqlsh "
         "'DESCRIBE FUNCTION f' command to find all overloads"},
        {"DROP FUNCTION ks.f(text)", invalid_code, "Function 'ks.f(text)' doesn't exist"},
        {"DROP FUNCTION ks.nope", invalid_code, "Function 'ks.nope' doesn't exist"},
        {"DROP FUNCTION nope.nope(int)", invalid_code, "Function 'nope.nope(int)' doesn't exist"},
        {"DROP FUNCTION system.now", invalid_code,
         "System keyspace 'system' is not user-modifiable"},
        {"DROP AGGREGATE ks.f(bigint)", invalid_code, "Aggregate 'ks.f(bigint)' doesn't exist"},
    });
    run("CREATE FUNCTION ks.tuples (a frozen<tuple<int, int>>) CALLED ON NULL INPUT RETURNS "
        "frozen<tuple<int, int>> LANGUAGE lua AS 'x'");
}

TEST_F(statement_errors, aggregates) {
    const auto function = [&](const char* signature) {
        run(fmt::format("CREATE FUNCTION ks.{} LANGUAGE lua AS 'x'", signature));
    };
    function("s (st int, v int) CALLED ON NULL INPUT RETURNS int");
    function("sn (st int, v int) RETURNS NULL ON NULL INPUT RETURNS int");
    function("sbad (st int, v int) CALLED ON NULL INPUT RETURNS text");
    function("fin (st int) CALLED ON NULL INPUT RETURNS text");
    function("fin2 (st int, x int) CALLED ON NULL INPUT RETURNS text");
    function("merge_badly (l int, r int) CALLED ON NULL INPUT RETURNS bigint");
    run("CREATE AGGREGATE ks.a (int) SFUNC s STYPE int FINALFUNC fin INITCOND -42");
    run("CREATE AGGREGATE ks.a2 (int) SFUNC s STYPE int REDUCEFUNC s");
    expect({
        {"CREATE AGGREGATE nope.a (int) SFUNC s STYPE int", config_code,
         "Keyspace nope doesn't exist"},
        {"CREATE AGGREGATE system.x (int) SFUNC s STYPE int", invalid_code,
         "System keyspace 'system' is not user-modifiable"},
        {"CREATE AGGREGATE ks.b (int) SFUNC nope STYPE int", invalid_code,
         "State function ks.nope(int, int) doesn't exist"},
        {"CREATE AGGREGATE ks.b (int) SFUNC s STYPE text", invalid_code,
         "State function ks.s(text, int) doesn't exist"},
        {"CREATE AGGREGATE ks.b (int) SFUNC sbad STYPE int", invalid_code,
         "State function ks.sbad(int, int) return type must be the same as the first argument type "
         "- check STYPE, argument and return types"},
        {"CREATE AGGREGATE ks.b () SFUNC a STYPE int", invalid_code,
         "State function ks.a(int) isn't a scalar function"},
        {"CREATE AGGREGATE ks.b (int) SFUNC sn STYPE int", invalid_code,
         "Cannot create aggregate 'b' without INITCOND because state function ks.sn does not "
         "accept "
         "'null' arguments"},
        {"CREATE AGGREGATE ks.b (int) SFUNC sn STYPE int INITCOND null", invalid_code,
         "Cannot create aggregate 'b' without INITCOND because state function ks.sn does not "
         "accept "
         "'null' arguments"},
        {"CREATE AGGREGATE ks.b (int) SFUNC s STYPE int FINALFUNC fin2", invalid_code,
         "Final function ks.fin2(int) doesn't exist"},
        {"CREATE AGGREGATE ks.b (int) SFUNC s STYPE int REDUCEFUNC nope", invalid_code,
         "Scalar reduce function nope for state type int not found."},
        {"CREATE AGGREGATE ks.b (int) SFUNC s STYPE int REDUCEFUNC merge_badly", invalid_code,
         "Reduce function ks.merge_badly(int, int) return type must be the same as STYPE int"},
        {"CREATE AGGREGATE ks.b (int) SFUNC s STYPE int INITCOND 'x'", invalid_code,
         "Invalid STRING constant (x) for \"(dummy)\" of type int"},
        {"CREATE AGGREGATE ks.b (int) SFUNC s STYPE int INITCOND (1, 2)", invalid_code,
         "Invalid tuple type literal for (dummy) of type int"},
        {"CREATE AGGREGATE ks.b (int) SFUNC s STYPE int INITCOND s(1, 2)", invalid_code,
         "Invalid value for INITCOND of type int"},
        {"CREATE AGGREGATE ks.b (int) SFUNC s STYPE frozen<list<int>>", invalid_code,
         "State type 'frozen<list<int>>' cannot be frozen; remove frozen<> modifier from "
         "'frozen<list<int>>'"},
        {"CREATE AGGREGATE ks.a (int) SFUNC s STYPE int FINALFUNC fin", invalid_code,
         "Aggregate 'a' already exists"},
        {"CREATE OR REPLACE AGGREGATE ks.a (int) SFUNC s STYPE int INITCOND 1", invalid_code,
         "Cannot replace aggregate 'a', the new return type int isn't compatible with the return "
         "type text of existing function"},
        {"CREATE OR REPLACE AGGREGATE IF NOT EXISTS ks.a (int) SFUNC s STYPE int", invalid_code,
         "Cannot use both 'OR REPLACE' and 'IF NOT EXISTS' directives"},
        {"CREATE OR REPLACE FUNCTION ks.a (a int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS "
         "'x'",
         invalid_code, "Function 'a' cannot replace an aggregate"},
        {"DROP FUNCTION ks.s", invalid_code,
         "Function 'ks.s' is still referenced by aggregates ks.a, ks.a2"},
        {"DROP FUNCTION ks.fin(int)", invalid_code,
         "Function 'ks.fin(int)' is still referenced by aggregates ks.a"},
        {"DROP FUNCTION ks.a(int)", invalid_code, "Function 'ks.a(int)' doesn't exist"},
        {"DROP AGGREGATE ks.s", invalid_code, "Aggregate 'ks.s' doesn't exist"},
        {"DROP AGGREGATE ks.a(text)", invalid_code, "Aggregate 'ks.a(text)' doesn't exist"},
    });
    run("DROP AGGREGATE ks.a");
    run("DROP AGGREGATE ks.a2(int)");
    run("DROP FUNCTION ks.s");
}

}  // namespace

}  // namespace nacre::catalog

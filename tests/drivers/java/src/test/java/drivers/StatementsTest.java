package drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchType;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.QueryTrace;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.servererrors.AlreadyExistsException;
import com.datastax.oss.driver.api.core.servererrors.FunctionFailureException;
import com.datastax.oss.driver.api.core.servererrors.InvalidConfigurationInQueryException;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.SyntaxError;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class StatementsTest {
  private static CqlSession session;

  @BeforeAll
  static void connect() {
    session = Target.keyspace("statements");
    session.execute("CREATE TABLE people (id int PRIMARY KEY, name text, age int)");
    session.execute("CREATE TABLE lines (p int, c int, v text, PRIMARY KEY (p, c))");
  }

  @AfterAll
  static void drop() {
    Target.dropKeyspace(session);
  }

  @Test
  void positionalAndNamedValues() {
    session.execute(SimpleStatement.newInstance("INSERT INTO people (id, name, age) VALUES (?, ?, ?)", 1, "Ada", 36));
    session.execute(SimpleStatement.newInstance("INSERT INTO people (id, name, age) VALUES (:id, :name, :age)",
        Map.of("age", 5, "id", 2, "name", "Bob")));
    BoundStatement bound = session.prepare("INSERT INTO people (id, name, age) VALUES (:id, :name, :age)").bind();
    session.execute(bound.setInt("age", 7).setString("name", "Cy").setInt("id", 3));
    List<String> names = session.execute("SELECT id, name, age FROM people WHERE id IN (1, 2, 3)").all().stream()
        .map(row -> row.getInt(0) + row.getString(1) + row.getInt(2)).sorted().toList();
    assertEquals(List.of("1Ada36", "2Bob5", "3Cy7"), names);
  }

  @Test
  void nullAndUnset() {
    PreparedStatement insert = session.prepare("INSERT INTO people (id, name, age) VALUES (?, ?, ?)");
    session.execute(insert.bind(10, "Eve", 1));
    session.execute(insert.bind().setInt(0, 10).setToNull(2)); // the name stays unset
    Row row = session.execute("SELECT name, age FROM people WHERE id = 10").one();
    assertEquals("Eve", row.getString("name"));
    assertTrue(row.isNull("age"));
    assertThrows(InvalidQueryException.class, () -> session.execute(insert.bind().setString(1, "no key")));
  }

  @Test
  void paging() {
    for (int p = 0; p < 5; p++) {
      for (int c = 0; c < 50; c++) session.execute("INSERT INTO lines (p, c, v) VALUES (?, ?, '')", p, c);
    }
    TreeSet<Integer> seen = new TreeSet<>();
    ResultSet all = session.execute(SimpleStatement.newInstance("SELECT p, c FROM lines").setPageSize(7));
    for (Row row : all) assertTrue(seen.add(row.getInt(0) * 50 + row.getInt(1)));
    assertEquals(250, seen.size());
    PreparedStatement select = session.prepare("SELECT c FROM lines WHERE p = 3");
    List<Integer> byHand = new ArrayList<>();
    ByteBuffer state = null;
    do {
      ResultSet page = session.execute(select.bind().setPageSize(20).setPagingState(state));
      for (int left = page.getAvailableWithoutFetching(); left > 0; left--) byHand.add(page.one().getInt(0));
      state = page.getExecutionInfo().getPagingState();
    } while (state != null);
    assertEquals(java.util.stream.IntStream.range(0, 50).boxed().toList(), byHand);
  }

  @Test
  void batches() {
    PreparedStatement insert = session.prepare("INSERT INTO people (id, name) VALUES (?, ?)");
    int id = 20;
    for (BatchType kind : List.of(DefaultBatchType.LOGGED, DefaultBatchType.UNLOGGED)) {
      session.execute(BatchStatement.newInstance(kind,
          insert.bind(++id, "one"),
          SimpleStatement.newInstance("UPDATE people SET age = ? WHERE id = ?", 2, id),
          SimpleStatement.newInstance("INSERT INTO lines (p, c, v) VALUES (" + id + ", 1, 'literal')")).setQueryTimestamp(1234));
      Row row = session.execute("SELECT name, age, writetime(name) FROM people WHERE id = " + id).one();
      assertEquals("one 2 1234", row.getString(0) + " " + row.getInt(1) + " " + row.getLong(2));
      assertEquals("literal", session.execute("SELECT v FROM lines WHERE p = " + id).one().getString(0));
    }
    assertThrows(InvalidQueryException.class,
        () -> session.execute(BatchStatement.newInstance(DefaultBatchType.LOGGED, SimpleStatement.newInstance("SELECT * FROM people"))));
  }

  @Test
  void errors() {
    assertThrows(SyntaxError.class, () -> session.execute("SELEC 1"));
    assertThrows(SyntaxError.class, () -> session.prepare("SELEC 1"));
    assertThrows(InvalidQueryException.class, () -> session.execute("SELECT nothing FROM people"));
    assertThrows(InvalidQueryException.class, () -> session.execute("SELECT * FROM no_such_table"));
    assertThrows(InvalidQueryException.class, () -> session.execute("SELECT * FROM people WHERE age = 3"));
    AlreadyExistsException exists =
        assertThrows(AlreadyExistsException.class, () -> session.execute("CREATE TABLE people (id int PRIMARY KEY)"));
    assertTrue(exists.getMessage().contains("people"), exists.getMessage());
    assertThrows(InvalidConfigurationInQueryException.class,
        () -> session.execute("CREATE KEYSPACE x WITH replication = {'class': 'Nowhere'}"));
  }

  @Test
  void warningsAndPayloads() {
    ResultSet result = session.execute(SimpleStatement.newInstance("SELECT max(age) FROM people")
        .setCustomPayload(Map.of("note", ByteBuffer.wrap(new byte[] {1}))));
    assertEquals(List.of("Aggregation query used without partition key"), result.getExecutionInfo().getWarnings());
  }

  @Test
  void tracing() {
    ResultSet result = session.execute(SimpleStatement.newInstance("SELECT * FROM people WHERE id = 2").setTracing(true));
    QueryTrace trace = result.getExecutionInfo().getQueryTrace();
    assertEquals(result.getExecutionInfo().getTracingId(), trace.getTracingId());
    assertTrue(trace.getParameters().get("query").contains("SELECT * FROM people"), trace.getParameters().toString());
    assertTrue(!trace.getEvents().isEmpty());
  }

  /** In version 5 a changed table gives a new id of the result's metadata. */
  @Test
  void aPreparedStatementSeesANewColumn() {
    session.execute("CREATE TABLE growing (id int PRIMARY KEY, a int)");
    session.execute("INSERT INTO growing (id, a) VALUES (1, 2)");
    PreparedStatement select = session.prepare("SELECT * FROM growing WHERE id = ?");
    assertEquals(2, session.execute(select.bind(1)).getColumnDefinitions().size());
    ByteBuffer before = select.getResultMetadataId();
    session.execute("ALTER TABLE growing ADD b text");
    session.execute("UPDATE growing SET b = 'new' WHERE id = 1");
    ResultSet after = session.execute(select.bind(1));
    assertEquals(3, after.getColumnDefinitions().size());
    assertEquals("new", after.one().getString("b"));
    assertNotEquals(before, select.getResultMetadataId());
  }

  @Test
  void functions() {
    session.execute("CREATE TABLE numbers (id int PRIMARY KEY, v bigint)");
    for (int i = 0; i < 100; i++) session.execute("INSERT INTO numbers (id, v) VALUES (?, ?)", i, i * 10L);
    session.execute("CREATE FUNCTION twice(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint" + Target.body("return 2 * v", "return 2 * v;"));
    int rows = 0;
    for (Row row : session.execute(SimpleStatement.newInstance("SELECT id, twice(v) FROM numbers").setPageSize(30))) {
      assertEquals(row.getInt(0) * 20L, row.getLong(1));
      rows++;
    }
    assertEquals(100, rows);
    session.execute("CREATE FUNCTION add_up(total bigint, v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint" + Target.body("return total + v", "return total + v;"));
    session.execute("CREATE AGGREGATE add_all(bigint) SFUNC add_up STYPE bigint INITCOND 5");
    assertEquals(49505, session.execute("SELECT add_all(v) FROM numbers").one().getLong(0));
    session.execute("CREATE FUNCTION broken(v bigint) CALLED ON NULL INPUT RETURNS bigint"
        + Target.body("error('no luck')", "throw new RuntimeException(\"no luck\");"));
    FunctionFailureException failure =
        assertThrows(FunctionFailureException.class, () -> session.execute("SELECT broken(v) FROM numbers WHERE id = 1"));
    assertTrue(failure.getMessage().contains("no luck"), failure.getMessage());
  }

  @Test
  void thousandsOfRequests() throws Exception {
    session.execute("CREATE TABLE load (id int PRIMARY KEY, v text)");
    PreparedStatement insert = session.prepare("INSERT INTO load (id, v) VALUES (?, ?)");
    PreparedStatement select = session.prepare("SELECT id, v FROM load WHERE id = ?");
    Semaphore inFlight = new Semaphore(500);
    AtomicInteger right = new AtomicInteger();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    int rows = 10_000;
    for (int i = 0; i < rows; i++) {
      int id = i;
      inFlight.acquire();
      all.add(session.executeAsync(insert.bind(id, "value " + id))
          .thenCompose(written -> session.executeAsync(select.bind(id)))
          .thenAccept(read -> {
            Row row = read.one();
            if (row.getInt(0) == id && row.getString(1).equals("value " + id)) right.incrementAndGet();
          })
          .whenComplete((done, failed) -> inFlight.release())
          .toCompletableFuture());
    }
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get();
    assertEquals(rows, right.get());
    assertEquals(rows, session.execute("SELECT count(*) FROM load").one().getLong(0));
  }

  @Test
  @Tag("nacre-only")
  void aSessionOutlivesTheServer() throws Exception {
    session.execute("CREATE TABLE lasting (id int PRIMARY KEY, v text)");
    PreparedStatement insert = session.prepare("INSERT INTO lasting (id, v) VALUES (?, ?)");
    PreparedStatement select = session.prepare("SELECT v FROM lasting WHERE id = ?");
    session.execute(insert.bind(1, "before"));
    Target.restart();
    Target.eventually("an answer after the restart", () -> {
      try {
        return session.execute(select.bind(1)).one().getString(0).equals("before");
      } catch (RuntimeException lost) {
        return false;
      }
    });
    session.execute(insert.bind(2, "after"));
    assertEquals("after", session.execute(select.bind(2)).one().getString(0));
    session.execute("CREATE TABLE later (id int PRIMARY KEY)");
    Target.eventually("events after the restart", () ->
        session.getMetadata().getKeyspace("clients_java_statements").orElseThrow().getTable("later").isPresent());
  }
}

package drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.metadata.schema.AggregateMetadata;
import com.datastax.oss.driver.api.core.metadata.schema.ClusteringOrder;
import com.datastax.oss.driver.api.core.metadata.schema.FunctionMetadata;
import com.datastax.oss.driver.api.core.metadata.schema.KeyspaceMetadata;
import com.datastax.oss.driver.api.core.metadata.schema.TableMetadata;
import com.datastax.oss.driver.api.core.type.DataTypes;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MetadataTest {
  private static CqlSession session;

  @BeforeAll
  static void connect() {
    session = Target.keyspace("metadata");
  }

  @AfterAll
  static void drop() {
    Target.dropKeyspace(session);
  }

  private static KeyspaceMetadata keyspace(CqlSession from) {
    return from.getMetadata().getKeyspace("clients_java_metadata").orElseThrow();
  }

  @Test
  void aTable() {
    session.execute("CREATE TYPE address (street text, numbers frozen<list<int>>)");
    session.execute(
        "CREATE TABLE sensors (site text, day date, at timestamp, name text STATIC, value double, \"Mixed Case\" frozen<map<int, frozen<list<text>>>>,"
            + " home frozen<address>, place vector<float, 3>, pair tuple<int, text>, PRIMARY KEY ((site, day), at))"
            + " WITH CLUSTERING ORDER BY (at DESC) AND comment = 'what they measure'");
    session.refreshSchema();
    TableMetadata table = keyspace(session).getTable("sensors").orElseThrow();
    assertEquals(List.of("site", "day"), table.getPartitionKey().stream().map(c -> c.getName().asInternal()).toList());
    assertEquals(List.of(ClusteringOrder.DESC), List.copyOf(table.getClusteringColumns().values()));
    assertTrue(table.getColumn("name").orElseThrow().isStatic());
    assertEquals(DataTypes.DATE, table.getColumn("day").orElseThrow().getType());
    assertEquals(DataTypes.frozenMapOf(DataTypes.INT, DataTypes.frozenListOf(DataTypes.TEXT)),
        table.getColumn(CqlIdentifier.fromInternal("Mixed Case")).orElseThrow().getType());
    assertEquals(DataTypes.vectorOf(DataTypes.FLOAT, 3), table.getColumn("place").orElseThrow().getType());
    assertEquals(DataTypes.tupleOf(DataTypes.INT, DataTypes.TEXT), table.getColumn("pair").orElseThrow().getType());
    assertEquals("what they measure", table.getOptions().get(CqlIdentifier.fromCql("comment")));
    assertEquals(List.of("street", "numbers"),
        keyspace(session).getUserDefinedType("address").orElseThrow().getFieldNames().stream().map(CqlIdentifier::asInternal).toList());
    assertTrue(keyspace(session).isDurableWrites());
  }

  /** What the driver describes makes the same table again. */
  @Test
  void aDescribedTableCanBeReplayed() {
    session.execute("CREATE TABLE replayed (p int, c text, v set<int>, s text STATIC, PRIMARY KEY (p, c)) WITH CLUSTERING ORDER BY (c DESC)");
    String described = session.refreshSchema().getKeyspace("clients_java_metadata").orElseThrow().getTable("replayed").orElseThrow().describe(false);
    session.execute("DROP TABLE replayed");
    session.execute(described.replaceAll(";\\s*$", ""));
    assertEquals(described,
        session.refreshSchema().getKeyspace("clients_java_metadata").orElseThrow().getTable("replayed").orElseThrow().describe(false));
  }

  @Test
  void functionsAndAggregates() {
    session.execute("CREATE FUNCTION add_up(total bigint, v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint"
        + Target.body("return total + v", "return total + v;"));
    session.execute("CREATE AGGREGATE add_all(bigint) SFUNC add_up STYPE bigint INITCOND 5");
    session.refreshSchema();
    FunctionMetadata function = keyspace(session).getFunction("add_up", DataTypes.BIGINT, DataTypes.BIGINT).orElseThrow();
    assertEquals(DataTypes.BIGINT, function.getReturnType());
    assertFalse(function.isCalledOnNullInput());
    assertEquals(List.of("total", "v"), function.getParameterNames().stream().map(CqlIdentifier::asInternal).toList());
    AggregateMetadata aggregate = keyspace(session).getAggregate("add_all", DataTypes.BIGINT).orElseThrow();
    assertEquals(function.getSignature(), aggregate.getStateFuncSignature());
    assertEquals(5L, aggregate.getInitCond().orElseThrow());
  }

  @Test
  void anotherSessionHearsOfChanges() throws Exception {
    try (CqlSession listener = Target.connect()) {
      session.execute("CREATE TABLE changing (id int PRIMARY KEY)");
      Target.eventually("CREATE TABLE", () -> keyspace(listener).getTable("changing").isPresent());
      session.execute("ALTER TABLE changing ADD v text");
      Target.eventually("ALTER TABLE", () -> keyspace(listener).getTable("changing").orElseThrow().getColumn("v").isPresent());
      session.execute("DROP TABLE changing");
      Target.eventually("DROP TABLE", () -> keyspace(listener).getTable("changing").isEmpty());
      session.execute("CREATE TYPE passing (a int)");
      Target.eventually("CREATE TYPE", () -> keyspace(listener).getUserDefinedType("passing").isPresent());
      session.execute("CREATE FUNCTION same(v int) CALLED ON NULL INPUT RETURNS int" + Target.body("return v", "return v;"));
      Target.eventually("CREATE FUNCTION", () -> keyspace(listener).getFunction("same", DataTypes.INT).isPresent());
      session.execute("DROP FUNCTION same");
      Target.eventually("DROP FUNCTION", () -> keyspace(listener).getFunction("same", DataTypes.INT).isEmpty());
    }
  }
}

package drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.data.CqlDuration;
import com.datastax.oss.driver.api.core.data.CqlVector;
import com.datastax.oss.driver.api.core.data.TupleValue;
import com.datastax.oss.driver.api.core.data.UdtValue;
import com.datastax.oss.driver.api.core.type.DataType;
import com.datastax.oss.driver.api.core.type.DataTypes;
import com.datastax.oss.driver.api.core.type.TupleType;
import com.datastax.oss.driver.api.core.type.UserDefinedType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TypesTest {
  private static final AtomicInteger tables = new AtomicInteger();
  private static CqlSession session;

  @BeforeAll
  static void connect() {
    session = Target.keyspace("types");
    session.execute("CREATE TYPE place (street text, zip int)");
    session.execute("CREATE TYPE person (name text, age int, home frozen<place>, tags frozen<set<text>>)");
  }

  @AfterAll
  static void drop() {
    Target.dropKeyspace(session);
  }

  static Stream<Arguments> natives() throws Exception {
    return Stream.of(
        Arguments.of("ascii", List.of("", "plain")),
        Arguments.of("bigint", List.of(Long.MIN_VALUE, 0L, Long.MAX_VALUE)),
        Arguments.of("blob", List.of(ByteBuffer.allocate(0), ByteBuffer.wrap(new byte[] {0, -1, 127}))),
        Arguments.of("boolean", List.of(true, false)),
        Arguments.of("date", List.of(LocalDate.EPOCH, LocalDate.of(-2000, 2, 29), LocalDate.of(9999, 12, 31))),
        Arguments.of("decimal", List.of(BigDecimal.ZERO, new BigDecimal("-12345678901234567890.0987654321"), new BigDecimal("1E-20"), new BigDecimal("1E+20"))),
        Arguments.of("double", List.of(0.0, -1.5, Double.MAX_VALUE, Double.MIN_VALUE, Double.NaN, Double.NEGATIVE_INFINITY)),
        Arguments.of("duration", List.of(CqlDuration.from("1y2mo3w4d5h6m7s8ms9us10ns"), CqlDuration.from("-10h"))),
        Arguments.of("float", List.of(0.5f, Float.NaN, Float.NEGATIVE_INFINITY)),
        Arguments.of("inet", List.of(InetAddress.getByName("127.0.0.1"), InetAddress.getByName("2001:db8::1"))),
        Arguments.of("int", List.of(Integer.MIN_VALUE, 0, Integer.MAX_VALUE)),
        Arguments.of("smallint", List.of(Short.MIN_VALUE, Short.MAX_VALUE)),
        Arguments.of("text", List.of("", "it's", "äöü 漢字 🐚", "x".repeat(50_000))),
        Arguments.of("time", List.of(LocalTime.MIDNIGHT, LocalTime.MAX)),
        Arguments.of("timestamp", List.of(Instant.EPOCH, Instant.ofEpochMilli(-1), Instant.parse("2026-02-03T04:05:06.789Z"))),
        Arguments.of("timeuuid", List.of(UUID.fromString("50554d6e-29bb-11e5-b345-feff819cdc9f"))),
        Arguments.of("tinyint", List.of(Byte.MIN_VALUE, Byte.MAX_VALUE)),
        Arguments.of("uuid", List.of(UUID.fromString("6f3c7d9e-1c51-4a4b-8f5f-2b7f9b7a9c11"))),
        Arguments.of("varint", List.of(BigInteger.ZERO, BigInteger.valueOf(-129), BigInteger.TEN.pow(40).negate())));
  }

  static Stream<Arguments> nested() {
    return Stream.of(
        Arguments.of("list<int>", List.of(List.of(1, 2, 1))),
        Arguments.of("set<text>", List.of(Set.of("a", "b"))),
        Arguments.of("map<text, bigint>", List.of(Map.of("one", 1L, "", 0L))),
        Arguments.of("frozen<list<frozen<list<int>>>>", List.of(List.of(List.of(1), List.of(), List.of(2, 3)), List.of())),
        Arguments.of("frozen<map<text, frozen<set<int>>>>", List.of(Map.of("odd", Set.of(1, 3), "none", Set.of()))),
        Arguments.of("map<int, frozen<map<int, frozen<list<text>>>>>", List.of(Map.of(1, Map.of(2, List.of("x"))))),
        Arguments.of("vector<float, 3>", List.of(CqlVector.newInstance(1.5f, -2f, 0f))),
        Arguments.of("vector<text, 2>", List.of(CqlVector.newInstance("one", ""))),
        Arguments.of("frozen<list<vector<int, 2>>>", List.of(List.of(CqlVector.newInstance(1, 2)))));
  }

  @ParameterizedTest
  @MethodSource({"natives", "nested"})
  void valuesOf(String type, List<Object> values) {
    String table = "t" + tables.incrementAndGet();
    session.execute("CREATE TABLE " + table + " (id int PRIMARY KEY, v " + type + ")");
    PreparedStatement insert = session.prepare("INSERT INTO " + table + " (id, v) VALUES (?, ?)");
    PreparedStatement select = session.prepare("SELECT v FROM " + table + " WHERE id = ?");
    for (int id = 0; id < values.size(); id++) {
      session.execute(insert.bind(id, values.get(id)));
      assertEquals(values.get(id), session.execute(select.bind(id)).one().getObject(0));
      assertEquals(values.get(id), session.execute("SELECT v FROM " + table + " WHERE id = " + id).one().getObject("v"));
    }
    session.execute(insert.bind(100, null));
    assertTrue(session.execute(select.bind(100)).one().isNull(0));
  }

  @ParameterizedTest
  @MethodSource("natives")
  void keysOf(String type, List<Object> values) {
    if (type.equals("duration")) return; // has no order
    String table = "k" + tables.incrementAndGet();
    session.execute("CREATE TABLE " + table + " (p int, c " + type + ", PRIMARY KEY (p, c)) WITH CLUSTERING ORDER BY (c DESC)");
    PreparedStatement insert = session.prepare("INSERT INTO " + table + " (p, c) VALUES (1, ?)");
    for (Object value : values) session.execute(insert.bind(value));
    PreparedStatement select = session.prepare("SELECT c FROM " + table + " WHERE p = 1 AND c = ?");
    for (Object value : values) assertEquals(value, session.execute(select.bind(value)).one().getObject(0));
    assertEquals(values.size(), session.execute("SELECT c FROM " + table).all().size());
  }

  @Test
  void userTypes() {
    session.execute("CREATE TABLE people (id int PRIMARY KEY, frozen_one frozen<person>, one person, many list<frozen<person>>)");
    PreparedStatement insert = session.prepare("INSERT INTO people (id, frozen_one, one, many) VALUES (?, ?, ?, ?)");
    UserDefinedType person = (UserDefinedType) insert.getVariableDefinitions().get(1).getType();
    UserDefinedType place = (UserDefinedType) person.getFieldTypes().get(2);
    UdtValue home = place.newValue().setString("street", "Main").setToNull("zip");
    UdtValue ada = person.newValue("Ada", 36, home, Set.of("x", "y"));
    UdtValue nobody = person.newValue().setToNull(0).setToNull(1).setToNull(2).setToNull(3);
    session.execute(insert.bind(1, ada, ada, List.of(ada, nobody)));
    Row row = session.execute("SELECT * FROM people WHERE id = 1").one();
    assertEquals("Main", row.getUdtValue("frozen_one").getUdtValue("home").getString("street"));
    assertEquals(Set.of("x", "y"), row.getUdtValue("one").getSet("tags", String.class));
    assertEquals(36, row.getUdtValue("one").getInt("age"));
    assertEquals(2, row.getList("many", UdtValue.class).size());
    assertNull(row.getList("many", UdtValue.class).get(1).getString("name"));
    assertTrue(row.getList("many", UdtValue.class).get(0).getUdtValue("home").isNull("zip"));
  }

  @Test
  void tuples() {
    session.execute("CREATE TABLE tuples (id int PRIMARY KEY, v tuple<int, frozen<tuple<text, frozen<list<int>>>>>)");
    PreparedStatement insert = session.prepare("INSERT INTO tuples (id, v) VALUES (?, ?)");
    TupleType outer = (TupleType) insert.getVariableDefinitions().get(1).getType();
    TupleType inner = (TupleType) outer.getComponentTypes().get(1);
    TupleValue value = outer.newValue(7, inner.newValue("x", List.of(1, 2)));
    session.execute(insert.bind(1, value));
    assertEquals(value, session.execute("SELECT v FROM tuples WHERE id = 1").one().getTupleValue(0));
    session.execute(insert.bind(2, outer.newValue(8, null)));
    assertTrue(session.execute("SELECT v FROM tuples WHERE id = 2").one().getTupleValue(0).isNull(1));
  }

  @Test
  void typesOfResultsAndMarkers() {
    session.execute("CREATE TABLE shapes (id int PRIMARY KEY, m map<text, frozen<list<int>>>)");
    PreparedStatement select = session.prepare("SELECT id, m FROM shapes WHERE id = :the_id");
    DataType type = select.getResultSetDefinitions().get(1).getType();
    assertEquals(DataTypes.mapOf(DataTypes.TEXT, DataTypes.frozenListOf(DataTypes.INT)).asCql(false, false), type.asCql(false, false));
    assertEquals("the_id", select.getVariableDefinitions().get(0).getName().asInternal());
    assertEquals(List.of(0), select.getPartitionKeyIndices());
  }
}

package drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.InvalidKeyspaceException;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.metadata.NodeState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectTest {
  @ParameterizedTest
  @CsvSource({"V3,none", "V3,lz4", "V3,snappy", "V4,none", "V4,lz4", "V4,snappy", "V5,none", "V5,lz4"})
  void versionsAndCompression(String version, String compression) {
    String text = "a long text that is worth to be compressed; ".repeat(5000);
    try (CqlSession session = Target.builder(Target.options()
            .withString(DefaultDriverOption.PROTOCOL_VERSION, version)
            .withString(DefaultDriverOption.PROTOCOL_COMPRESSION, compression)).build()) {
      assertEquals(version, session.getContext().getProtocolVersion().name());
      String name = "clients_java_" + version + compression;
      session.execute("DROP KEYSPACE IF EXISTS " + name);
      session.execute("CREATE KEYSPACE " + name + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
      session.execute("CREATE TABLE " + name + ".t (id int PRIMARY KEY, v text)");
      session.execute("INSERT INTO " + name + ".t (id, v) VALUES (?, ?)", 1, text);
      assertEquals(text, session.execute("SELECT v FROM " + name + ".t").one().getString("v"));
      session.execute("DROP KEYSPACE " + name);
    }
  }

  /** The driver begins with a DSE version and goes down to what the server speaks. */
  @Test
  void theDriverAgreesOnAVersion() {
    try (CqlSession session = Target.connect()) {
      assertEquals("V5", session.getContext().getProtocolVersion().name());
    }
  }

  @Test
  void theNode() {
    try (CqlSession session = Target.connect()) {
      assertEquals(1, session.getMetadata().getNodes().size());
      Node node = session.getMetadata().getNodes().values().iterator().next();
      assertEquals("datacenter1", node.getDatacenter());
      assertEquals("rack1", node.getRack());
      assertEquals(5, node.getCassandraVersion().getMajor());
      assertEquals(NodeState.UP, node.getState());
      assertTrue(session.getMetadata().getTokenMap().isPresent());
      assertTrue(session.checkSchemaAgreement());
    }
  }

  @Test
  void aMissingKeyspace() {
    assertThrows(InvalidKeyspaceException.class,
        () -> Target.builder(Target.options()).withKeyspace("clients_no_such_keyspace").build());
  }

  @Test
  void manyConnections() {
    List<CqlSession> sessions = new ArrayList<>();
    try {
      for (int i = 0; i < 10; i++) {
        sessions.add(Target.builder(Target.options().withInt(DefaultDriverOption.CONNECTION_POOL_LOCAL_SIZE, 20)).build());
      }
      for (CqlSession session : sessions) {
        for (int i = 0; i < 40; i++) {
          assertEquals("local", session.execute("SELECT key FROM system.local").one().getString(0));
        }
      }
    } finally {
      sessions.forEach(CqlSession::close);
    }
  }
}

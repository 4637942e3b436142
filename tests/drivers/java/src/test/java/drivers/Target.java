package drivers;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.config.ProgrammaticDriverConfigLoaderBuilder;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** The server under test and how it is reached; see tests/harness/driver_suite.py. */
final class Target {
  private Target() {}

  static ProgrammaticDriverConfigLoaderBuilder options() {
    // Functions take a while to be compiled on a busy machine.
    return DriverConfigLoader.programmaticBuilder()
        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(60))
        .withDuration(DefaultDriverOption.CONNECTION_CONNECT_TIMEOUT, Duration.ofSeconds(20))
        .withDuration(DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT, Duration.ofSeconds(20))
        .withDuration(DefaultDriverOption.CONNECTION_SET_KEYSPACE_TIMEOUT, Duration.ofSeconds(20))
        .withDuration(DefaultDriverOption.CONTROL_CONNECTION_TIMEOUT, Duration.ofSeconds(20))
        .withDuration(DefaultDriverOption.METADATA_SCHEMA_REQUEST_TIMEOUT, Duration.ofSeconds(20))
        .withDuration(DefaultDriverOption.METADATA_SCHEMA_WINDOW, Duration.ofMillis(100))
        .withString(DefaultDriverOption.RECONNECTION_POLICY_CLASS, "ConstantReconnectionPolicy")
        .withDuration(DefaultDriverOption.RECONNECTION_BASE_DELAY, Duration.ofMillis(100));
  }

  static CqlSessionBuilder builder(ProgrammaticDriverConfigLoaderBuilder options) {
    String[] contact = System.getenv("NACRE_TEST_CONTACT").split(":");
    return CqlSession.builder()
        .addContactPoint(new InetSocketAddress(contact[0], Integer.parseInt(contact[1])))
        .withLocalDatacenter("datacenter1")
        .withConfigLoader(options.build());
  }

  static CqlSession connect() {
    return builder(options()).build();
  }

  /** A session in a keyspace that is made anew. */
  static CqlSession keyspace(String name) {
    try (CqlSession session = connect()) {
      session.execute("DROP KEYSPACE IF EXISTS clients_java_" + name);
      session.execute(
          "CREATE KEYSPACE clients_java_" + name
              + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    }
    return builder(options()).withKeyspace("clients_java_" + name).build();
  }

  static void dropKeyspace(CqlSession session) {
    session.execute("DROP KEYSPACE " + session.getKeyspace().orElseThrow());
    session.close();
  }

  /** A function's text in the language of the server. */
  static String body(String lua, String java) {
    return System.getenv("NACRE_TEST_LANGUAGE").equals("lua")
        ? " LANGUAGE lua AS $$" + lua + "$$"
        : " LANGUAGE java AS $$" + java + "$$";
  }

  /** Kills the server and starts it again on the same data. */
  static void restart() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(System.getenv("NACRE_TEST_CONTROL") + "/restart"))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    int status = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    if (status != 204) throw new IllegalStateException("restart: " + status);
  }

  static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
    long until = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > until) throw new AssertionError(what + " did not come true");
      Thread.sleep(20);
    }
  }
}

package drivers;
import org.junit.jupiter.api.Test;
class ConnectTest { @Test void t() {} }

// Package drivers_test runs gocql against the server that NACRE_TEST_CONTACT names; see
// tests/harness/driver_suite.py. Tests of what only Nacre has end in NacreOnly.
package drivers_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

func cluster(t testing.TB) *gocql.ClusterConfig {
	t.Helper()
	host, port, found := strings.Cut(os.Getenv("NACRE_TEST_CONTACT"), ":")
	if !found {
		t.Fatal("NACRE_TEST_CONTACT=HOST:PORT names no server")
	}
	config := gocql.NewCluster(host)
	if _, err := fmt.Sscan(port, &config.Port); err != nil {
		t.Fatal(err)
	}
	// Functions take a while to be compiled on a busy machine.
	config.Timeout = time.Minute
	config.ConnectTimeout = 20 * time.Second
	config.ReconnectInterval = 200 * time.Millisecond
	config.ReconnectionPolicy = &gocql.ConstantReconnectionPolicy{MaxRetries: 100, Interval: 100 * time.Millisecond}
	config.Consistency = gocql.One
	return config
}

func connect(t testing.TB, config *gocql.ClusterConfig) *gocql.Session {
	t.Helper()
	session, err := config.CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

// keyspace makes a keyspace for one test and a session in it.
func keyspace(t testing.TB) (*gocql.Session, string) {
	t.Helper()
	name := "clients_go_" + strings.ToLower(strings.NewReplacer("/", "_", "Test", "").Replace(t.Name()))
	if len(name) > 48 {
		name = name[:48]
	}
	first := connect(t, cluster(t))
	execute(t, first, "DROP KEYSPACE IF EXISTS "+name)
	execute(t, first, "CREATE KEYSPACE "+name+" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	config := cluster(t)
	config.Keyspace = name
	session := connect(t, config)
	t.Cleanup(func() { execute(t, session, "DROP KEYSPACE "+name) })
	return session, name
}

func execute(t testing.TB, session *gocql.Session, statement string, values ...any) {
	t.Helper()
	if err := session.Query(statement, values...).Exec(); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func scan(t testing.TB, query *gocql.Query, into ...any) {
	t.Helper()
	if err := query.Scan(into...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for until := time.Now().Add(60 * time.Second); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%s did not come true", what)
		}
	}
}

// body is a function's text in the language of the server.
func body(lua, java string) string {
	if os.Getenv("NACRE_TEST_LANGUAGE") == "lua" {
		return " LANGUAGE lua AS $$" + lua + "$$"
	}
	return " LANGUAGE java AS $$" + java + "$$"
}

// restart kills the server and starts it again on the same data.
func restart(t testing.TB) {
	t.Helper()
	answer, err := http.Post(os.Getenv("NACRE_TEST_CONTROL")+"/restart", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	equal(t, "restart", answer.StatusCode, http.StatusNoContent)
}

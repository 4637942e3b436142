package drivers_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/apache/cassandra-gocql-driver/v2/lz4"
	"github.com/apache/cassandra-gocql-driver/v2/snappy"
)

func TestVersionsAndCompression(t *testing.T) {
	text := strings.Repeat("a long text that is worth to be compressed; ", 2000)
	compressors := map[string]gocql.Compressor{"plain": nil, "lz4": lz4.LZ4Compressor{}, "snappy": snappy.SnappyCompressor{}}
	setup, name := keyspace(t)
	execute(t, setup, "CREATE TABLE t (id int PRIMARY KEY, v text)")
	for version := 3; version <= 5; version++ {
		for kind, compressor := range compressors {
			if version == 5 && kind == "snappy" {
				continue // version 5 has only LZ4
			}
			t.Run(fmt.Sprintf("v%d_%s", version, kind), func(t *testing.T) {
				config := cluster(t)
				config.ProtoVersion = version
				config.Compressor = compressor
				config.Keyspace = name
				session := connect(t, config)
				execute(t, session, "INSERT INTO t (id, v) VALUES (?, ?)", version, text)
				var got string
				scan(t, session.Query("SELECT v FROM t WHERE id = ?", version), &got)
				equal(t, "text", got, text)
			})
		}
	}
}

func TestTheDriverAgreesOnAVersion(t *testing.T) {
	config := cluster(t)
	config.ProtoVersion = 0
	var key string
	scan(t, connect(t, config).Query("SELECT key FROM system.local"), &key)
	equal(t, "key", key, "local")
}

func TestAMissingKeyspace(t *testing.T) {
	config := cluster(t)
	config.Keyspace = "clients_no_such_keyspace"
	if session, err := config.CreateSession(); err == nil {
		session.Close()
		t.Fatal("connected to a keyspace that is not there")
	}
}

func TestTheHost(t *testing.T) {
	session := connect(t, cluster(t))
	var host *gocql.HostInfo
	iter := session.Query("SELECT key FROM system.local").Iter()
	host = iter.Host()
	if err := iter.Close(); err != nil {
		t.Fatal(err)
	}
	equal(t, "data center", host.DataCenter(), "datacenter1")
	equal(t, "rack", host.Rack(), "rack1")
	equal(t, "version", host.Version().Major, 5)
	if len(host.Tokens()) == 0 || !host.IsUp() {
		t.Errorf("tokens %v, state %v", host.Tokens(), host.State())
	}
}

func TestManySessions(t *testing.T) {
	var all sync.WaitGroup
	for range 50 {
		all.Add(1)
		go func() {
			defer all.Done()
			config := cluster(t)
			config.NumConns = 5
			session, err := config.CreateSession()
			if err != nil {
				t.Error(err)
				return
			}
			defer session.Close()
			var key string
			if err := session.Query("SELECT key FROM system.local").Scan(&key); err != nil || key != "local" {
				t.Error(key, err)
			}
		}()
	}
	all.Wait()
}

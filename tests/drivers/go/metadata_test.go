package drivers_test

import (
	"slices"
	"testing"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// refreshed waits until the driver has heard of what `complete` looks for: it goes by events.
func refreshed(t testing.TB, session *gocql.Session, name string, complete func(*gocql.KeyspaceMetadata) bool) (described *gocql.KeyspaceMetadata) {
	t.Helper()
	eventually(t, "the metadata", func() bool {
		var err error
		described, err = session.KeyspaceMetadata(name)
		return err == nil && complete(described)
	})
	return described
}

func TestMetadataOfTables(t *testing.T) {
	session, name := keyspace(t)
	execute(t, session, "CREATE TYPE address (street text, numbers frozen<list<int>>)")
	execute(t, session, `CREATE TABLE sensors (site text, day date, at timestamp, name text STATIC, value double,
		"Mixed Case" frozen<map<int, frozen<list<text>>>>, home frozen<address>, place vector<float, 3>,
		PRIMARY KEY ((site, day), at)) WITH CLUSTERING ORDER BY (at DESC)`)
	described := refreshed(t, session, name, func(now *gocql.KeyspaceMetadata) bool { return now.Tables["sensors"] != nil })
	equal(t, "durable writes", described.DurableWrites, true)
	table := described.Tables["sensors"]
	names := func(columns []*gocql.ColumnMetadata) (found []string) {
		for _, column := range columns {
			found = append(found, column.Name)
		}
		return
	}
	if got := names(table.PartitionKey); !slices.Equal(got, []string{"site", "day"}) {
		t.Error("partition key", got)
	}
	if got := names(table.ClusteringColumns); !slices.Equal(got, []string{"at"}) {
		t.Error("clustering columns", got)
	}
	equal(t, "order", table.ClusteringColumns[0].Order, gocql.DESC)
	equal(t, "kind", table.Columns["name"].Kind, gocql.ColumnStatic)
	equal(t, "value", table.Columns["value"].Type.Type(), gocql.TypeDouble)
	equal(t, "map", table.Columns["Mixed Case"].Type.Type(), gocql.TypeMap)
	address := described.UserTypes["address"]
	if address == nil || !slices.Equal(address.FieldNames, []string{"street", "numbers"}) {
		t.Errorf("type %v", address)
	}
}

func TestMetadataOfFunctions(t *testing.T) {
	session, name := keyspace(t)
	execute(t, session, "CREATE FUNCTION add_up(total bigint, v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint"+
		body("return total + v", "return total + v;"))
	execute(t, session, "CREATE AGGREGATE add_all(bigint) SFUNC add_up STYPE bigint INITCOND 5")
	described := refreshed(t, session, name, func(now *gocql.KeyspaceMetadata) bool { return now.Aggregates["add_all"] != nil })
	made := described.Functions["add_up"]
	if made == nil || !slices.Equal(made.ArgumentNames, []string{"total", "v"}) || made.CalledOnNullInput {
		t.Fatalf("function %+v", made)
	}
	equal(t, "returns", made.ReturnType.Type(), gocql.TypeBigInt)
	aggregate := described.Aggregates["add_all"]
	if aggregate == nil || aggregate.StateFunc.Name != "add_up" || aggregate.InitCond != "5" {
		t.Fatalf("aggregate %+v", aggregate)
	}
}

func TestChangesReachAnotherSession(t *testing.T) {
	session, name := keyspace(t)
	listener := connect(t, cluster(t))
	table := func() *gocql.TableMetadata {
		described, err := listener.KeyspaceMetadata(name)
		if err != nil {
			t.Fatal(err)
		}
		return described.Tables["changing"]
	}
	if table() != nil {
		t.Fatal("there before it was made")
	}
	execute(t, session, "CREATE TABLE changing (id int PRIMARY KEY)")
	eventually(t, "CREATE TABLE", func() bool { return table() != nil })
	execute(t, session, "ALTER TABLE changing ADD v text")
	eventually(t, "ALTER TABLE", func() bool { return table().Columns["v"] != nil })
	execute(t, session, "DROP TABLE changing")
	eventually(t, "DROP TABLE", func() bool { return table() == nil })
	if err := session.AwaitSchemaAgreement(t.Context()); err != nil {
		t.Error(err)
	}
}

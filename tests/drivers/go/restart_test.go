package drivers_test

import "testing"

func TestASessionOutlivesTheServerNacreOnly(t *testing.T) {
	session, name := keyspace(t)
	execute(t, session, "CREATE TABLE t (id int PRIMARY KEY, v text)")
	for id := range 100 {
		execute(t, session, "INSERT INTO t (id, v) VALUES (?, ?)", id, "x")
	}
	iter := session.Query("SELECT id FROM t").PageSize(40).Iter()
	state := iter.PageState()
	seen := map[int]bool{}
	var id int
	for range iter.NumRows() {
		iter.Scan(&id)
		seen[id] = true
	}
	equal(t, "rows of the first page", len(seen), 40)

	restart(t)
	var v string
	eventually(t, "an answer after the restart", func() bool {
		return session.Query("SELECT v FROM t WHERE id = ?", 1).Scan(&v) == nil
	})
	execute(t, session, "INSERT INTO t (id, v) VALUES (?, ?)", 1, "after")
	scan(t, session.Query("SELECT v FROM t WHERE id = ?", 1), &v)
	equal(t, "value", v, "after")
	rest := session.Query("SELECT id FROM t").PageSize(1000).PageState(state).Iter()
	for rest.Scan(&id) {
		seen[id] = true
	}
	if err := rest.Close(); err != nil {
		t.Fatal(err)
	}
	equal(t, "rows over the restart", len(seen), 100)
	execute(t, session, "CREATE TABLE later (id int PRIMARY KEY)")
	eventually(t, "events after the restart", func() bool {
		described, err := session.KeyspaceMetadata(name)
		return err == nil && described.Tables["later"] != nil
	})
}

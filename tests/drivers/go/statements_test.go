package drivers_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

func TestPositionalAndNamedValues(t *testing.T) {
	session, _ := keyspace(t)
	execute(t, session, "CREATE TABLE people (id int PRIMARY KEY, name text, age int)")
	execute(t, session, "INSERT INTO people (id, name, age) VALUES (?, ?, ?)", 1, "Ada", 36)
	execute(t, session, "INSERT INTO people (id, name, age) VALUES (:id, :name, :age)",
		gocql.NamedValue("id", 2), gocql.NamedValue("name", "Bob"), gocql.NamedValue("age", 5))
	for id, want := range map[int]string{1: "Ada 36", 2: "Bob 5"} {
		var name string
		var age int
		scan(t, session.Query("SELECT name, age FROM people WHERE id = ?", id), &name, &age)
		equal(t, "row", fmt.Sprint(name, " ", age), want)
	}
}

func TestNullAndUnset(t *testing.T) {
	session, _ := keyspace(t)
	execute(t, session, "CREATE TABLE t (id int PRIMARY KEY, a text, b text)")
	execute(t, session, "INSERT INTO t (id, a, b) VALUES (?, ?, ?)", 1, "a", "b")
	execute(t, session, "INSERT INTO t (id, a, b) VALUES (?, ?, ?)", 1, gocql.UnsetValue, nil)
	var a, b *string
	scan(t, session.Query("SELECT a, b FROM t WHERE id = 1"), &a, &b)
	if a == nil || *a != "a" || b != nil {
		t.Error(a, b)
	}
}

func TestPaging(t *testing.T) {
	session, _ := keyspace(t)
	execute(t, session, "CREATE TABLE t (p int, c int, PRIMARY KEY (p, c))")
	for p := range 5 {
		batch := session.Batch(gocql.UnloggedBatch)
		for c := range 50 {
			batch.Query("INSERT INTO t (p, c) VALUES (?, ?)", p, c)
		}
		if err := batch.Exec(); err != nil {
			t.Fatal(err)
		}
	}
	var seen []int
	var p, c int
	iter := session.Query("SELECT p, c FROM t").PageSize(7).Iter()
	for iter.Scan(&p, &c) {
		seen = append(seen, p*50+c)
	}
	if err := iter.Close(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(seen)
	for i := range 250 {
		if len(seen) != 250 || seen[i] != i {
			t.Fatal("rows are missing or doubled", seen)
		}
	}
	var state []byte
	var byHand []int
	for pages := 1; ; pages++ {
		iter := session.Query("SELECT c FROM t WHERE p = 3").PageSize(20).PageState(state).Iter()
		state = iter.PageState()
		for scanner := iter.Scanner(); scanner.Next(); {
			if err := scanner.Scan(&c); err != nil {
				t.Fatal(err)
			}
			byHand = append(byHand, c)
		}
		if len(state) == 0 {
			equal(t, "pages", pages, 3)
			break
		}
	}
	for i := range 50 {
		if len(byHand) != 50 || byHand[i] != i {
			t.Fatal("rows are missing, doubled or out of order", byHand)
		}
	}
	err := session.Query("SELECT c FROM t WHERE p = 3").PageState([]byte("garbage")).Iter().Close()
	equal(t, "garbage as a paging state", codeOf(err), gocql.ErrCodeProtocol)
}

func TestBatches(t *testing.T) {
	session, _ := keyspace(t)
	execute(t, session, "CREATE TABLE t (p int, c int, v text, PRIMARY KEY (p, c))")
	for p, kind := range []gocql.BatchType{gocql.LoggedBatch, gocql.UnloggedBatch} {
		batch := session.Batch(kind)
		for c := range 20 {
			batch.Query("INSERT INTO t (p, c, v) VALUES (?, ?, ?)", p, c, fmt.Sprint("row ", c))
		}
		batch.Query(fmt.Sprintf("DELETE FROM t WHERE p = %d AND c = 0", p))
		batch.Query("UPDATE t SET v = ? WHERE p = ? AND c = ?", "other partition", p+100, 0)
		if err := batch.Exec(); err != nil {
			t.Fatal(err)
		}
		var count int
		scan(t, session.Query("SELECT count(*) FROM t WHERE p = ?", p), &count)
		equal(t, "rows", count, 19)
		var v string
		scan(t, session.Query("SELECT v FROM t WHERE p = ?", p+100), &v)
		equal(t, "value", v, "other partition")
	}
	batch := session.Batch(gocql.LoggedBatch).WithTimestamp(1000)
	batch.Query("INSERT INTO t (p, c, v) VALUES (7, 7, 'old')")
	if err := batch.Exec(); err != nil {
		t.Fatal(err)
	}
	var written int64
	scan(t, session.Query("SELECT writetime(v) FROM t WHERE p = 7"), &written)
	equal(t, "timestamp", written, 1000)
	batch = session.Batch(gocql.LoggedBatch)
	batch.Query("SELECT * FROM t")
	equal(t, "SELECT in a batch", codeOf(batch.Exec()), gocql.ErrCodeInvalid)
}

func codeOf(err error) int {
	var answered gocql.RequestError
	if errors.As(err, &answered) {
		return answered.Code()
	}
	return -1
}

func TestErrors(t *testing.T) {
	session, name := keyspace(t)
	execute(t, session, "CREATE TABLE t (id int PRIMARY KEY, v text)")
	for statement, code := range map[string]int{
		"SELEC 1":                      gocql.ErrCodeSyntax,
		"SELECT nothing FROM t":        gocql.ErrCodeInvalid,
		"SELECT * FROM no_such_table":  gocql.ErrCodeInvalid,
		"SELECT * FROM t WHERE v = ''": gocql.ErrCodeInvalid,
		"CREATE KEYSPACE x WITH replication = {'class': 'Nowhere'}": gocql.ErrCodeConfig,
	} {
		equal(t, statement, codeOf(session.Query(statement).Exec()), code)
	}
	var exists *gocql.RequestErrAlreadyExists
	if err := session.Query("CREATE TABLE t (id int PRIMARY KEY)").Exec(); !errors.As(err, &exists) {
		t.Fatal(err)
	}
	equal(t, "existing table", exists.Keyspace+"."+exists.Table, name+".t")
	if err := session.Query("SELECT v FROM t WHERE id = 404").Scan(new(string)); !errors.Is(err, gocql.ErrNotFound) {
		t.Error(err)
	}
}

func TestWarningsAndPayloads(t *testing.T) {
	session, _ := keyspace(t)
	execute(t, session, "CREATE TABLE t (id int PRIMARY KEY)")
	iter := session.Query("SELECT max(id) FROM t").CustomPayload(map[string][]byte{"note": []byte("x")}).Iter()
	if got := iter.Warnings(); !slices.Equal(got, []string{"Aggregation query used without partition key"}) {
		t.Error(got)
	}
	if err := iter.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAColumnComesAndGoes(t *testing.T) {
	session, _ := keyspace(t)
	execute(t, session, "CREATE TABLE t (id int PRIMARY KEY, a int)")
	execute(t, session, "INSERT INTO t (id, a) VALUES (1, 2)")
	columns := func() (names []string) {
		iter := session.Query("SELECT * FROM t WHERE id = ?", 1).Iter()
		row := map[string]any{}
		if !iter.MapScan(row) {
			t.Fatal(iter.Close())
		}
		for name := range row {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	for _, each := range []struct {
		change string
		want   []string
	}{
		{"ALTER TABLE t ADD b text", []string{"a", "b", "id"}},
		{"ALTER TABLE t DROP a", []string{"b", "id"}},
	} {
		columns()
		execute(t, session, each.change)
		if got := columns(); !slices.Equal(got, each.want) {
			t.Errorf("after %s: %v", each.change, got)
		}
	}
}

func TestFunctions(t *testing.T) {
	session, name := keyspace(t)
	execute(t, session, "CREATE TABLE t (id int PRIMARY KEY, v bigint)")
	for id := range 100 {
		execute(t, session, "INSERT INTO t (id, v) VALUES (?, ?)", id, id*10)
	}
	execute(t, session, "CREATE FUNCTION twice(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint"+body("return 2 * v", "return 2 * v;"))
	iter := session.Query("SELECT id, twice(v) FROM t").PageSize(30).Iter()
	var id, v, count int
	for iter.Scan(&id, &v) {
		equal(t, "twice", v, id*20)
		count++
	}
	if err := iter.Close(); err != nil || count != 100 {
		t.Fatal(count, err)
	}
	execute(t, session, "CREATE FUNCTION add_up(total bigint, v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint"+body("return total + v", "return total + v;"))
	execute(t, session, "CREATE AGGREGATE add_all(bigint) SFUNC add_up STYPE bigint INITCOND 5")
	scan(t, session.Query("SELECT add_all(v) FROM t"), &v)
	equal(t, "add_all", v, 49505)
	execute(t, session, "CREATE FUNCTION broken(v bigint) CALLED ON NULL INPUT RETURNS bigint"+body("error('no luck')", `throw new RuntimeException("no luck");`))
	var failure *gocql.RequestErrFunctionFailure
	if err := session.Query("SELECT broken(v) FROM t WHERE id = 1").Iter().Close(); !errors.As(err, &failure) {
		t.Fatal(err)
	}
	equal(t, "function", failure.Keyspace+"."+failure.Function+fmt.Sprint(failure.ArgTypes), name+".broken[bigint]")
	execute(t, session, "DROP FUNCTION broken(bigint)")
	equal(t, "a dropped function", codeOf(session.Query("SELECT broken(v) FROM t WHERE id = 2").Exec()), gocql.ErrCodeInvalid)
}

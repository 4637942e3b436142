package drivers_test

import (
	"fmt"
	"math"
	"math/big"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"gopkg.in/inf.v0"
)

type place struct {
	Street string `cql:"street"`
	Zip    *int   `cql:"zip"`
}

type person struct {
	Name string `cql:"name"`
	Age  int    `cql:"age"`
	Home place  `cql:"home"`
}

func decimal(text string) inf.Dec {
	value, _ := new(inf.Dec).SetString(text)
	return *value
}

func varint(text string) big.Int {
	value, _ := new(big.Int).SetString(text, 10)
	return *value
}

var uuid, _ = gocql.ParseUUID("6f3c7d9e-1c51-4a4b-8f5f-2b7f9b7a9c11")
var timeuuid, _ = gocql.ParseUUID("50554d6e-29bb-11e5-b345-feff819cdc9f")

var values = []struct {
	cql    string
	values any // a slice of what is written and read back
}{
	{"ascii", []string{"", "plain"}},
	{"bigint", []int64{math.MinInt64, 0, math.MaxInt64}},
	{"blob", [][]byte{{}, {0, 255, 127}}},
	{"boolean", []bool{true, false}},
	{"date", []time.Time{time.Unix(0, 0).UTC(), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}},
	{"decimal", []inf.Dec{decimal("0"), decimal("-12345678901234567890.0987654321")}},
	{"double", []float64{0, -1.5, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1)}},
	{"duration", []gocql.Duration{{Months: 14, Days: 25, Nanoseconds: 12345}, {Months: -1, Days: -1, Nanoseconds: -1}}},
	{"float", []float32{0.5, float32(math.Inf(-1))}},
	{"inet", []net.IP{net.ParseIP("127.0.0.1").To4(), net.ParseIP("2001:db8::1")}},
	{"int", []int32{math.MinInt32, 0, math.MaxInt32}},
	{"smallint", []int16{math.MinInt16, math.MaxInt16}},
	{"text", []string{"", "it's", "äöü 漢字 🐚", strings.Repeat("x", 100_000)}},
	{"time", []time.Duration{0, 24*time.Hour - 1}},
	{"timestamp", []time.Time{time.UnixMilli(0).UTC(), time.UnixMilli(-1).UTC(), time.Date(2026, 2, 3, 4, 5, 6, 789e6, time.UTC)}},
	{"timeuuid", []gocql.UUID{timeuuid}},
	{"tinyint", []int8{math.MinInt8, math.MaxInt8}},
	{"uuid", []gocql.UUID{uuid}},
	{"varint", []big.Int{varint("0"), varint("-1"), varint("123456789012345678901234567890")}},
	{"list<int>", [][]int{{1, 2, 1}}},
	{"set<text>", [][]string{{"a", "b"}}},
	{"map<text, bigint>", []map[string]int64{{"one": 1, "": 0}}},
	{"frozen<list<frozen<list<int>>>>", [][][]int{{{1}, {}, {2, 3}}, {}}},
	{"frozen<map<text, frozen<set<int>>>>", []map[string][]int{{"odd": {1, 3}, "none": {}}}},
	{"frozen<person>", []person{{"Ada", 36, place{"Main", nil}}}},
	{"person", []person{{"Bob", 5, place{"", nil}}}},
	{"list<frozen<person>>", [][]person{{{Name: "Ada"}, {Name: "Bob", Age: 1}}}},
	{"vector<float, 3>", [][]float32{{1.5, -2, 0}}},
	{"vector<text, 2>", [][]string{{"one", ""}}},
	{"frozen<list<vector<int, 2>>>", [][][]int{{{1, 2}, {3, 4}}}},
}

func TestValuesOfTypes(t *testing.T) {
	session, _ := keyspace(t)
	execute(t, session, "CREATE TYPE place (street text, zip int)")
	execute(t, session, "CREATE TYPE person (name text, age int, home frozen<place>)")
	for number, each := range values {
		t.Run(each.cql, func(t *testing.T) {
			table := fmt.Sprintf("t%d", number)
			execute(t, session, "CREATE TABLE "+table+" (id int PRIMARY KEY, v "+each.cql+")")
			all := reflect.ValueOf(each.values)
			for id := range all.Len() {
				want := all.Index(id).Interface()
				if kind := reflect.TypeOf(want); kind.Kind() == reflect.Struct && kind != reflect.TypeFor[time.Time]() {
					pointer := reflect.New(kind)
					pointer.Elem().Set(all.Index(id))
					execute(t, session, "INSERT INTO "+table+" (id, v) VALUES (?, ?)", id, pointer.Interface())
				} else {
					execute(t, session, "INSERT INTO "+table+" (id, v) VALUES (?, ?)", id, want)
				}
				got := reflect.New(all.Type().Elem())
				scan(t, session.Query("SELECT v FROM "+table+" WHERE id = ?", id), got.Interface())
				if text := fmt.Sprint(got.Elem().Interface()); text != fmt.Sprint(want) {
					t.Errorf("got %.200s, want %.200v", text, want)
				}
			}
			execute(t, session, "INSERT INTO "+table+" (id, v) VALUES (100, null)")
			row := map[string]any{}
			if err := session.Query("SELECT v FROM " + table + " WHERE id = 100").MapScan(row); err != nil {
				t.Fatal(err)
			}
			got := reflect.ValueOf(row["v"])
			if got.IsValid() && !got.IsZero() && (got.Kind() != reflect.Map && got.Kind() != reflect.Slice || got.Len() != 0) {
				t.Errorf("null came back as %#v", row["v"])
			}
		})
	}
}

func TestNotANumber(t *testing.T) {
	session, _ := keyspace(t)
	execute(t, session, "CREATE TABLE t (id int PRIMARY KEY, v double)")
	execute(t, session, "INSERT INTO t (id, v) VALUES (1, ?)", math.NaN())
	var got float64
	scan(t, session.Query("SELECT v FROM t"), &got)
	if !math.IsNaN(got) {
		t.Error(got)
	}
}

func TestTuples(t *testing.T) {
	session, _ := keyspace(t)
	execute(t, session, "CREATE TABLE t (id int PRIMARY KEY, v tuple<int, text, frozen<list<int>>>)")
	execute(t, session, "INSERT INTO t (id, v) VALUES (1, (?, ?, ?))", 7, "x", []int{1, 2})
	var number int
	var text *string
	var list []int
	scan(t, session.Query("SELECT v FROM t WHERE id = 1"), &number, &text, &list)
	equal(t, "tuple", fmt.Sprintln(number, *text, list), "7 x [1 2]\n")
	execute(t, session, "INSERT INTO t (id, v) VALUES (2, (?, ?, ?))", 8, nil, nil)
	scan(t, session.Query("SELECT v FROM t WHERE id = 2"), &number, &text, &list)
	if number != 8 || text != nil || len(list) != 0 {
		t.Error(number, text, list)
	}
}

func TestNativeTypesAsKeys(t *testing.T) {
	session, _ := keyspace(t)
	for _, each := range values {
		if strings.ContainsAny(each.cql, "<") || each.cql == "person" || each.cql == "duration" {
			continue
		}
		table := "key_" + each.cql
		execute(t, session, fmt.Sprintf("CREATE TABLE %s (p %s, c %s, v int, PRIMARY KEY (p, c))", table, each.cql, each.cql))
		value := reflect.ValueOf(each.values).Index(min(1, reflect.ValueOf(each.values).Len()-1))
		pointer := reflect.New(value.Type())
		pointer.Elem().Set(value)
		execute(t, session, "INSERT INTO "+table+" (p, c, v) VALUES (?, ?, 1)", pointer.Interface(), pointer.Interface())
		var found int
		scan(t, session.Query("SELECT v FROM "+table+" WHERE p = ? AND c = ?", pointer.Interface(), pointer.Interface()), &found)
		equal(t, each.cql, found, 1)
	}
}

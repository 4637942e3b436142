package drivers_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

func TestThousandsOfRequests(t *testing.T) {
	const inFlight, rows = 400, 10_000
	session, _ := keyspace(t)
	execute(t, session, "CREATE TABLE t (id int PRIMARY KEY, v text)")
	var next atomic.Int64
	var all sync.WaitGroup
	for range inFlight {
		all.Add(1)
		go func() {
			defer all.Done()
			for id := next.Add(1); id <= rows; id = next.Add(1) {
				want := fmt.Sprint("value ", id)
				if err := session.Query("INSERT INTO t (id, v) VALUES (?, ?)", id, want).Exec(); err != nil {
					t.Error(err)
					return
				}
				var found int64
				var got string
				if err := session.Query("SELECT id, v FROM t WHERE id = ?", id).Scan(&found, &got); err != nil || found != id || got != want {
					t.Errorf("row %d: %d %q %v", id, found, got, err)
					return
				}
				if id%500 == 0 {
					if err := session.Query("SELECT nothing FROM t").Exec(); err == nil {
						t.Error("no error")
					}
					var count int
					if err := session.Query("SELECT count(*) FROM t").Scan(&count); err != nil || count > rows {
						t.Error(count, err)
					}
				}
			}
		}()
	}
	all.Wait()
	var count int
	scan(t, session.Query("SELECT count(*) FROM t"), &count)
	equal(t, "rows", count, rows)
}

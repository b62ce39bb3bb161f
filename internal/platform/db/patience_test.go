package db_test

import (
	"testing"

	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/query"
)

// Counting a list is given up after a while; the rows come all the same, and so
// does what follows in the transaction.
func TestACountThatTakesTooLongIsGivenUp(t *testing.T) {
	spec := query.Spec{Resource: "things", Key: "id", Fields: []query.Field{{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true}}}
	// A count has to walk through all of it; the first rows are found at once.
	const long = `organization o JOIN (SELECT id, id AS organization_id FROM organization) t ON t.id = o.id`
	const endless = long + ` JOIN (SELECT count(*) AS n FROM (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 30000000) SELECT x FROM c) y) slow ON slow.n > 0`
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		org := makeOrg(t, d, "Counted")
		for _, c := range []struct {
			name, from string
			want       int64
		}{{"soon", long, 1}, {"late", endless, -1}} {
			l, bad := query.ParseList(&spec, nil, query.Prefer{CountExact: true})
			if bad != nil {
				t.Fatal(bad)
			}
			rows := 0
			if err := d.Tenant(org).Read(t.Context(), func(tx *db.Tx) error {
				rows = 0
				total, err := db.CountOf(tx, org, &l, c.from)
				if err != nil {
					return err
				}
				if total != c.want {
					t.Errorf("%s: counted %d, want %d", c.name, total, c.want)
				}
				_, err = db.ListOf(tx, org, &l, "t.id", long, func(scan func(...any) error) error { rows++; return nil })
				return err
			}); err != nil || rows != 1 {
				t.Errorf("%s: %d rows, %v", c.name, rows, err)
			}
		}
	})
}

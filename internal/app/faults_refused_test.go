package app

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"switchboard/internal/platform/db"
)

// A delivery of which the database refuses one element, whatever it is asked
// with: the element's siblings are recorded, the delivery says what it lacks.
func TestFaultElementTheDatabaseRefuses(t *testing.T) {
	onEach(t, func(s *scene) {
		n, c, a := s.one()
		s.refuse("poison")
		var list []string
		for i, text := range []string{"before", "poison", "after"} {
			list = append(list, fmt.Sprintf(`{"from":"12025550100","id":"wamid.%d","timestamp":"%d","type":"text","text":{"body":%q}}`, i, time.Now().Unix(), text))
		}
		body := fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",`+
			`"metadata":{"phone_number_id":%q},"contacts":[],"messages":[%s]}}]}]}`, a.PhoneNumberID, strings.Join(list, ","))
		if status, _ := s.call(n.url, c.ID, body, sign(a.AppSecret, body)); status != 200 {
			t.Fatal(status)
		}
		s.idle(20 * time.Second)
		s.want("messages", s.count(`SELECT count(*) FROM message WHERE text IN ('before', 'after')`), 2)
		s.want("poison", s.count(`SELECT count(*) FROM message WHERE text = 'poison'`), 0)
		s.want("quarantined, and why", s.count(`SELECT count(*) FROM webhook_event WHERE outcome = 'quarantined' AND error LIKE '2 of 3 elements%'`), 1)
	})
}

// refuse has the database refuse messages of a text.
func (s *scene) refuse(text string) {
	s.Helper()
	for _, q := range map[db.Engine][]string{
		db.SQLite: {`CREATE TRIGGER refuse_it BEFORE INSERT ON message WHEN NEW.text = '` + text + `' BEGIN SELECT RAISE(ABORT, 'refused'); END`},
		db.Postgres: {`CREATE FUNCTION refuse_it() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION 'refused'; END $f$`,
			`CREATE TRIGGER refuse_it BEFORE INSERT ON message FOR EACH ROW WHEN (NEW.text = '` + text + `') EXECUTE FUNCTION refuse_it()`},
	}[s.look.DB.Engine()] {
		s.define(q)
	}
}

// define runs a statement as the owner of the database.
func (s *scene) define(q string) {
	s.Helper()
	if s.cfg.DatabaseURL != "" {
		c, err := pgx.Connect(s.Context(), s.cfg.DatabaseURL)
		if err != nil {
			s.Fatal(err)
		}
		defer c.Close(s.Context())
		if _, err := c.Exec(s.Context(), q); err != nil {
			s.Fatal(err)
		}
		return
	}
	d, err := sql.Open("sqlite", "file:"+filepath.Join(s.cfg.Data, "switchboard.db")+"?_pragma=busy_timeout(20000)") // the node is writing too
	if err != nil {
		s.Fatal(err)
	}
	defer d.Close()
	if _, err := d.ExecContext(s.Context(), q); err != nil {
		s.Fatal(err)
	}
}

package audit

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// exportPage is how many rows are read in one transaction: a long export holds
// none open.
const exportPage = 500

var (
	selectFrom = db.SQL(`SELECT ` + columns + ` FROM audit_log t WHERE t.organization_id = $1 AND t.seq > $2 AND t.seq <= $3 ORDER BY t.seq LIMIT $4`)
	csvHead    = []string{"seq", "id", "at", "actor_type", "actor_id", "actor_name", "address", "action", "object_type", "object_id", "before", "after"}
)

// Export writes the whole record, the oldest act first, as JSON or CSV. Taking it
// out is an act itself and the last one in it. begin is called before the first
// byte.
func (s *Service) Export(ctx context.Context, a account.Actor, format string, begin func() io.Writer) error {
	if err := a.Require(account.AuditExport); err != nil {
		return err
	}
	var last int64
	if err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		if err := audit.Record(tx, s.clock.Now(), a.Audit(), audit.Act{Action: "audit_log.export", ObjectType: "audit_log", After: map[string]any{"format": format}}); err != nil {
			return err
		}
		var hash []byte
		return tx.Row(headOf, []any{a.Organization}, &last, &hash)
	}); err != nil {
		return err
	}
	w := newWriter(format, begin())
	for seq := int64(0); seq < last; {
		var rows []View
		if err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) error {
			rows = nil
			return tx.Query(selectFrom, []any{a.Organization, seq, last, exportPage}, func(scan func(...any) error) error {
				r, err := scanRow(scan)
				rows = append(rows, view(r))
				return err
			})
		}); err != nil {
			return err
		}
		if len(rows) == 0 {
			break // somebody removed them; Verify tells
		}
		for _, v := range rows {
			if err := w.row(v); err != nil {
				return err
			}
		}
		seq = rows[len(rows)-1].Seq
	}
	return w.end()
}

type rowWriter interface {
	row(View) error
	end() error
}

func newWriter(format string, w io.Writer) rowWriter {
	if format == "csv" {
		c := &csvWriter{w: csv.NewWriter(w)}
		_ = c.w.Write(csvHead) // an error stays with the writer and shows at the end
		return c
	}
	return &jsonWriter{w: w, between: "["}
}

type jsonWriter struct {
	w       io.Writer
	between string
}

func (j *jsonWriter) row(v View) error {
	b, err := json.Marshal(v)
	if err == nil {
		_, err = io.WriteString(j.w, j.between+"\n"+string(b))
	}
	j.between = ","
	return err
}

func (j *jsonWriter) end() error {
	_, err := io.WriteString(j.w, "\n]\n")
	return err
}

type csvWriter struct{ w *csv.Writer }

func (c *csvWriter) row(v View) error {
	line := []string{strconv.FormatInt(v.Seq, 10), v.ID.String(), stamp(v.At), v.ActorType, name(v.ActorID), v.ActorName, v.Address,
		v.Action, v.ObjectType, name(v.ObjectID), string(v.Before), string(v.After)}
	for i := range line {
		line[i] = harmless(line[i])
	}
	return c.w.Write(line)
}

func (c *csvWriter) end() error {
	c.w.Flush()
	return c.w.Error()
}

func stamp(t clock.Stamp) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

func name(v id.ID) string {
	if v.IsZero() {
		return ""
	}
	return v.String()
}

// harmless keeps a spreadsheet from taking a name somebody chose for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// Verified is what a walk over the whole record found.
type Verified struct {
	OK        bool        `json:"ok"`
	Entries   int64       `json:"entries"`
	CheckedAt clock.Stamp `json:"checked_at"`
	Problem   *string     `json:"problem" doc:"The first entry that was changed, removed or put in between"`
}

// Prove is Verify for who may see the record.
func (s *Service) Prove(ctx context.Context, a account.Actor) (Verified, error) {
	if err := a.Require(account.AuditView); err != nil {
		return Verified{}, err
	}
	out := Verified{OK: true, CheckedAt: clock.Stamp{Time: s.clock.Now()}}
	err := s.Verify(ctx, a.Organization)
	var broken *tampered
	if errors.As(err, &broken) {
		words := broken.Error() + "."
		words = strings.ToUpper(words[:1]) + words[1:]
		out.OK, out.Problem, err = false, &words, nil
	}
	if err != nil {
		return out, err
	}
	err = s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) error {
		var hash []byte
		return tx.Query(headOf, []any{a.Organization}, func(scan func(...any) error) error { return scan(&out.Entries, &hash) })
	})
	return out, err
}

// tampered says where the record is not as it was written.
type tampered struct{ error }

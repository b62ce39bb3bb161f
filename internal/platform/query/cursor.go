package query

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

const maxCursor = 16 << 10

// cursor is what the opaque text holds. The sum ties it to the resource and the
// order it was made for and shows accidental damage; it is no secret, because a
// cursor only says where to go on among rows the reader may see anyway.
type cursor struct {
	Values []any  `json:"v"`
	Before int    `json:"n"` // rows up to and with this one
	Sum    string `json:"s"`
}

// NextCursor makes the cursor of the page that follows a row with these order
// values, one for each term of l.Order: id.ID, string, int64, bool, time or nil.
func NextCursor(l *List, values []any) (string, error) {
	if len(values) != len(l.Order) {
		return "", fmt.Errorf("query: %d order values for %d terms", len(values), len(l.Order))
	}
	c := cursor{Values: make([]any, len(values)), Before: l.Position + l.Limit}
	for i, v := range values {
		switch v := v.(type) {
		case id.ID:
			c.Values[i] = v.String()
		case clock.Stamp:
			c.Values[i] = v.UnixMicro()
		case time.Time:
			c.Values[i] = v.UnixMicro()
		default:
			c.Values[i] = v
		}
	}
	raw, err := json.Marshal(c.Values)
	if err != nil {
		return "", err
	}
	c.Sum = l.sum(c.Before, raw)
	out, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(out), nil
}

// CursorAfter makes the cursor that follows a printed row.
func CursorAfter(l *List, row map[string]json.RawMessage) (string, error) {
	values := make([]any, len(l.Order))
	for i, o := range l.Order {
		v, err := o.Field.printed(row[o.Field.Name])
		if err != nil {
			return "", err
		}
		values[i] = v
	}
	return NextCursor(l, values)
}

func (l *List) sum(before int, values []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %d\n", l.Spec.Resource, before)
	for _, o := range l.Order {
		fmt.Fprintf(h, "%s %t\n", o.Field.Name, o.Desc)
	}
	h.Write(values)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:9])
}

func (l *List) readCursor(s string) ([]any, int, *fault.Error) {
	bad := refuse("bad_cursor", "cursor", "this cursor does not belong to this list and order").
		WithHint("Take it unchanged from the Link header, with the same order, or leave it out to begin again.")
	if len(s) > maxCursor {
		return nil, 0, bad
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, 0, bad
	}
	var c struct {
		Values json.RawMessage `json:"v"`
		Before int             `json:"n"`
		Sum    string          `json:"s"`
	}
	if json.Unmarshal(raw, &c) != nil || c.Before < 0 || c.Before > 1<<40 || c.Sum != l.sum(c.Before, c.Values) {
		return nil, 0, bad
	}
	var kept []any
	dec := json.NewDecoder(bytes.NewReader(c.Values))
	dec.UseNumber()
	if dec.Decode(&kept) != nil || len(kept) != len(l.Order) {
		return nil, 0, bad
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, 0, bad
	}
	for i, v := range kept {
		ok := false
		if kept[i], ok = l.Order[i].Field.stored(v); !ok {
			return nil, 0, bad
		}
	}
	return kept, c.Before, nil
}

package db

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"switchboard/internal/platform/id"
)

// IDs is a list parameter for @ids.
type IDs []id.ID

// Texts is a list parameter for @list.
type Texts []string

// convert gives a parameter the form its engine stores. Zero ids, zero times
// and empty raw JSON become NULL.
func convert(e Engine, v any) any {
	switch x := v.(type) {
	case nil, string, int64, int, bool:
		return v
	case id.ID:
		if x.IsZero() {
			return nil
		}
		if e == SQLite {
			return x[:]
		}
		return [16]byte(x)
	case time.Time:
		if x.IsZero() {
			return nil
		}
		return x.UnixMicro()
	case json.RawMessage:
		if len(x) == 0 {
			return nil
		}
		return string(x)
	case []byte:
		if x == nil {
			return nil
		}
		return x
	case IDs:
		if e == Postgres {
			out := make([][16]byte, len(x))
			for i, v := range x {
				out[i] = v
			}
			return out
		}
		b := make([]byte, 0, len(x)*35+2)
		b = append(b, '[')
		for i := range x {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, '"')
			b = hex.AppendEncode(b, x[i][:])
			b = append(b, '"')
		}
		return string(append(b, ']'))
	case Texts:
		if e == Postgres {
			return []string(x)
		}
		b, err := json.Marshal([]string(x))
		if err != nil {
			return "[]"
		}
		return string(b)
	}
	return v
}

func convertAll(e Engine, args []any) []any {
	for i, a := range args {
		args[i] = convert(e, a)
	}
	return args
}

// Time scans a stored time; NULL is the zero time.
func Time(t *time.Time) any { return (*timeScan)(t) }

type timeScan time.Time

func (t *timeScan) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = timeScan{}
	case int64:
		*t = timeScan(time.UnixMicro(v).UTC())
	default:
		return fmt.Errorf("db: cannot read %T as a time", src)
	}
	return nil
}

// Null scans a column that may be NULL into a plain value, which keeps its
// zero value then.
func Null[T string | int64 | int | bool](v *T) any { return &nullScan[T]{v} }

type nullScan[T string | int64 | int | bool] struct{ to *T }

func (n *nullScan[T]) Scan(src any) error {
	switch to := any(n.to).(type) {
	case *string:
		switch v := src.(type) {
		case nil:
			*to = ""
		case string:
			*to = v
		case []byte:
			*to = string(v)
		default:
			return fmt.Errorf("db: cannot read %T as text", src)
		}
	case *int64:
		switch v := src.(type) {
		case nil:
			*to = 0
		case int64:
			*to = v
		default:
			return fmt.Errorf("db: cannot read %T as a number", src)
		}
	case *int:
		switch v := src.(type) {
		case nil:
			*to = 0
		case int64:
			*to = int(v)
		default:
			return fmt.Errorf("db: cannot read %T as a number", src)
		}
	case *bool:
		switch v := src.(type) {
		case nil:
			*to = false
		case bool:
			*to = v
		case int64:
			*to = v != 0
		default:
			return fmt.Errorf("db: cannot read %T as a flag", src)
		}
	}
	return nil
}

// JSON scans a JSON text column; NULL is nil.
func JSON(raw *json.RawMessage) any { return (*jsonScan)(raw) }

type jsonScan json.RawMessage

func (j *jsonScan) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*j = nil
	case string:
		*j = jsonScan(v)
	case []byte:
		*j = append(jsonScan(nil), v...)
	default:
		return fmt.Errorf("db: cannot read %T as JSON", src)
	}
	return nil
}

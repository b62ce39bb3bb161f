package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// parseFile reads either form of a configuration file:
//
//	# a comment
//	listen: 0.0.0.0:8080
//	public-url = "https://chat.example.com"
//	egress-allow: 10.0.0.0/8, 192.168.0.0/16
//	egress-allow: fd00::/8 # a comment behind a space
//
// or one JSON object. Keys are flags without --; underscores do for hyphens. A
// key given several times, or a JSON array, is a list.
func parseFile(raw []byte) (map[string]string, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if t := bytes.TrimSpace(raw); len(t) > 0 && t[0] == '{' {
		return parseJSON(t)
	}
	out := map[string]string{}
	for n, line := range strings.Split(string(raw), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		at := strings.IndexAny(line, ":=")
		if at <= 0 {
			return nil, fmt.Errorf("line %d is neither \"key: value\" nor \"key = value\"", n+1)
		}
		add(out, line[:at], value(strings.TrimSpace(line[at+1:])))
	}
	return out, nil
}

func parseJSON(raw []byte) (map[string]string, error) {
	var values map[string]any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&values); err != nil {
		return nil, fmt.Errorf("it begins like JSON but is not: %w", err)
	}
	out := map[string]string{}
	for key, v := range values {
		items, ok := v.([]any)
		if !ok {
			items = []any{v}
		}
		for _, item := range items {
			switch item.(type) {
			case string, json.Number, bool:
				add(out, key, fmt.Sprint(item))
			default:
				return nil, fmt.Errorf("the value of %q is neither text, number, true, false nor a list of these", key)
			}
		}
	}
	return out, nil
}

func add(out map[string]string, key, value string) {
	key = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(key)), "_", "-")
	if have, ok := out[key]; ok {
		value = have + "\n" + value
	}
	out[key] = value
}

// value takes quotes off, or else a comment behind the value.
func value(s string) string {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		if end := strings.IndexByte(s[1:], s[0]); end >= 0 {
			return s[1 : end+1]
		}
	}
	if s == "" || s[0] == '#' {
		return ""
	}
	if at := strings.Index(s, " #"); at >= 0 {
		s = strings.TrimSpace(s[:at])
	}
	return s
}

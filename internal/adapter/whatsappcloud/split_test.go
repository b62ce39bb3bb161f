package whatsappcloud

import (
	"os"
	"strings"
	"testing"
)

// TestSplitWhole: a body for one number is passed on, not rebuilt.
func TestSplitWhole(t *testing.T) {
	for name, account := range map[string]string{"text": "520000000000031", "numbers_for_ids": "520000000000031",
		"account_deleted": "", "object_page": "", "changed_fields": ""} {
		body, err := os.ReadFile("testdata/receive/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		parts, err := testConn(t).Split(body)
		if err != nil || len(parts) != 1 || parts[0].Account != account || &parts[0].Body[0] != &body[0] {
			t.Errorf("%s: %d parts for %q, %v", name, len(parts), parts[0].Account, err)
		}
	}
}

// TestSplitBatch: each number gets its own, in order, and nobody else's.
func TestSplitBatch(t *testing.T) {
	body, err := os.ReadFile("testdata/receive/batch.json")
	if err != nil {
		t.Fatal(err)
	}
	parts, err := testConn(t).Split(body)
	if err != nil || len(parts) != 3 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	want := []struct {
		account string
		events  int
		entries int
	}{{"520000000000031", 3, 2}, {"520000000000032", 3, 2}, {"", 1, 1}}
	for i, w := range want {
		p := parts[i]
		if p.Account != w.account || len(testConn(t).Parse(p.Body).Events) != w.events || strings.Count(string(p.Body), `"changes":`) != w.entries {
			t.Errorf("part %d for %q: %s", i, p.Account, p.Body)
		}
		for _, other := range want {
			if other.account != "" && other.account != w.account && strings.Contains(string(p.Body), other.account) {
				t.Errorf("the part of %q holds something of %q", w.account, other.account)
			}
		}
	}
}

// TestSplitIsBounded: the head of an entry is repeated for each account, so a
// long one is not split.
func TestSplitIsBounded(t *testing.T) {
	var changes []string
	for i := range 1000 {
		changes = append(changes, `{"field":"messages","value":{"metadata":{"phone_number_id":"`+strings.Repeat("1", i%50+1)+`"}}}`)
	}
	body := []byte(`{"object":"whatsapp_business_account","entry":[{"id":"` + strings.Repeat("x", 100_000) + `","changes":[` + strings.Join(changes, ",") + `]}]}`)
	parts, err := testConn(t).Split(body)
	size := 0
	for _, p := range parts {
		size += len(p.Body)
	}
	if err != nil || size > 2*len(body) {
		t.Errorf("%d bytes became %d, %v", len(body), size, err)
	}
}

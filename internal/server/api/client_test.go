package api

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestOfficialClient runs the scenarios of testdata/postgrest.mjs with the client
// that people use. POSTGREST_JS names a directory in which
// `npm install @supabase/postgrest-js` has run.
func TestOfficialClient(t *testing.T) {
	dir := os.Getenv("POSTGREST_JS")
	if dir == "" {
		t.Skip("POSTGREST_JS is not set")
	}
	_, s := newFake(t)
	server := httptest.NewServer(s)
	defer server.Close()
	out, err := exec.Command("node", "testdata/postgrest.mjs", server.URL,
		filepath.Join(dir, "node_modules/@supabase/postgrest-js/dist/index.mjs")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

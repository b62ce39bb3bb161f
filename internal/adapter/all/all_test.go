package all

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestListIsFresh fails when a folder was added without make generate.
func TestListIsFresh(t *testing.T) {
	fresh := filepath.Join(t.TempDir(), "all.go")
	if out, err := exec.Command("go", "run", "generate.go", "-o", fresh).CombinedOutput(); err != nil {
		t.Fatalf("generate: %v\n%s", err, out)
	}
	want, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("all.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Error("all.go is out of date: run make generate")
	}
}

func TestByID(t *testing.T) {
	seen := map[string]bool{}
	for _, ty := range Types() {
		if !regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`).MatchString(ty.ID) || seen[ty.ID] {
			t.Errorf("id %q is not unique upper case; the webhook path is its lower case", ty.ID)
		}
		seen[ty.ID] = true
		if ByID(ty.ID) != ty {
			t.Errorf("ByID(%q) finds another type", ty.ID)
		}
	}
	if ByID("whatsapp_cloud") != nil || ByID("") != nil {
		t.Error("ByID must not guess")
	}
}

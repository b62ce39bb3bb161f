package all

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"switchboard/internal/adapter"
)

// TestFresh fails when a folder was added or a descriptor changed without make
// generate.
func TestFresh(t *testing.T) {
	for file, program := range map[string][]string{
		"all.go":                    {"generate.go"},
		"../../../docs/channels.md": {"switchboard/scripts/channeldocs", "-guides", "../../../docs/guides"},
	} {
		fresh := filepath.Join(t.TempDir(), "fresh")
		if out, err := exec.Command("go", append(append([]string{"run"}, program...), "-o", fresh)...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", file, err, out)
		}
		want, err := os.ReadFile(fresh)
		if err != nil {
			t.Fatal(err)
		}
		have, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, want) {
			t.Errorf("%s is out of date: run make generate", file)
		}
	}
}

func TestByID(t *testing.T) {
	seen := map[string]bool{}
	for _, ty := range Types() {
		if !regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`).MatchString(ty.ID) || seen[ty.ID] {
			t.Errorf("id %q is not unique upper case; the webhook path is its lower case", ty.ID)
		}
		if !slices.Contains(adapter.Names, ty.ID) {
			t.Errorf("%s is missing in Names of internal/adapter/names.go: no filter of the API would know it", ty.ID)
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

package job

import (
	"flag"
	"os"
	"testing"
)

// TestMain bounds the tries of the model, each of which is many transactions,
// unless the figures of the failure matrix are wanted.
func TestMain(m *testing.M) {
	checks := "20"
	if os.Getenv("SWITCHBOARD_TEST_TIER") >= "1" {
		checks = "500"
	}
	_ = flag.Set("rapid.checks", checks)
	os.Exit(m.Run())
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is a copy of what an adapter is built from, so that a type made by a
// test is never part of the program.
func root(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, part := range []string{"go.mod", "go.sum", "ARCHITECTURE.md", "internal/adapter", "internal/message", "internal/platform", "scripts/channeldocs"} {
		to := filepath.Join(dir, part)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("cp", "-R", filepath.Join("../..", part), to).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "docs"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func goTool(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestNewType: a new type compiles, is listed and documented, and its suite
// fails for the invented facts alone; without their marks it passes.
func TestNewType(t *testing.T) {
	dir := root(t)
	if _, err := create(dir, "zulu", "Zulu \u00fc"); err != nil {
		t.Fatal(err)
	}
	if err := mention(dir, "zulu", "Zulu ü"); err != nil {
		t.Fatal(err)
	}
	if err := finish(dir, "zulu"); err != nil {
		t.Fatal(err)
	}
	out, err := goTool(t, dir, "test", "./internal/adapter/zulu")
	if err == nil {
		t.Fatal("a type full of inventions passes")
	}
	failed := regexp.MustCompile(`--- FAIL: (\S+)`).FindAllStringSubmatch(out, -1)
	if len(failed) != 2 || failed[1][1] != "TestSuite/facts" {
		t.Errorf("more fails than the facts:\n%s", out)
	}
	for _, what := range []string{"zulu.go:", "receive.go:", "send.go:", "api.go:", "check.go:", "setup.md:", "icon.svg:", "zulu_test.go:"} {
		if !strings.Contains(out, what) {
			t.Errorf("no invention of %s is named:\n%s", what, out)
		}
	}
	unmark(t, filepath.Join(dir, folder, "zulu"))
	if out, err := goTool(t, dir, "test", "./internal/adapter/zulu"); err != nil {
		t.Errorf("fails with every fact in place: %v\n%s", err, out)
	}
	list, err := os.ReadFile(filepath.Join(dir, folder, "all/all.go"))
	if err != nil || !strings.Contains(string(list), "&zulu.Type") {
		t.Errorf("not listed: %v", err)
	}
	tree, err := os.ReadFile(filepath.Join(dir, "ARCHITECTURE.md"))
	if err != nil || !strings.Contains(string(tree), "\n| `internal/adapter/zulu` | Zulu ü |\n") {
		t.Errorf("not on the map: %v", err)
	}
	docs, err := os.ReadFile(filepath.Join(dir, "docs/channels.md"))
	if err != nil || !strings.Contains(string(docs), "## Zulu ü") {
		t.Errorf("not documented: %v", err)
	}
}

// unmark deletes the marks, as somebody does who has looked the facts up.
func unmark(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), "FACT:", "looked up:")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, folder, "taken"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, word := range map[string]string{"": "say which", "Line": "lower-case", "4chan": "lower-case", "a": "lower-case",
		"li-ne": "lower-case", "../evil": "lower-case", "taken": "there already"} {
		if _, err := create(dir, name, ""); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("create(%q) = %v, want %q", name, err, word)
		}
	}
	if _, err := create(dir, "fine", "a \"quote\""); err == nil {
		t.Error("a title that breaks the source is taken")
	}
	entries, err := os.ReadDir(filepath.Join(dir, folder))
	if err != nil || len(entries) != 1 {
		t.Errorf("a refusal left something behind: %v, %v", entries, err)
	}
}

func TestID(t *testing.T) {
	for name, want := range map[string]string{"thirdparty": "THIRD_PARTY", "line": "LINE", "webpush": "WEB_PUSH", "zulu": "ZULU"} {
		if got := idOf(name); got != want {
			t.Errorf("idOf(%q) = %q, want %q", name, got, want)
		}
	}
}

package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// walk calls fn with the path (relative to the root, with slashes) of every
// file under dir.
func (t *Tree) walk(dir string, fn func(path string)) {
	_ = filepath.WalkDir(filepath.Join(t.Root, filepath.FromSlash(dir)), func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // a folder that is not there has no files
		}
		if d.IsDir() {
			if d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return nil
		}
		if rel, err := filepath.Rel(t.Root, p); err == nil {
			fn(filepath.ToSlash(rel))
		}
		return nil
	})
}

func (t *Tree) isDir(path string) bool {
	st, err := os.Stat(filepath.Join(t.Root, filepath.FromSlash(path)))
	return err == nil && st.IsDir()
}

func (t *Tree) exists(path string) bool {
	_, err := os.Stat(filepath.Join(t.Root, filepath.FromSlash(path)))
	return err == nil
}

// migrationTables are the tables that migrations make and keep.
func migrationTables(t *Tree) []string {
	seen := map[string]bool{}
	var names []string
	t.walk("internal/platform/db/migrations", func(p string) {
		if !strings.HasSuffix(p, ".sql") {
			return
		}
		for _, m := range create.FindAllStringSubmatch(t.read(p), -1) {
			if !seen[m[1]] {
				seen[m[1]] = true
				names = append(names, m[1])
			}
		}
	})
	return names
}

package main

import (
	"strings"
	"testing"
)

func TestGoTests_counts_leaves_and_shows_failures(t *testing.T) {
	in := `{"Action":"run","Package":"p","Test":"A"}
{"Action":"run","Package":"p","Test":"A/x"}
{"Action":"output","Package":"p","Test":"A/x","Output":"boom\n"}
{"Action":"fail","Package":"p","Test":"A/x"}
{"Action":"fail","Package":"p","Test":"A"}
{"Action":"run","Package":"p","Test":"B"}
{"Action":"output","Package":"p","Test":"B","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"B"}
{"Action":"output","Package":"p","Test":"C","Output":"    c_test.go:1: no disk\n"}
{"Action":"skip","Package":"p","Test":"C"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t1.5s\n"}
{"Action":"fail","Package":"p","Elapsed":1.5}
{"Action":"pass","Package":"q","Elapsed":2.5}
`
	var out strings.Builder
	c := goTests(strings.NewReader(in), &out)
	if c != (counts{passed: 1, failed: 1, skipped: 1}) {
		t.Errorf("%+v", c)
	}
	for _, want := range []string{"boom", "no disk", "ok  \t    2.50s\tq\nFAIL\t    1.50s\tp\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "quiet") {
		t.Error("output of a passing test is shown")
	}
}

func TestGoTests_a_package_that_does_not_build_fails(t *testing.T) {
	in := `{"ImportPath":"p","Action":"build-output","Output":"x.go:1: undefined: y\n"}
{"Action":"fail","Package":"p","FailedBuild":"p"}
`
	var out strings.Builder
	if c := goTests(strings.NewReader(in), &out); c.failed != 1 || !strings.Contains(out.String(), "undefined") {
		t.Errorf("%+v %s", c, out.String())
	}
}

func TestText_reads_closing_lines(t *testing.T) {
	var out strings.Builder
	if c := text(strings.NewReader("\x1b[2m      Tests \x1b[22m 1 failed | 41 passed | 2 skipped (44)\n"), &out, vitestLine); c != (counts{41, 1, 2}) {
		t.Errorf("vitest %+v", c)
	}
	if c := text(strings.NewReader("# tests 7\n# pass 5\n# fail 1\n# cancelled 0\n# skipped 1\n"), &out, nodeLine); c != (counts{5, 1, 1}) {
		t.Errorf("node %+v", c)
	}
	if c := total("1 2 3\n10 0 0\n"); c != (counts{11, 2, 3}) {
		t.Errorf("total %+v", c)
	}
}

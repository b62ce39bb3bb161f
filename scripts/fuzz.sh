#!/usr/bin/env bash
# Runs fuzz targets; seeds run in every `go test` anyway.
#   fuzz.sh each S      every target for S seconds
#   fuzz.sh changed S   the targets of packages touched by the change, S seconds in all
set -euo pipefail
source "$(dirname "$0")/lib.sh"

mode=$1 seconds=$2
targets=() # "package target"
while IFS=: read -r file text; do
  name=$(sed -E 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/' <<<"$text")
  targets+=("./$(dirname "$file") $name")
done < <(grep -rE '^func Fuzz[A-Za-z0-9_]*\(' --include='*_test.go' internal cmd 2>/dev/null || true)

if [[ $mode == changed ]]; then
  base=$(git merge-base HEAD main 2>/dev/null || true)
  [[ -n $base && $base != $(git rev-parse HEAD) ]] || base=$(git rev-parse --verify -q HEAD~1 || true)
  changed=$( { git diff --name-only ${base:+"$base"}; git ls-files -o --exclude-standard; } 2>/dev/null | xargs -r -n1 dirname | sort -u)
  kept=()
  for t in "${targets[@]}"; do
    dir=${t%% *}
    if grep -qE "^${dir#./}(/testdata.*)?\$" <<<"$changed"; then kept+=("$t"); fi
  done
  targets=("${kept[@]}")
  ((${#targets[@]})) || { say "no fuzz target is touched"; exit 0; }
  seconds=$((seconds / ${#targets[@]}))
  ((seconds >= 3)) || seconds=3
fi
((${#targets[@]})) || { say "no fuzz targets yet"; exit 0; }

bad=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for t in "${targets[@]}"; do
  if go test -run '^$' -fuzz "^${t##* }\$" -fuzztime "${seconds}s" -timeout 0 "${t%% *}" >"$log" 2>&1; then
    say "ok    $t: $(grep -o 'execs: [0-9]*' "$log" | tail -n 1) in ${seconds} s"
  else
    say "FAIL  $t; its input is in testdata/fuzz: commit it as a seed"
    tail -n 60 "$log"
    bad=1
  fi
done
exit $bad

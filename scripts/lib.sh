# Sourced by the other scripts: where we are, and how a phase is announced and timed.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export CGO_ENABLED=0

say() { printf '%s\n' "$*"; }

failed=()
durations=()

# phase NAME COMMAND…: runs it, notes how long it took and whether it failed,
# and goes on, so that one run shows everything that is wrong.
phase() {
  local name=$1 began=$SECONDS
  shift
  say "── $name"
  if "$@"; then
    durations+=("$(printf '%5d s  %s' $((SECONDS - began)) "$name")")
  else
    durations+=("$(printf '%5d s  %s  FAILED' $((SECONDS - began)) "$name")")
    failed+=("$name")
  fi
}

# summary: the phases and their seconds; false when one failed.
summary() {
  say "── seconds per phase"
  printf '%s\n' "${durations[@]}"
  if ((${#failed[@]})); then
    say "FAILED: $(IFS=,; echo "${failed[*]}" | sed 's/,/, /g')"
    return 1
  fi
}

# npm_ready DIR: node_modules as the lock file says, installed only when it changed.
npm_ready() {
  local stamp=$1/node_modules/.package-lock.json
  if [[ ! -e $stamp || $1/package-lock.json -nt $stamp ]]; then
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error) && touch "$stamp"
  fi
}

# find_chromium: the browser's path, nothing when there is none.
find_chromium() {
  local c
  for c in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [[ -n $c ]] && command -v "$c" >/dev/null 2>&1; then
      command -v "$c"
      return
    fi
  done
  return 1
}

has_postgres() {
  [[ -n ${TEST_POSTGRES_URL:-} ]] || command -v initdb >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

#!/usr/bin/env bash
# Makes sure that what the tests need is here. Installs PostgreSQL and Chromium
# from Debian packages when they are missing and we may; otherwise says exactly
# what to install. Never replaces or starts anything that is there already.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -1) == "$2" ]]; }

bad=()
go_version=$(go env GOVERSION 2>/dev/null | sed 's/^go//') || true
[[ -n $go_version ]] && at_least "$go_version" 1.26 || bad+=("Go 1.26 or newer (found: ${go_version:-none})")
node_version=$(node --version 2>/dev/null | sed 's/^v//') || true
[[ -n $node_version ]] && at_least "$node_version" 20.19 || bad+=("Node.js 20.19 or newer with npm (found: ${node_version:-none})")
if ((${#bad[@]})); then
  say "Please install first:" >&2
  printf '  %s\n' "${bad[@]}" >&2
  exit 1
fi

packages=()
if [[ ${SWITCHBOARD_TEST_SQLITE_ONLY:-} != 1 ]]; then
  has_postgres || packages+=(postgresql)
fi
find_chromium >/dev/null || packages+=(chromium)
((${#packages[@]})) || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  say "Please install: ${packages[*]} (PostgreSQL 15 or newer with initdb in PATH, any recent Chromium; CHROMIUM=path names another one)" >&2
  exit 1
fi
sudo=()
if [[ $(id -u) != 0 ]]; then
  if sudo -n true 2>/dev/null; then
    sudo=(sudo -n env DEBIAN_FRONTEND=noninteractive)
  else
    say "Please run: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages[*]}" >&2
    exit 1
  fi
fi
say "installing ${packages[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A list of packages that is too old names files that are gone: update first.
if ! { "${sudo[@]}" apt-get update -q && "${sudo[@]}" apt-get install -y -q --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
  tail -20 "$log" >&2
  say "Could not install ${packages[*]}; please run: apt-get update && apt-get install ${packages[*]}" >&2
  exit 1
fi

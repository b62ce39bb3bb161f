#!/usr/bin/env bash
# Writes NOTICE: the licences of what the program is made of, from the module
# graph of the binary and the web app's production packages.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

licence() { # DIR: a word for the licence, found in its text
  local f
  f=$(find "$1" -maxdepth 1 -type f -iregex '.*/\(licen[cs]e\|copying\)[^/]*' | LC_ALL=C sort | head -n 1)
  [[ -n $f ]] || { echo unknown; return; }
  if grep -qi 'apache license' "$f"; then echo Apache-2.0
  elif grep -qi 'mozilla public license' "$f"; then echo MPL-2.0
  elif grep -qi 'permission is hereby granted, free of charge' "$f"; then echo MIT
  elif grep -qi 'permission to use, copy, modify, and/\?o\?r\? \?distribute this software' "$f"; then echo ISC
  elif grep -qi 'redistribution and use in source and binary forms' "$f"; then
    if grep -qi 'neither the name' "$f"; then echo BSD-3-Clause; else echo BSD-2-Clause; fi
  else echo other
  fi
}

{
  printf 'Switchboard\nLicensed under the Apache License, Version 2.0; see LICENSE.\n\n'
  printf 'The program is built with these modules and packages. Each stands under its own\nlicence, which its source carries. Made by scripts/notice.sh.\n\nGo modules\n'
  go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/switchboard | LC_ALL=C sort -u |
    while read -r path version dir; do printf '  %s %s: %s\n' "$path" "$version" "$(licence "$dir")"; done
  printf '\nPackages of the web app\n'
  node -e '
    const { packages } = JSON.parse(require("fs").readFileSync("web/package-lock.json"));
    for (const [path, p] of Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
      if (path && !p.dev && !p.optional && !p.devOptional && !p.peer) console.log(`  ${path.replace(/^.*node_modules\//, "")} ${p.version}: ${p.license ?? "unknown"}`);'
} >NOTICE
if grep -E ': (unknown|other|.*GPL.*)$' NOTICE; then
  say "NOTICE: the licences above are not known to be usable here; look at them" >&2
  exit 1
fi

#!/usr/bin/env bash
# Runs tests on Windows' calls, under Wine: scripts/wine.sh [go test's flags and packages].
# Without arguments it runs the tests of all packages. scripts/wine.sh run PACKAGE [ARGUMENTS]
# runs a program there. It needs Go and Debian's packages wine64 and binutils-mingw-w64-x86-64.
# It installs nothing: if one is missing it says so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

wine=/usr/lib/wine/wine64
export WINESERVER=/usr/lib/wine/wineserver64

missing=()
[ -x "$wine" ] || missing+=(wine64)
command -v x86_64-w64-mingw32-ld >/dev/null || missing+=(binutils-mingw-w64-x86-64)
if [ ${#missing[@]} != 0 ]; then
  echo "wine.sh: missing: ${missing[*]}. On Debian: apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 2
fi

# A prefix of its own, which is Windows' disk and registry, for the length of this run.
work=$(mktemp -d)
mkdir "$work/prefix"
export WINEPREFIX=$work/prefix WINEARCH=win64 WINEDEBUG=-all
export WINEDLLOVERRIDES='mscoree,mshtml,winemenubuilder.exe=d' # no .NET, no browser, no menus
unset DISPLAY
stop() {
  "$WINESERVER" -k >/dev/null 2>&1 || true
  "$WINESERVER" -w >/dev/null 2>&1 || true
  # What has lost its server waits for ever.
  (
    ours="^WINEPREFIX=$WINEPREFIX\$"
    unset WINEPREFIX
    grep -lsz "$ours" /proc/[0-9]*/environ | cut -d/ -f3 | xargs -r kill -9
  ) 2>/dev/null || true
}
end() {
  stop
  rm -rf "$work"
}
trap end EXIT

# It stays for the whole run. With a stream of ours open it would keep the pipe that go test
# reads from every test.
start() { "$WINESERVER" -p </dev/null >/dev/null 2>&1; }
start
"$wine" wineboot -i </dev/null >/dev/null 2>&1

# Go's runtime takes random numbers from ProcessPrng, which Wine 8.0 does not have. What it has
# is the same under another name: a library that only forwards.
cat >"$work/forward.def" <<'DEF'
LIBRARY bcryptprimitives.dll
EXPORTS
ProcessPrng = advapi32.SystemFunction036
DEF
x86_64-w64-mingw32-as -o "$work/empty.o" /dev/null
x86_64-w64-mingw32-ld -shared --entry 0 -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" \
  "$work/empty.o" "$work/forward.def"

# os.RemoveAll asks for POSIX deletion and takes the older way where that is not known. Wine 8.0
# says so with a status that no Windows uses there, STATUS_NOT_IMPLEMENTED: Go is told of it.
deletion=$(go env GOROOT)/src/internal/syscall/windows/at_windows.go
sed 's/case STATUS_INVALID_INFO_CLASS,/case NTStatus(0xC0000002), STATUS_INVALID_INFO_CLASS,/' "$deletion" >"$work/at_windows.go"
if cmp -s "$deletion" "$work/at_windows.go"; then
  echo "wine.sh: $deletion has changed: see how it deletes now" >&2
  exit 1
fi
printf '{"Replace": {"%s": "%s"}}\n' "$deletion" "$work/at_windows.go" >"$work/overlay.json"

export GOOS=windows GOARCH=amd64
if [ "${1:-}" = run ]; then
  shift
  go run -overlay "$work/overlay.json" -exec "$wine" "$@"
  exit
fi

"$wine" --version
skip=
while IFS=$'\t' read -r package test why; do
  case $package in '#'* | '') continue ;; esac
  echo "not run: $package $test: $why"
  skip="${skip:+$skip|}^${test/\//\$/^}\$"
done <scripts/wine-differences.tsv

tests=(go test -overlay "$work/overlay.json" -exec "$wine" -skip "$skip")
if [ $# -gt 0 ]; then
  "${tests[@]}" "$@"
  exit
fi

comparison=./internal/winfidelity
go list ./... | grep -v "/${comparison##*/}\$" | xargs "${tests[@]}"

# The comparison makes calls that no program makes, and now and then Wine 8.0's server dies of them.
# A run without a server says nothing, and is made again; a disagreement ends this at once.
for try in 1 2 3; do
  status=0
  timeout -k 5 120 "${tests[@]}" "$comparison" || status=$?
  [ "$status" = 124 ] || exit "$status"
  echo "wine.sh: the comparison has not ended, and Wine's server is $(pgrep -f "$WINESERVER" >/dev/null && echo there || echo gone); try $try of 3" >&2
  stop
  start
done
exit 1

#!/bin/sh
# Runs the operators' command where it is installed: a link to this file may lie anywhere. The Deno
# beside its folder runs it, else the one on PATH. Nothing is downloaded.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
deno=$here/../deno
if ! { [ -f "$deno" ] && [ -x "$deno" ]; } && ! deno=$(command -v deno); then
	echo "janus-zeromq: there is no Deno beside $here, nor on PATH. Install the package again:" \
		"apt-get install --reinstall janus-zeromq" >&2
	exit 1
fi
[ "${1:-}" = monitor ] && heap="--v8-flags=--optimize-for-size" || heap=--quiet
unset INIT_CWD
DENO_NO_UPDATE_CHECK=1
export DENO_NO_UPDATE_CHECK
exec "$deno" run -A "$heap" --unstable-worker-options --no-prompt --no-config --no-lock --no-npm \
	--no-remote --cached-only --import-map "$here/imports.json" "$here/main.js" "$@"

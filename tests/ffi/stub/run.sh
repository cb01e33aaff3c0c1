#!/bin/sh
# Compiles the stub's C tests three ways, runs them, and prints TAP. Exits 1 if one failed.
set -eu
cd "$(dirname "$0")/../../.."
stub=ffi/stub
tests=tests/ffi/stub
out=build/test/stub
mkdir -p "$out"

janus="-isystem $(scripts/deno run -A scripts/lib/c_headers.ts)"
# As scripts/build.ts has them; the settings are read with Janus's types, hence glib.
flags="-std=c11 -g -fvisibility=hidden -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes
	-Wmissing-prototypes -Wvla -Werror -iquote $stub $janus $(pkg-config --cflags glib-2.0 jansson)"
libraries="$(pkg-config --libs jansson) -lpthread -ldl"
waiting="supervisor supervisor_start"
number=0
failed=0

# compile NAME FLAGS FILES...: makes $out/NAME
compile() {
	name=$1
	extra=$2
	shift 2
	# shellcheck disable=SC2086 # lists of words
	${CC:-cc} $flags $version $extra "$@" $libraries -o "$out/$name"
}

# compile_stub NAME FLAGS: compiles each of the stub's files once, for all tests
compile_stub() {
	variant=$1
	for source in "$stub"/*.c "$stub/program.S"; do
		object=${source##*/}
		# shellcheck disable=SC2086 # lists of words
		${CC:-cc} $flags $version $bundles $2 -c "$source" -o "$out/${object%.*}-$variant.o"
	done
}

# execute NAME: runs it; its output and how it ended are left beside it
execute() {
	code=0
	"$out/$1" >"$out/$1.tap" 2>"$out/$1.err" || code=$?
	echo "$code" >"$out/$1.code"
}

# report NAME: prints what it said, numbered on
report() {
	code=$(cat "$out/$1.code")
	awk -v n="$number" '
		/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++n) }
		!/^1\.\./
	' "$out/$1.tap"
	number=$((number + $(grep -c -E '^(not )?ok ' "$out/$1.tap" || true)))
	[ "$code" -eq 0 ] && return
	failed=1
	sed 's/^/# /' "$out/$1.err"
	# A crash or a sanitizer's complaint after the last test belongs to no line of its own.
	if ! grep -q '^not ok ' "$out/$1.tap"; then
		number=$((number + 1))
		echo "not ok $number - $1 ends in order (exit code $code)"
	fi
}

# files NAMES...: the stub's, as they were compiled last
files() {
	for name in "$@"; do printf '%s ' "$out/$name-$variant.o"; done
}

bundles="-DJZ_PROGRAM=\"$stub/program.S\" -DJZ_SCRIPTS=\"$stub/program.S\" -DJZ_IMPORTS=\"$stub/program.S\""
version="-Wno-override-init -DJZ_VERSION=\"1\" -DJZ_VERSION_NUMBER=1"

# build NAME FLAGS: compiles everything, one way
# shellcheck disable=SC2046,SC2086 # lists of files, without blanks in their names
build() {
	compile_stub "$1" "$2"
	# Each holds those before it as far as it needs them.
	link=$(files ring link bridge_link bridge_events)
	channel="$link $(files channel status json_writer)"
	spawn=$(files spawn deno process turns child_setup grants log logpipe companion bridge_companion program)
	supervisor="$channel $spawn $(files supervisor life state child watchdog offer query overrides control refusals rescue settings stream_grants integers readable)"
	compile "ring-$1" "$2" $tests/ring_test.c $(files ring)
	compile "ring_damage-$1" "$2" $tests/ring_damage_test.c $(files ring)
	compile "link-$1" "$2" $tests/link_test.c $link
	compile "events-$1" "$2" $tests/events_test.c $link
	compile "link_threads-$1" "$2" $tests/link_threads_test.c $link
	compile "settings-$1" "$2" $tests/settings_test.c $(files settings stream_grants integers grants readable)
	compile "stream_grants-$1" "$2" $tests/stream_grants_test.c $(files stream_grants grants readable)
	compile "integers-$1" "$2" $tests/integers_test.c $(files integers)
	compile "deno-$1" "$2" $tests/deno_test.c $(files deno)
	compile "grants-$1" "$2" $tests/grants_test.c $(files grants)
	compile "control-$1" "$2" $tests/control_test.c $(files control)
	compile "json_writer-$1" "$2" $tests/json_writer_test.c $(files json_writer)
	compile "state-$1" "$2" $tests/state_test.c $(files state)
	compile "watchdog-$1" "$2" $tests/watchdog_test.c $link $(files watchdog offer)
	compile "channel-$1" "$2" $tests/channel_test.c $channel
	compile "logpipe-$1" "$2" $tests/logpipe_test.c $(files logpipe log)
	compile "epoll-$1" "$2" $tests/epoll_test.c $(files bridge_epoll bridge_pollout)
	compile "pollout-$1" "$2" $tests/pollout_test.c $(files bridge_pollout)
	compile "companion-$1" "$2 -DFAKE=\"$out/companion\"" $tests/companion_test.c $link $spawn
	compile "header_damage-$1" "$2" $tests/header_damage_test.c $channel $(files rescue)
	compile "transport-$1" "$2" $tests/transport_test.c $channel $(files transport peers)
	for part in $waiting; do
		compile "$part-$1" "$2 -DFAKE=\"$out/fake\"" $tests/${part}_test.c $supervisor
	done
}

# try NAME: runs what was built so
try() {
	for test in ring ring_damage link events link_threads settings stream_grants integers deno grants control json_writer state watchdog channel header_damage epoll pollout logpipe companion transport; do
		# libzmq itself is not built for ThreadSanitizer, which then sees races that there are not.
		[ "$test-$1" = epoll-tsan ] && continue
		execute "$test-$1"
		report "$test-$1"
	done
}

# Which sanitizer has a say is told by the test's line; each stops at its first complaint.
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1
compile companion -O2 $tests/fake_companion.c
# shellcheck disable=SC2046 # as above
compile fake -O2 $tests/fake_child.c $stub/ring.c $stub/link.c $stub/bridge_link.c $stub/bridge_events.c
build plain -O2
build asan "-O1 -fsanitize=address,undefined -fno-sanitize-recover=all"
build tsan "-O1 -fsanitize=thread"
# These wait more than they work: side by side, and beside the others.
for name in plain asan tsan; do
	for part in $waiting; do execute "$part-$name"; done &
done
for name in plain asan tsan; do try "$name"; done
wait
for part in $waiting; do
	for name in plain asan tsan; do
		report "$part-$name"
	done
done
echo "1..$number"
exit $failed

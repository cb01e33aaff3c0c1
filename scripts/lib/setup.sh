# shellcheck shell=sh
# What scripts/start and scripts/test do before Deno is there: find out which of the system's
# packages are missing and, on Debian and Ubuntu, install them. Sourced, not run.
#
#   setup_packages deno|run|stream|test    for fetching Deno, running the plugins, these with NATS,
#                                          or the tests as well
#
# Where nothing is missing it asks nobody, needs no root and calls no package manager.
# The names are those of scripts/doctor/packages.ts, too; a test holds the two together.
: "${setup_name:?the name of the script}" "${setup_root:?the project}"

setup_fail() {
	echo "$setup_name: $*" >&2
	exit 1
}

setup_has() {
	command -v "$1" >/dev/null 2>&1
}

# True if gcc is there and finds the C library's headers.
setup_has_compiler() {
	setup_has gcc && echo '#include <stdio.h>' | gcc -fsyntax-only -x c - 2>/dev/null
}

setup_has_janus_headers() {
	if [ -n "${JANUS_INCLUDE:-}" ]; then
		[ -f "$JANUS_INCLUDE/transports/transport.h" ] ||
			[ -f "$JANUS_INCLUDE/janus/transports/transport.h" ]
		return
	fi
	if [ -n "${JANUS:-}" ] && [ -f "${JANUS%/*/*}/include/janus/transports/transport.h" ]; then
		return
	fi
	setup_include=$(pkg-config --variable=includedir janus-gateway 2>/dev/null || true)
	[ -f "${setup_include:-/usr/include}/janus/transports/transport.h" ] ||
		[ -f /usr/include/janus/transports/transport.h ] ||
		[ -f /opt/janus/include/janus/transports/transport.h ] ||
		[ -f /usr/local/include/janus/transports/transport.h ]
}

setup_has_janus() {
	if [ -n "${JANUS:-}" ]; then
		[ "${JANUS#/}" != "$JANUS" ] && [ -f "$JANUS" ] && [ -x "$JANUS" ]
		return
	fi
	setup_has janus || [ -x /opt/janus/bin/janus ] || [ -x /usr/local/bin/janus ]
}

setup_has_libzmq() {
	# A user's PATH on Debian has no /sbin.
	# No pipe into `grep -q`: it stops reading early, and ldconfig's SIGPIPE counts under pipefail.
	case $(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null) in
	*[[:space:]]libzmq.so.5\ *) return 0 ;;
	*) return 1 ;;
	esac
}

setup_has_ip() {
	# As ldconfig: not on every user's PATH.
	setup_has ip || [ -x /usr/sbin/ip ] || [ -x /sbin/ip ]
}

# Prints the names of the missing packages, for apt ($1 = apt) or dnf, for purpose $2.
setup_missing() {
	# To fetch Deno with, the first time (scripts/deno).
	if ! setup_has npm && ! setup_has deno && [ ! -d "$setup_root/.deno/bin" ]; then
		if [ -z "${NPM_CONFIG_REGISTRY:-}" ]; then
			echo npm
		else
			setup_has curl || echo curl ca-certificates
		fi
	fi
	[ "$2" != deno ] || return 0
	if ! setup_has_compiler; then
		if [ "$1" = apt ]; then echo gcc libc6-dev; else echo gcc glibc-devel; fi
	fi
	if ! setup_has pkg-config; then
		if [ "$1" = apt ]; then echo pkg-config; else echo pkgconf-pkg-config; fi
	fi
	if ! pkg-config --exists jansson 2>/dev/null; then
		if [ "$1" = apt ]; then echo libjansson-dev; else echo jansson-devel; fi
	fi
	if ! pkg-config --exists glib-2.0 2>/dev/null; then
		if [ "$1" = apt ]; then echo libglib2.0-dev; else echo glib2-devel; fi
	fi
	# Fedora and RHEL have no package of Janus.
	if [ "$1" = apt ]; then
		setup_has_janus || echo janus
		setup_has_janus_headers || echo janus-dev
	fi
	if ! setup_has_libzmq; then
		if [ "$1" = apt ]; then echo libzmq5; else echo zeromq; fi
	fi
	[ "$2" != run ] || return 0
	# Debian has it in /usr/sbin.
	setup_has nats-server || [ -x /usr/sbin/nats-server ] || echo nats-server
	[ "$2" = test ] || return 0
	if ! pkg-config --exists libzmq 2>/dev/null; then
		if [ "$1" = apt ]; then echo libzmq3-dev; else echo zeromq-devel; fi
	fi
	if ! pkg-config --exists libseccomp 2>/dev/null; then
		if [ "$1" = apt ]; then echo libseccomp-dev; else echo libseccomp-devel; fi
	fi
	setup_has systemd-analyze || echo systemd
	/usr/bin/python3 -c 'import zmq' >/dev/null 2>&1 || echo python3-zmq
	setup_has node || echo nodejs
	if ! setup_has_ip; then
		if [ "$1" = apt ]; then echo iproute2; else echo iproute; fi
	fi
	setup_has openssl || echo openssl
	# Debian has its programs where no PATH is.
	if ! setup_has initdb && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
		if [ "$1" = apt ]; then echo postgresql; else echo postgresql-server; fi
	fi
	if ! setup_has promtool; then
		if [ "$1" = apt ]; then echo prometheus; else echo golang-github-prometheus; fi
	fi
	if ! setup_has chromium && ! setup_has chromium-browser && ! setup_has google-chrome; then
		if grep -qs '^ID=ubuntu' /etc/os-release; then echo chromium-browser; else echo chromium; fi
	fi
	# Debian's package is made and tried there alone.
	[ "$1" = apt ] || return 0
	setup_has mmdebstrap || echo mmdebstrap
	setup_has lintian || echo lintian
	setup_has man || echo man-db
	[ "$(uname -m)" = x86_64 ] || return 0
	if ! setup_has aarch64-linux-gnu-gcc || [ ! -d /usr/aarch64-linux-gnu/include ]; then
		echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross
	fi
	setup_has qemu-aarch64-static || echo qemu-user-static
}

# Installs packages by apt: as root, through sudo, or not at all but with the line to type.
setup_apt() {
	setup_sudo=
	if [ "$(id -u)" -ne 0 ]; then
		if setup_has sudo && sudo -n true 2>/dev/null; then
			setup_sudo='sudo -n'
		elif setup_has sudo && [ -t 0 ] && [ -t 2 ]; then
			echo "$setup_name: sudo may ask for your password" >&2
			setup_sudo=sudo
		else
			setup_fail "these packages are missing and only root can install them. Run:
  sudo apt-get install $*
and start again."
		fi
	fi
	for setup_package in janus nats-server postgresql prometheus; do
		case " $* " in
		*" $setup_package "*)
			if [ -d /run/systemd/system ]; then
				echo "$setup_name: the package $setup_package starts a system service of its own;" >&2
				echo "$setup_name: it is left as it is and doesn't disturb the one started here" >&2
			fi
			;;
		esac
	done
	# The lists may be older than what the mirrors have; another apt may be at work just now.
	$setup_sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 update >&2 ||
		setup_fail "apt-get update failed (see above)"
	$setup_sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 \
		--no-install-recommends install "$@" </dev/null >&2 ||
		setup_fail "apt-get could not install: $* (see above)"
}

setup_packages() {
	[ "$(uname -s)" = Linux ] || setup_fail "Janus's plugins need Linux; this is $(uname -s)"
	# No package makes up for a wrong one.
	if [ -n "${JANUS_INCLUDE:-}" ] && ! setup_has_janus_headers; then
		setup_fail "JANUS_INCLUDE=$JANUS_INCLUDE has no transports/transport.h"
	fi
	if [ -n "${JANUS:-}" ] && ! setup_has_janus; then
		setup_fail "JANUS=$JANUS is not the absolute path of an executable"
	fi
	if setup_has apt-get; then
		setup_names=$(setup_missing apt "$1" | tr '\n' ' ')
		[ -n "$setup_names" ] || return 0
		echo "$setup_name: missing: $setup_names" >&2
		echo "$setup_name: installing them with apt-get" >&2
		# shellcheck disable=SC2086 # package names are words
		setup_apt $setup_names
		setup_names=$(setup_missing apt "$1" | tr '\n' ' ')
		[ -z "$setup_names" ] || setup_fail "still missing after the installation: $setup_names"
		return 0
	fi
	setup_names=$(setup_missing dnf "$1" | tr '\n' ' ')
	if [ "$1" != deno ] && { ! setup_has_janus || ! setup_has_janus_headers; }; then
		echo "$setup_name: Janus or its headers are missing; get them from" \
			"https://github.com/meetecho/janus-gateway" >&2
		[ -n "$setup_names" ] || exit 1
	fi
	[ -n "$setup_names" ] || return 0
	setup_fail "these packages are missing. On Fedora, or RHEL with EPEL, run:
  sudo dnf install $setup_names
and start again."
}

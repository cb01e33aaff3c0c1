#!/bin/sh
# Runs a command as systemd runs a service with the settings of conf/systemd/janus-hardened.conf, but for what
# restrict.c does; in a mount namespace of its own, as root:
#   unshare --mount service.sh FOLDER DENO UID COMMAND...
# FOLDER is all that can be written, and where DENO is as `deno`.
set -eu
folder=$1
deno=$2
user=$3
shift 3
umask 0077

mount --make-rprivate /
mount --bind "$folder" "$folder"
mount --bind /usr /usr
# Before it is out of sight.
mount --bind "$deno" "$folder/deno"

# PrivateDevices=, with what systemd leaves.
mkdir "$folder/dev"
mount -t tmpfs -o mode=755 tmpfs "$folder/dev"
for name in null zero full random urandom tty; do
	touch "$folder/dev/$name"
	mount --bind "/dev/$name" "$folder/dev/$name"
done
mkdir "$folder/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$folder/dev/shm"
mount --rbind "$folder/dev" /dev

# ProtectHome=, PrivateTmp=
for hidden in /home /root /run/user; do
	[ ! -d "$hidden" ] || mount -t tmpfs -o mode=000 tmpfs "$hidden"
done
for private in /tmp /var/tmp; do mount -t tmpfs -o mode=1777 tmpfs "$private"; done

# ProtectSystem=strict, NoExecPaths=/, ExecPaths=/usr, ProtectKernelTunables=, ProtectControlGroups=
cut -d ' ' -f 5 /proc/self/mountinfo | sort -u | while read -r place; do
	case $place in
	/dev | /dev/* | /proc | /proc/* | /tmp | /var/tmp | "$folder"/dev*) ;;
	"$folder" | "$folder"/*) ;;
	/usr) mount -o remount,bind,ro "$place" ;;
	# What lies below what is hidden is out of reach.
	*) mount -o remount,bind,ro,noexec "$place" 2>/dev/null || [ ! -e "$place" ] ;;
	esac
done

# ProtectProc=invisible, ProcSubset=pid
mount -t proc -o nosuid,nodev,noexec,hidepid=invisible,subset=pid proc /proc

chown -R "$user" "$folder"
# User=, CapabilityBoundingSet=, NoNewPrivileges=; the second one counts after the change of the user.
exec setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs -- \
	setpriv --pdeathsig KILL -- "$@"

#!/bin/sh
# Builds a Debian system with the PostgreSQL of that Debian release in a folder,
# and beside it a folder of PostgreSQL's programs that run on this machine.
#
#   integration/docker/rootfs.sh MAJOR DIR
#
# MAJOR is 15 (bookworm), 17 (trixie) or 18 (forky). DIR/root becomes the system,
# DIR/usr/lib/postgresql/MAJOR/bin the programs: each is a small script that runs
# the one in DIR/root with the libraries from there, so that neither a chroot
# nor root is needed. UNDERSTUDY_PG_BIN and UNDERSTUDY_PG_DUMP can point there.
# Needs root and debootstrap. What is there already is not built again.
set -eu

major=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd -P)
root=$dir/root
here=$(cd "$(dirname "$0")" && pwd -P)
mirror=${UNDERSTUDY_DEBIAN_MIRROR:-} # empty: the one that debootstrap knows

case $major in
15) suite=bookworm ;;
17) suite=trixie ;;
18) suite=forky ;;
*)
	echo "error: no Debian release known with PostgreSQL $major (15, 17 and 18 are)" >&2
	exit 2
	;;
esac

if [ ! -e "$dir/complete" ]; then
	rm -rf "$root"
	# Releases younger than this debootstrap are set up like sid.
	rules=$suite
	[ -e "/usr/share/debootstrap/scripts/$suite" ] || rules=sid
	debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror" \
		"/usr/share/debootstrap/scripts/$rules"
	cp "$here/../../scripts/postgresql.sh" "$root/tmp/"
	cp -L /etc/resolv.conf "$root/etc/resolv.conf"
	# Frozen mirrors keep a release file past its date; its signature still counts.
	echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/frozen-mirror"
	# Younger packages want /proc; a mount namespace takes it away again by itself.
	unshare --mount sh -c 'mount -t proc proc "$1/proc" &&
		exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin /tmp/postgresql.sh ensure' sh "$root"
	rm -rf "$root"/tmp/* "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* \
		"$root"/usr/share/doc "$root"/usr/share/man "$root"/usr/share/locale
	[ -x "$root/usr/lib/postgresql/$major/bin/postgres" ] || {
		echo "error: $suite has installed another PostgreSQL than $major" >&2
		exit 1
	}
fi

# PostgreSQL finds its share and lib folders relative to its programs, hence
# the same layout. In place: other tests may run on them.
bin=$dir/usr/lib/postgresql/$major/bin
mkdir -p "$bin"
ln -sfn "$root/usr/share" "$dir/usr/share"
ln -sfn "$root/usr/lib/postgresql/$major/lib" "$dir/usr/lib/postgresql/$major/lib"
for loader in "$root"/lib64/ld-linux-*.so.? "$root"/lib/ld-linux-*.so.?; do
	if [ -x "$loader" ]; then break; fi
done
libraries=$(cd "$root/usr/lib" && echo "$PWD"/*-linux-gnu)
for program in "$root/usr/lib/postgresql/$major/bin"/*; do
	name=$(basename "$program")
	cat >"$bin/.new" <<-SCRIPT
		#!/bin/sh
		exec "$loader" --argv0 "\$0" --library-path "$libraries:$root/usr/lib" "$program" "\$@"
	SCRIPT
	chmod 755 "$bin/.new"
	mv "$bin/.new" "$bin/$name"
done
chmod 755 "$dir"
touch "$dir/complete"

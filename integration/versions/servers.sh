#!/bin/sh
# Prints every PostgreSQL version that tests can run on here, a line each:
#
#   integration/versions/servers.sh DIR     MAJOR FOLDER, the oldest first
#
# FOLDER holds the programs, for UNDERSTUDY_PG_BIN. Versions 14 to 18 that are
# not installed are made in DIR where that can be done: from Debian's packages
# (integration/docker/rootfs.sh), or with a server from npm. A version that
# cannot be had is missing from the list, and standard error says why.
# ONLY names those that are wanted: ONLY="15 17".
set -eu

mkdir -p "$1"
dir=$(cd "$1" && pwd -P)
here=$(cd "$(dirname "$0")" && pwd -P)
only=" ${ONLY:-14 15 16 17 18} "

wanted() { case $only in *" $1 "*) ;; *) return 1 ;; esac; }

# installed prints MAJOR FOLDER for each installation of the system's own.
installed() {
	"$here/../../scripts/postgresql.sh" list | while read -r bin; do
		major=$("$bin/postgres" --version | sed -n 's/.*(PostgreSQL) \([0-9]*\).*/\1/p')
		echo "$major $bin"
	done
}

list=$(installed)
have() { echo "$list" | awk -v major="$1" '$1 == major { print $2; exit }'; }
add() { list=$(printf '%s\n%s' "$list" "$1 $2"); }
lacking() { echo "PostgreSQL $1 is not tested: $2" >&2; }

# Those with client programs of their own first: they lend them to the others.
for major in 15 17 18; do
	if ! wanted $major || [ -n "$(have $major)" ]; then continue; fi
	if [ ! -e "$dir/$major/complete" ]; then
		if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null; then
			lacking $major "it is not installed, and building it from Debian's packages needs root and debootstrap"
			continue
		fi
		"$here/../docker/rootfs.sh" $major "$dir/$major" >&2 || {
			lacking $major "it could not be built from Debian's packages"
			continue
		}
	fi
	add $major "$dir/$major/usr/lib/postgresql/$major/bin"
done

# lender prints the oldest installation whose clients know a version.
lender() { echo "$list" | sort -n | awk -v major="$1" '$1 >= major { print $2; exit }'; }

for major in 14 16; do
	if ! wanted $major || [ -n "$(have $major)" ]; then continue; fi
	clients=$(lender $major)
	if [ -z "$clients" ]; then
		lacking $major "no client programs are here that are as new"
	elif ! command -v npm >/dev/null; then
		lacking $major "it is not installed, and npm is not here to install a server"
	elif "$here/npm.sh" $major "$dir/$major" "$clients"; then
		add $major "$dir/$major/bin"
	else
		lacking $major "no server could be installed from npm"
	fi
done

echo "$list" | sort -n | while read -r major bin; do
	if [ -n "$major" ] && wanted "$major"; then echo "$major $bin"; fi
done

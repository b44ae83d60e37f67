#!/bin/sh
# Finds PostgreSQL's server programs on this machine, or installs them with the
# system's package manager.
#
#   scripts/postgresql.sh list      prints each folder with a whole installation
#   scripts/postgresql.sh ensure    installs if there is none; silent otherwise
#
# UNDERSTUDY_PG_BIN names the folder to use and switches everything else off.
# The packages of Debian and Ubuntu create and start a cluster of their own on
# installation; it is kept from doing so.
set -eu

list() {
	if [ -n "${UNDERSTUDY_PG_BIN:-}" ]; then
		whole "$UNDERSTUDY_PG_BIN"
		return
	fi
	# The same places as internal/pgserver.
	{
		if command -v initdb >/dev/null 2>&1; then dirname "$(command -v initdb)"; fi
		if command -v pg_config >/dev/null 2>&1; then pg_config --bindir; fi
		for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/lib/postgresql*/bin \
			/usr/libexec/postgresql* /usr/local/pgsql/bin /usr/local/opt/postgresql*/bin \
			/opt/homebrew/opt/postgresql*/bin /home/linuxbrew/.linuxbrew/opt/postgresql*/bin \
			/Applications/Postgres.app/Contents/Versions/*/bin /Library/PostgreSQL/*/bin \
			/opt/local/lib/postgresql*/bin; do
			echo "$dir"
		done
	} | while read -r dir; do
		if whole "$dir" >/dev/null; then (cd "$dir" && pwd -P); fi
	done | sort -u
}

# whole prints a folder that holds every program needed.
whole() {
	for program in initdb postgres pg_ctl pg_dump psql; do
		[ -x "$1/$program" ] || return 1
	done
	echo "$1"
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		echo "error: installing PostgreSQL needs root or sudo" >&2
		echo "hint: run as root: $*" >&2
		exit 1
	fi
}

has() { command -v "$1" >/dev/null 2>&1; }

apt_install() {
	as_root apt-get update -q
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends postgresql-common
	local_conf=/etc/postgresql-common/createcluster.d/understudy.conf
	as_root mkdir -p /etc/postgresql-common/createcluster.d
	echo "create_main_cluster = false" | as_root tee "$local_conf" >/dev/null
	status=0
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends postgresql || status=$?
	as_root rm -f "$local_conf"
	return "$status"
}

install() {
	echo "PostgreSQL's server programs are not here; installing them" >&2
	if has brew; then
		brew install postgresql@17
	elif has apt-get; then
		apt_install
	elif has dnf; then
		as_root dnf install -y postgresql-server postgresql-contrib postgresql
	elif has apk; then
		as_root apk add postgresql postgresql-contrib postgresql-client
	elif has pacman; then
		as_root pacman -Sy --noconfirm --needed postgresql
	elif has zypper; then
		as_root zypper --non-interactive install postgresql-server postgresql-contrib postgresql
	else
		echo "error: no package manager known here (brew, apt-get, dnf, apk, pacman, zypper)" >&2
		echo "hint: install PostgreSQL's server programs, or set UNDERSTUDY_PG_BIN to their folder" >&2
		exit 1
	fi >&2
}

case "${1:-}" in
list)
	list
	;;
ensure)
	[ -z "$(list)" ] || exit 0
	if [ -n "${UNDERSTUDY_PG_BIN:-}" ]; then
		echo "error: UNDERSTUDY_PG_BIN=$UNDERSTUDY_PG_BIN does not hold initdb, postgres, pg_ctl, pg_dump and psql" >&2
		exit 1
	fi
	install
	if [ -z "$(list)" ]; then
		echo "error: PostgreSQL was installed, but its programs are in no folder known to understudy" >&2
		echo "hint: set UNDERSTUDY_PG_BIN to the folder that holds initdb" >&2
		exit 1
	fi
	;;
*)
	sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac

#!/bin/bash
# The part of the official PostgreSQL image's entry point that understudy's
# tests use, for the image that image.sh builds: a first start creates the
# cluster for POSTGRES_USER with POSTGRES_PASSWORD, reachable from everywhere
# by password (or as POSTGRES_HOST_AUTH_METHOD says), creates POSTGRES_DB, runs
# the *.sql in /docker-entrypoint-initdb.d, and all that on a server that only
# its socket reaches, so that the log says "database system is ready to accept
# connections" twice.
set -euo pipefail

if [ "${1:-postgres}" = "postgres" ] && [ "$(id -u)" -eq 0 ]; then
	mkdir -p "$PGDATA" /var/run/postgresql
	chown -R postgres:postgres "$PGDATA" /var/run/postgresql
	chmod 700 "$PGDATA"
	exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
fi

if [ "${1:-postgres}" = "postgres" ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
	user=${POSTGRES_USER:-postgres}
	method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
	if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$method" != trust ]; then
		echo "error: POSTGRES_PASSWORD is not set, and POSTGRES_HOST_AUTH_METHOD is not trust" >&2
		exit 1
	fi
	# shellcheck disable=SC2086 # the arguments are meant to be split
	initdb --pgdata="$PGDATA" --username="$user" --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:-unused}") \
		${POSTGRES_INITDB_ARGS:-}
	printf 'host all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
	echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
	pg_ctl --pgdata="$PGDATA" --options="-c listen_addresses=''" --wait start
	if [ "${POSTGRES_DB:-$user}" != postgres ]; then
		psql --username="$user" --dbname=postgres --no-psqlrc --quiet --set=db="${POSTGRES_DB:-$user}" \
			<<<'CREATE DATABASE :"db";'
	fi
	for script in /docker-entrypoint-initdb.d/*.sql; do
		[ ! -e "$script" ] || psql --username="$user" --dbname="${POSTGRES_DB:-$user}" --no-psqlrc --quiet \
			--set=ON_ERROR_STOP=1 --file="$script"
	done
	pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop
fi

exec "${@:-postgres}"

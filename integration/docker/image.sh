#!/bin/sh
# Builds a docker image of PostgreSQL from Debian's packages, for places where
# no registry can be reached. It behaves like the official image as far as
# understudy's tests go.
#
#   integration/docker/image.sh MAJOR DIR     prints the image's name
#
# DIR is where rootfs.sh builds. Needs root and a docker engine.
set -eu

major=$1
dir=$2
here=$(cd "$(dirname "$0")" && pwd -P)
name=understudy-test-postgres:$major

# The programs in DIR are needed too, also where an engine has the image already.
[ -x "$dir/usr/lib/postgresql/$major/bin/pg_dump" ] || docker image rm "$name" >/dev/null 2>&1 || true
if ! docker image inspect "$name" >/dev/null 2>&1; then
	"$here/rootfs.sh" "$major" "$dir" >&2
	install -m 755 "$here/entrypoint.sh" "$dir/root/usr/local/bin/docker-entrypoint.sh"
	tar -C "$dir/root" --numeric-owner --one-file-system -cf "$dir/image.tar" .
	docker import \
		--change "ENV PATH=/usr/lib/postgresql/$major/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" \
		--change "ENV PGDATA=/var/lib/postgresql/data" \
		--change "ENV LANG=C.UTF-8" \
		--change "ENTRYPOINT [\"docker-entrypoint.sh\"]" \
		--change "CMD [\"postgres\"]" \
		--change "EXPOSE 5432" \
		--change "VOLUME /var/lib/postgresql/data" \
		"$dir/image.tar" "$name" >&2
	rm "$dir/image.tar"
fi
echo "$name"

#!/bin/sh
# Runs go test with the servers in docker.
#
#   integration/docker/test.sh [go test's arguments]
#
# An engine that answers is used, else one of our own is started in .docker and
# stopped afterwards. The image is UNDERSTUDY_TEST_IMAGE, or the official one of
# UNDERSTUDY_TEST_MAJOR (default 17), or, where no registry can be reached, one
# built from Debian's packages. UNDERSTUDY_TEST_TARGET_MAJOR is for a target of
# another version. Exit code 69 says that there is no engine or no image, so that
# nothing was tested.
set -eu

unavailable=69
here=$(cd "$(dirname "$0")" && pwd -P)
dir=${UNDERSTUDY_DOCKER_DIR:-$here/../../.docker}
major=${UNDERSTUDY_TEST_MAJOR:-17}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd -P)

not_tested() {
	echo "################################################################" >&2
	echo "# docker path NOT tested: $1" >&2
	echo "################################################################" >&2
	exit $unavailable
}

if ! docker info >/dev/null 2>&1; then
	trap '"$here/engine.sh" stop "$dir/engine"' EXIT # until the one below
	"$here/engine.sh" start "$dir/engine" || not_tested "no docker engine can be had here"
	DOCKER_HOST=unix://$dir/engine/docker.sock
	export DOCKER_HOST
fi
echo "docker engine $(docker version --format '{{.Server.Version}}') at ${DOCKER_HOST:-its usual place}" >&2

sweep() { :; }
trap 'sweep; case ${DOCKER_HOST:-} in "unix://$dir/engine/"*) "$here/engine.sh" stop "$dir/engine" ;; esac' EXIT

# provide sets image to one of a version.
provide() {
	major=$1 image=${2:-postgres:$1}
	if docker image inspect "$image" >/dev/null 2>&1 || docker pull -q "$image" >&2; then return; fi
	[ -z "$2" ] || not_tested "image $image cannot be pulled"
	echo "no registry within reach; building an image of PostgreSQL $major" >&2
	if ! command -v debootstrap >/dev/null; then
		apt-get update -q >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -q debootstrap >&2 ||
			not_tested "debootstrap cannot be installed"
	fi
	if ! image=$("$here/image.sh" "$major" "$dir/$major"); then
		not_tested "no image of PostgreSQL $major can be built"
	fi
	# Client programs have to be as new as the server, also where they are searched for.
	clients=$dir/$major/usr/lib/postgresql/$major/bin
	PATH=$clients:$PATH
	UNDERSTUDY_PG_DUMP=${UNDERSTUDY_PG_DUMP:-$clients/pg_dump}
	export PATH UNDERSTUDY_PG_DUMP
	# The reaper's image is out of reach too; the trap above does its work.
	export TESTCONTAINERS_RYUK_DISABLED=true
	sweep() {
		for built in "$UNDERSTUDY_TEST_IMAGE" ${UNDERSTUDY_TEST_TARGET_IMAGE:-}; do
			docker ps --all --quiet --filter label=org.testcontainers=true --filter ancestor="$built" |
				xargs docker rm --force --volumes >/dev/null 2>&1 || true
		done
	}
}

provide "$major" "${UNDERSTUDY_TEST_IMAGE:-}"
UNDERSTUDY_TEST_IMAGE=$image
export UNDERSTUDY_TEST_IMAGE
if [ -n "${UNDERSTUDY_TEST_TARGET_MAJOR:-}" ]; then
	provide "$UNDERSTUDY_TEST_TARGET_MAJOR" "${UNDERSTUDY_TEST_TARGET_IMAGE:-}"
	UNDERSTUDY_TEST_TARGET_IMAGE=$image
	export UNDERSTUDY_TEST_TARGET_IMAGE
fi
export UNDERSTUDY_TEST_SERVERS=docker
go test "$@"

#!/bin/sh
# Starts and stops a docker engine of our own, apart from any other: its socket
# and all its data lie in one folder.
#
#   integration/docker/engine.sh start DIR    the socket is DIR/docker.sock
#   integration/docker/engine.sh stop DIR     also deletes what it stored
#
# Installs the engine with apt-get where it is missing. Needs root. Exit code
# 69 says that no engine can be had here.
set -eu

unavailable=69
verb=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd -P)
socket=unix://$dir/docker.sock

answers() { DOCKER_HOST=$socket docker info >/dev/null 2>&1; }

stop() {
	[ -e "$dir/docker.pid" ] || return 0
	pid=$(cat "$dir/docker.pid")
	kill "$pid" 2>/dev/null || true
	tries=0
	while kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do
		tries=$((tries + 1))
		sleep 0.2
	done
}

discard() {
	stop
	rm -rf "$dir/data" "$dir/exec" "$dir/docker.sock" "$dir/docker.pid"
}

give_up() {
	echo "error: $1" >&2
	exit $unavailable
}

# launch starts the engine with some options and waits until it answers.
launch() {
	echo "dockerd $*" >>"$dir/dockerd.log"
	dockerd --host "$socket" --data-root "$dir/data" --exec-root "$dir/exec" \
		--pidfile "$dir/docker.pid" "$@" >>"$dir/dockerd.log" 2>&1 &
	engine=$!
	tries=0
	while ! answers; do
		tries=$((tries + 1))
		if [ $tries -gt 150 ] || ! kill -0 $engine 2>/dev/null; then
			kill $engine 2>/dev/null || true
			wait $engine || true
			discard
			return 1
		fi
		sleep 0.2
	done
}

case $verb in
start)
	if answers; then exit 0; fi
	[ "$(id -u)" -eq 0 ] || give_up "no docker engine answers, and starting one needs root"
	if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
		command -v apt-get >/dev/null || give_up "no docker engine is installed, and apt-get is not here to install one"
		{
			apt-get update -q &&
				DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends docker.io iptables
		} >&2 || give_up "the docker engine cannot be installed"
		# Newer Debian releases have the client in a package of its own.
		command -v docker >/dev/null ||
			DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends docker-cli >&2 ||
			give_up "the docker client cannot be installed"
	fi
	: >"$dir/dockerd.log"
	# Sandboxes differ in what they allow: firewall rules, overlay file systems.
	launch || launch --iptables=false --ip-masq=false ||
		launch --iptables=false --ip-masq=false --storage-driver=vfs || {
		tail -20 "$dir/dockerd.log" >&2
		give_up "the docker engine does not start here; the last lines of $dir/dockerd.log are above"
	}
	;;
stop)
	discard
	;;
esac

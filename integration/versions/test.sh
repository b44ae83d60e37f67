#!/bin/bash
# Runs the tests on every PostgreSQL version that can be had here, and on pairs
# of versions, source and target, and prints a table.
#
#   integration/versions/test.sh DIR [SOURCE:TARGET ...]
#
# Servers that are missing are made in DIR (servers.sh); the logs go to DIR/log.
# Without pairs: each version on its own, with all tests; every version to the
# newest, and 15 to 17, with the tests that bring a schema or rows from one
# server to another; the newest to the one before it, which has to be refused.
# TESTFLAGS are flags of go test, GO the go command, PACKAGES what is tested on
# a version of its own (./...).
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
dir=$1
shift
mkdir -p "$dir/log"
dir=$(cd "$dir" && pwd -P)
cd "$here/../.."

go=${GO:-go}
read -ra flags <<<"${TESTFLAGS:-}"
read -ra packages <<<"${PACKAGES:-./...}"

# What depends on two versions: reading and restoring schemas in full; of the
# whole product what compares a copy with its source, and the life of a copy.
across_packages=(./catalog ./load/...)
across_integration='^(TestKeepsEverything|TestEncodings|TestRefresh|TestRental|TestPgbench|TestSurvives|TestSameInBothFormats|TestBadPgDump)$'
older='^TestOlderTargetIsRefused$'

servers=$("$here/servers.sh" "$dir") || exit
[ -n "$servers" ] || {
	echo "error: there is no PostgreSQL here" >&2
	exit 1
}
folder() { awk -v major="$1" '$1 == major { print $2 }' <<<"$servers"; }

pairs=("$@")
if [ ${#pairs[@]} -eq 0 ]; then
	mapfile -t majors < <(cut -d' ' -f1 <<<"$servers")
	newest=${majors[-1]}
	for major in "${majors[@]}"; do pairs+=("$major:$major"); done
	for major in "${majors[@]}"; do
		[ "$major" = "$newest" ] || pairs+=("$major:$newest")
	done
	if [ -n "$(folder 15)" ] && [ -n "$(folder 17)" ] && [ "$newest" != 17 ]; then pairs+=("15:17"); fi
	[ ${#majors[@]} -eq 1 ] || pairs+=("$newest:${majors[-2]}")
fi

# run runs go test on a pair of versions.
run() {
	env UNDERSTUDY_TEST_SERVERS=local PATH="$(folder "$source"):$PATH" \
		UNDERSTUDY_PG_BIN="$(folder "$source")" UNDERSTUDY_TEST_TARGET_BIN="$(folder "$target")" \
		"$go" test -count=1 -v -timeout 40m "${flags[@]}" "$@" >>"$log" 2>&1
}

count() { grep -cE "^ *--- $1: " "$log"; }

table=$(printf '%-8s %-8s %8s %8s %8s %8s' source target passed failed skipped seconds)
failed=0
for pair in "${pairs[@]}"; do
	source=${pair%:*} target=${pair#*:}
	log=$dir/log/$source-$target.log
	: >"$log"
	for major in "$source" "$target"; do
		[ -n "$(folder "$major")" ] || {
			echo "error: there is no PostgreSQL $major here" >&2
			exit 1
		}
	done
	echo "== $source to $target"
	began=$SECONDS status=0
	if [ "$source" -eq "$target" ]; then
		# What takes minutes and gigabytes runs on one version.
		if [ "$source" = "${newest:-}" ]; then export UNDERSTUDY_TEST_HEAVY=1; else unset UNDERSTUDY_TEST_HEAVY; fi
		run "${packages[@]}" || status=1
	elif [ "$source" -gt "$target" ]; then
		run -run "$older" ./integration || status=1
	else
		run "${across_packages[@]}" || status=1
		run -run "$across_integration" ./integration || status=1
	fi
	if [ $status -ne 0 ]; then
		failed=1
		grep -E '^ *--- FAIL: |^FAIL|^panic: ' "$log"
	fi
	table+=$(printf '\n%-8s %-8s %8d %8d %8d %8d' "$source" "$target" "$(count PASS)" "$(count FAIL)" "$(count SKIP)" $((SECONDS - began)))
	[ $status -eq 0 ] || table+="  failed, see $log"
done

printf '\n%s\n' "$table"
exit $failed

#!/bin/sh
# Runs every fuzz test of the module, one after the other.
#
#   scripts/fuzz.sh [TIME]     TIME for each, default 20s
set -eu

time=${1:-20s}
for package in $(go list ./...); do
	tests=$(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true)
	for test in $tests; do
		echo "== $package $test"
		go test -run '^$' -fuzz "^$test\$" -fuzztime "$time" "$package"
	done
done

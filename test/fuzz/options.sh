#!/bin/sh
# Random options documents by the thousand, right and broken, and deep and wide ones:
# the parser has to take each or to refuse it and name the place.
#
#	test/fuzz/options.sh [documents [seed]]
#
# Takes the server and the database from PGHOST, PGPORT, PGDATABASE, ...; "make test-module"
# makes the module that is called, in the tree or in PG_LIBDIR.  Prints documents that went wrong.
set -eu

documents=${1:-10000}
seed=${2:-1}
here=$(dirname "$0")
export PG_LIBDIR="${PG_LIBDIR:-$(cd "$here/../.." && pwd)}"

run()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

cleanup()
{
	run -c 'SET client_min_messages = warning' -c 'DROP SCHEMA IF EXISTS options_fuzz_run CASCADE'
}

cleanup
trap cleanup EXIT
run -c 'CREATE SCHEMA options_fuzz_run' -c 'SET search_path = options_fuzz_run' -f "$here/options.sql"

PGOPTIONS="${PGOPTIONS:-} -c search_path=options_fuzz_run"
export PGOPTIONS

failed=0
# expect WHAT CALL ALLOWED: every outcome of the call is one of the allowed
expect()
{
	got=$(run -c 'TRUNCATE runs' -c "$2" -c "SELECT no, kind, use, outcome, left(document::text, 1000) FROM runs WHERE NOT ($3) LIMIT 5" 2>&1 || true)
	case $got in
		'') echo "ok: $1, $(run -c "SELECT string_agg(n || ' ' || outcome, ', ' ORDER BY outcome) FROM (SELECT outcome, count(*) AS n FROM runs GROUP BY outcome) o")" ;;
		*) echo "FAILED: $1: $got"; failed=1 ;;
	esac
}

# setseed takes -1 to 1
expect "$documents documents of seed $seed" "DO \$\$ BEGIN PERFORM setseed(sin($seed)); CALL run_random($documents); END \$\$" \
	"outcome = 'parsed' OR kind = 'changed' AND outcome = 'refused'"
for depth in 10 31 32 33 64 95 96 97 300 1000 3000 6000 10000
do
	expect "depth $depth" "CALL run_deep($depth)" "outcome IN ('refused', 'no document') OR outcome = 'parsed' AND (no <= 100 OR kind IN ('literal', 'reference'))"
done
for size in 1 255 256 257 5000 20000
do
	expect "size $size" "CALL run_wide($size)" "outcome IN ('parsed', 'refused')"
done

exit $failed

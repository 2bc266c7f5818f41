#!/bin/sh
# Random documents and rows by the thousand, compared with core to the last byte,
# and the limits that are too large for the regression test.
#
#	test/fuzz/json_writer.sh [rounds [seed]]
#
# Takes the server and the database from PGHOST, PGPORT, PGDATABASE, ...; "make test-module"
# makes the module that is called, in the tree or in PG_LIBDIR.  A round is 1,000 of each.
# A failing seed is printed, and can be given again with one round.
set -eu

rounds=${1:-10}
seed=${2:-1}
here=$(dirname "$0")
export PG_LIBDIR="${PG_LIBDIR:-$(cd "$here/../.." && pwd)}"

run()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

cleanup()
{
	run -c 'SET client_min_messages = warning' -c 'DROP SCHEMA IF EXISTS json_writer_fuzz CASCADE'
}

cleanup
trap cleanup EXIT
run -c 'CREATE SCHEMA json_writer_fuzz' -c 'SET search_path = json_writer_fuzz' -f "$here/json_writer.sql"

PGOPTIONS="${PGOPTIONS:-} -c search_path=json_writer_fuzz"
export PGOPTIONS

failed=0
expect()
{
	got=$(run -c "$2" 2>&1 || true)
	case $got in
		*"$3"*) echo "ok: $1" ;;
		*) echo "FAILED: $1: $got"; failed=1 ;;
	esac
}

last=$((seed + rounds))
while [ "$seed" -lt "$last" ]
do
	# setseed takes -1 to 1
	expect "documents of seed $seed" "SELECT * FROM random_documents(sin($seed), 1000)" '1000|0'
	expect "rows of seed $seed" "SELECT * FROM random_rows(sin($seed), 1000)" '1000|0'
	seed=$((seed + 1))
done

# 0x0fffffff bytes are a container's limit: header, entry and string, and one byte more
expect 'largest jsonb' "SELECT octet_length(repeat_jsonb(repeat('x', 268435455 - 8), 1) ->> 0)" 268435447
expect 'jsonb too large' "SELECT repeat_jsonb(repeat('x', 268435455 - 7), 1)" 'JSON document exceeds the maximum of 268435459 bytes'
expect 'row too large' "SELECT row_jsonb(r) FROM (SELECT repeat('x', 268435456) AS x) r" 'JSON document exceeds the maximum of 268435455 bytes'
expect 'json larger than jsonb' "SELECT octet_length(row_json(r)::text) FROM (SELECT repeat('x', 268435456) AS x) r" 268435464
expect 'json too large' "SELECT repeat_json(repeat('x', 1000000), 1100)" 'JSON document exceeds the maximum of 1073741823 bytes'
expect 'escapes too large' "SELECT row_json(r) FROM (SELECT repeat(chr(1), 200000000) AS x) r" 'JSON document exceeds the maximum of 1073741823 bytes'

exit $failed

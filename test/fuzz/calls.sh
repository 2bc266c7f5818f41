#!/bin/sh
# Calls of every function and accessor with arguments that fit, are NULL, or are absurd,
# between DDL and forged rows of the registry: no crash, and no internal error.
#
#	test/fuzz/calls.sh [rounds [seed]]
#
# Takes the server and the database from PGHOST, PGPORT, PGDATABASE, ...; makes the
# extension there if it is missing, and a role and a schema "calls" for its time.  A round is
# 100 calls.  Prints calls that went wrong.
set -eu

rounds=${1:-20}
seed=${2:-1}
here=$(dirname "$0")

run()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

cleanup()
{
	run -c 'SET client_min_messages = warning' -c 'DROP SCHEMA IF EXISTS calls CASCADE' -c 'DROP ROLE IF EXISTS calls'
}

run -c 'SET client_min_messages = warning' -c 'CREATE EXTENSION IF NOT EXISTS pg_associations'
cleanup
trap cleanup EXIT
run -c 'CREATE ROLE calls' -c 'CREATE SCHEMA calls AUTHORIZATION calls'
PGOPTIONS="${PGOPTIONS:-} -c role=calls -c search_path=calls -c client_min_messages=error -c statement_timeout=300s"
got=$(export PGOPTIONS; run -f "$here/calls.sql" &&
	run -c "DO \$\$ BEGIN PERFORM setseed(sin($seed)); END \$\$" -c "CALL run_calls($rounds, 100)" &&
	run -c "SELECT state, message, call FROM outcomes WHERE state LIKE 'XX%' OR state LIKE '58%' ORDER BY no LIMIT 10") ||
	{ echo "FAILED: seed $seed: the server or the run ended: $got"; exit 1; }
case $got in
	'') echo "ok: seed $seed, $(PGOPTIONS=$PGOPTIONS run -c "SELECT count(*) || ' calls, ' || count(*) FILTER (WHERE state = '00000') || ' answered, ' || count(DISTINCT state) || ' kinds of errors' FROM outcomes")" ;;
	*) echo "FAILED: seed $seed: $got"; exit 1 ;;
esac

#!/bin/sh
# Random calls in one session, by the thousand: each must do and answer what a model does.
#
#	test/fuzz/model.sh [rounds [seed]]
#
# Takes the server and the database from PGHOST, PGPORT, PGDATABASE, ...; makes the extension there if
# it is missing, and the schemas "model" and "reference" anew.  A round is 15 calls.  Prints
# those that went wrong, with the rows that they began with.
set -eu

rounds=${1:-300}
seed=${2:-1}
here=$(dirname "$0")

run()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

cleanup()
{
	run -c 'SET client_min_messages = warning' -c 'DROP SCHEMA IF EXISTS model, reference CASCADE'
}

run -c 'SET client_min_messages = warning' -c 'CREATE EXTENSION IF NOT EXISTS pg_associations'
cleanup
run -c 'CREATE SCHEMA model'
trap cleanup EXIT
got=$(export PGOPTIONS="${PGOPTIONS:-} -c search_path=model,public"; run <<END
\i '$here/model.sql'
DO \$\$ BEGIN PERFORM setseed(sin($seed)); END \$\$;
CALL run_rounds($rounds);
SELECT 'round ' || no, start, calls, 'got', got, 'wanted', wanted FROM rounds WHERE got IS NOT NULL ORDER BY no LIMIT 5;
SELECT 'rounds ' || count(*) || ', calls ' || sum(array_length(string_to_array(calls, E'\n'), 1) - 1) || ', unlike the model ' || count(got) FROM rounds;
END
) || { echo "FAILED: seed $seed: $got"; exit 1; }
case $got in
	"rounds $rounds, "*", unlike the model 0") echo "ok: seed $seed, $got" ;;
	*) echo "FAILED: seed $seed: $got"; exit 1 ;;
esac

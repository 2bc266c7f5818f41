#!/bin/sh
# Calls that run at the same time, by the thousand: each round must end as one order of its calls
# would, and without a deadlock.
#
#	test/fuzz/serial.sh [rounds [seed]]
#
# Takes the server and the database from PGHOST, PGPORT, PGDATABASE, ...; makes the extensions
# there if they are missing, and the schema "serial" anew.  Needs dblink and a superuser.  Prints rounds
# that went wrong, with the rows that they began with.
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
	run -c 'SET client_min_messages = warning' -c 'DROP SCHEMA IF EXISTS serial CASCADE'
}

if [ "$(run -c "SELECT count(*) FROM pg_available_extensions WHERE name = 'dblink'")" = 0 ]; then
	echo "ok: dblink is not there, so nothing was run"
	exit 0
fi
run -c 'SET client_min_messages = warning' -c 'CREATE EXTENSION IF NOT EXISTS pg_associations' \
	-c 'CREATE EXTENSION IF NOT EXISTS dblink' -c 'DROP SCHEMA IF EXISTS serial CASCADE' -c 'CREATE SCHEMA serial'
trap cleanup EXIT
connection="dbname='$(run -c 'SELECT current_database()')' user='$(run -c 'SELECT current_user')' port='$(run -c 'SHOW port')'${PGHOST:+ host='$PGHOST'}"
got=$(export PGOPTIONS="${PGOPTIONS:-} -c search_path=serial,public"; run -v connection="$connection" <<END
\i '$here/serial.sql'
DO \$\$ BEGIN PERFORM setseed(sin($seed)); END \$\$;
CALL connect(:'connection');
CALL run_rounds($rounds);
SELECT 'round ' || no, CASE WHEN explained THEN 'deadlock' ELSE 'no order' END, start, calls, rows FROM rounds WHERE NOT explained OR deadlocks > 0 ORDER BY no LIMIT 5;
SELECT 'rounds ' || count(*) || ', calls ' || sum(array_length(string_to_array(calls, E'\n'), 1)) || ', without an order ' || count(*) FILTER (WHERE NOT explained) || ', deadlocks ' || sum(deadlocks) FROM rounds;
END
) || { echo "FAILED: seed $seed: $got"; exit 1; }
case $got in
	"rounds $rounds, "*", without an order 0, deadlocks 0") echo "ok: seed $seed, $got" ;;
	*) echo "FAILED: seed $seed: $got"; exit 1 ;;
esac

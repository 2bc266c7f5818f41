#!/bin/sh
# Every way to load the same, compared for random rows and random options by the
# thousand: what the test "sources" does, with other seeds.
#
#	test/fuzz/sources.sh [documents [seed]]
#
# Takes the server and the database from PGHOST, PGPORT, PGDATABASE, ...; makes the
# extension there if it is missing, and the schema "shop" anew.  Prints documents
# that went wrong.
set -eu

documents=${1:-1000}
seed=${2:-1}
top=$(cd "$(dirname "$0")/../.." && pwd)

run()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

cleanup()
{
	run -c 'SET client_min_messages = warning' -c 'DROP SCHEMA IF EXISTS shop CASCADE'
}

run -c 'SET client_min_messages = warning' -c 'CREATE EXTENSION IF NOT EXISTS pg_associations'
trap cleanup EXIT

# setseed takes -1 to 1; all in one session, which keeps the random state
got=$(run <<END
\i '$top/test/data/shop.sql'
DO \$\$ BEGIN PERFORM setseed(sin($seed)); END \$\$;
\i '$top/test/fuzz/sources.sql'
SELECT 'association: ' || alias || ' of ' || source FROM assoc.associations a WHERE alias <> 'partners'
  AND loads(source::text, jsonb_build_object('include', alias, 'paranoid', false, 'scope', false)) IS DISTINCT FROM by_sql(a);
CALL run_sources($documents);
SELECT no, model, options, error, differs FROM runs WHERE error IS NOT NULL OR differs IS NOT NULL ORDER BY no LIMIT 5;
SELECT 'runs ' || count(*) || ', found rows ' || count(*) FILTER (WHERE length > 2) || ', wrong ' || count(error) + count(differs) FROM runs;
END
) || { echo "FAILED: seed $seed"; exit 1; }
case $got in
	"runs $documents, found rows "*", wrong 0") echo "ok: seed $seed, $got" ;;
	*) echo "FAILED: seed $seed: $got"; exit 1 ;;
esac

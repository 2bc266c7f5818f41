#!/usr/bin/env bash
#
# leak.sh [CALLS]: calls and calls in one session, 200,000 times unless said, and
# fails when the session's memory grows. By hand, against a running server with this
# tree installed (PGHOST, PGPORT, PGUSER as for psql; a superuser); makes and drops
# a database of its own. test/t/007_leak.pl is the short form.

set -euo pipefail

database=leak_$$
createdb "$database"
trap 'dropdb "$database"' EXIT
psql -X -d "$database" -v calls="${1:-200000}" -f "$(dirname "${BASH_SOURCE[0]}")/leak.sql"

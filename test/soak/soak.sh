#!/usr/bin/env bash
#
# soak: all verbs at once for a while, then the promises of docs and tests are checked
# against logs of what calls said and of what was written.
#
#	soak.sh [SECONDS]		into a new database "soak" of the server that PGHOST, PGPORT,
#				PGUSER name; 60 seconds unless said
#	soak.sh prepare | load SECONDS | check	its parts, for who wants to kill the server in between
#
# SOAK_CLIENTS is the number of clients, 16 unless said.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export PGDATABASE=soak

prepare() {
	dropdb --if-exists --maintenance-db=postgres soak 2>/dev/null
	createdb --maintenance-db=postgres soak
	psql -Xqo /dev/null -f setup.sql
}

# Deadlocks are looked for at once, not after a second in which they may hide.  They are
# tried again, and stand in the server's log.
load() {
	PGOPTIONS='-c deadlock_timeout=100ms -c client_min_messages=warning' \
		pgbench --no-vacuum --client="${SOAK_CLIENTS:-16}" --jobs=2 --time="$1" --max-tries=100 --failures-detailed \
		-f verbs.sql@6 -f set.sql@4 -f both.sql@6 -f cross.sql@4 -f vanish.sql@2 -f tasks.sql@6 \
		-f snapshot.sql@2 -f serializable.sql@1 -f read.sql@3 -f create.sql@1
}

check() {
	psql -X -v ON_ERROR_STOP=1 -f check.sql
}

case ${1:-60} in
	prepare) prepare ;;
	load) load "${2:-60}" ;;
	check) check ;;
	*[!0-9]*)
		sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]##*/}" >&2
		exit 2
		;;
	*)
		prepare
		load "${1:-60}" | grep -E '^(number of transactions actually|tps)' || true
		check
		;;
esac

# shellcheck shell=bash
#
# testlib.sh: what script/test and script/test-assert share: counting results, and
# running what is there to be run on the server that lib.sh has started.
#
#	start_tests			once the tree is built
#	result NAME LOG COMMAND...	a test that is one command
#	run_regress MODE, run_isolation, run_tap, run_fuzz
#	summary				the last line, "N passed, N failed"
#
# The script that sources it has set WANTED, the names of its command line, and
# MODE_OPTIONS, the server's options of each mode in which topics run; MODE_TOPICS, if
# a mode is not for all of them. start_tests sets the rest.

passed=0 failed=0 skipped=0 complete=0
declare -A MODE_OPTIONS MODE_TOPICS MODE_SETUP


# ---- results ---------------------------------------------------------------

ok() {
	echo "ok - $1"
	passed=$((passed + 1))
}

# not_ok NAME reads what to show from its input (which must be a redirection: at
# the end of a pipe it would count in a process of its own)
not_ok() {
	echo "not ok - $1"
	sed 's/^/    /'
	failed=$((failed + 1))
}

skip() {
	echo "skipped - $1: $2"
	skipped=$((skipped + 1))
}

# result NAME LOG COMMAND... : the command's status decides
result() {
	local name=$1 log=$2 status=0
	shift 2
	"$@" >"$log" 2>&1 </dev/null || status=$?
	case $status in
		0) ok "$name" ;;
		77) skip "$name" "$(tail -n 1 "$log")" ;;
		*) not_ok "$name" < <(tail -n 60 "$log") ;;
	esac
}

# Does the name or a part of it stand on the command line?
wanted() {
	local want
	[ "${#WANTED[@]}" -gt 0 ] || return 0
	for want in "${WANTED[@]}"; do
		case /$1/ in
			*/"$want"/*) return 0 ;;
		esac
	done
	return 1
}

summary() {
	complete=1
	[ "$skipped" -eq 0 ] || echo "$skipped skipped"
	[ "$((passed + failed + skipped))" -gt 0 ] || echo "no test ran" >&2
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$((passed + skipped))" -gt 0 ]
}

# A build that fails, or a run that is interrupted, has a last line too.
at_exit() {
	local status=$?
	# while it waits for another run, the server is the other's
	[ -z "${OUT:-}" ] || server_stop || true
	if [ "$complete" -eq 0 ]; then
		not_ok "all of it: the run ended early" </dev/null
		summary || true
	fi
	exit "$status"
}


# ---- pg_regress and pg_isolation_regress -----------------------------------

# After build: what only tests call, what the tree has, and where results go.
start_tests() {
	quietly as_user "${MAKE[@]}" "COPT=${COPT-}" WERROR=1 -j "$(nproc)" test-module || die "the test module cannot be built"
	OUT=$WORK/results
	as_user rm -rf "$OUT"
	as_user mkdir "$OUT"
	PG_BIN=$("$PG_CONFIG" --bindir)
	REGRESS=$(make_list REGRESS)
	ISOLATION=$(make_list ISOLATION)
	read -ra REGRESS_OPTS <<<"$(make_list REGRESS_OPTS)"
}

pgxs_test() {
	echo "$(dirname "$("$PG_CONFIG" --pgxs)")/../test/$1"
}

# Both programs print "test NAME ... ok" up to PostgreSQL 15 and "ok 1 - NAME"
# from 16 on; a test that they never came to has not passed.
passed_in() {
	grep -Eq "^(test $2 +\.\.\. ok|ok [0-9]+ +[-+] $2) " "$1"
}

# A topic that fails in every mode alike is shown once.
same_as_plain() {
	local out=$1 name=$2
	[ "$out" != "$OUT/regress/plain" ] &&
		cmp -s "$out/results/$name.out" "$OUT/regress/plain/results/$name.out"
}

# The part of regression.diffs that is about one test, or what went wrong before
# there was any.
diff_of() {
	local out=$1 name=$2 lines
	lines=$(awk -v end="/results/$name.out" '
		/^diff / { mine = substr($0, length($0) - length(end) + 1) == end }
		mine' "$out/regression.diffs" 2>/dev/null || true)
	if [ -n "$lines" ] && same_as_plain "$out" "$name"; then
		echo "as in plain"
	elif [ -n "$lines" ]; then
		head -n 80 <<<"$lines"
	else
		tail -n 20 "$out/log"
	fi
}

# report KIND OUT NAME... : one line per test of a run
report() {
	local kind=$1 out=$2 name
	shift 2
	for name in "$@"; do
		if passed_in "$out/log" "$name"; then
			ok "$kind/$name"
		else
			not_ok "$kind/$name" < <(diff_of "$out" "$name")
		fi
	done
}

# The topics wanted, in the Makefile's order. The first one creates the extension
# in the database that all of them share.
topics_of() {
	local mode=$1 topic selected=0 topics=()
	for topic in ${MODE_TOPICS[$mode]:-$REGRESS}; do
		if wanted "regress/$mode/$topic"; then
			selected=1
			topics+=("$topic")
		elif [ "$topic" = install ]; then
			topics+=("$topic")
		fi
	done
	[ "$selected" -eq 0 ] || echo "${topics[@]}"
}

run_regress() {
	local mode=$1 out=$OUT/regress/$1 topics existing=()
	read -ra topics <<<"$(topics_of "$mode")"
	[ "${#topics[@]}" -gt 0 ] || return 0
	as_user mkdir -p "$out"
	if [ -n "${MODE_SETUP[$mode]:-}" ]; then
		as_user createdb -T template0 -E UTF8 "regress_$mode"
		as_user psql -Xq -d "regress_$mode" -f "$WORK/src/${MODE_SETUP[$mode]}"
		existing=(--use-existing)
	fi
	# \i in a topic is relative to the tree, as it is in make installcheck
	as_user env -C "$WORK/src" PGOPTIONS="${MODE_OPTIONS[$mode]}" "$(pgxs_test regress)/pg_regress" \
		--inputdir="$WORK/src" --outputdir="$out" --bindir="$PG_BIN" \
		"${REGRESS_OPTS[@]}" --dbname="regress_$mode" "${existing[@]}" "${topics[@]}" >"$out/log" 2>&1 || true
	report "regress/$mode" "$out" "${topics[@]}"
}

run_isolation() {
	local out=$OUT/isolation spec specs=()
	for spec in $ISOLATION; do
		if wanted "isolation/$spec"; then
			specs+=("$spec")
		fi
	done
	[ "${#specs[@]}" -gt 0 ] || return 0
	as_user mkdir -p "$out"
	as_user "$(pgxs_test isolation)/pg_isolation_regress" \
		--inputdir="$WORK/src/test/isolation" --outputdir="$out" --bindir="$PG_BIN" \
		--load-extension=pg_associations --dbname=isolation "${specs[@]}" >"$out/log" 2>&1 || true
	report isolation "$out" "${specs[@]}"
}


# ---- prove -----------------------------------------------------------------

# prove, with what the servers and their clients had to say when it fails
prove_file() {
	local file=$1 name=$2
	as_user env TESTDIR="$OUT/tap" TESTDATADIR="$OUT/tap/data" TESTLOGDIR="$OUT/tap" \
		PG_REGRESS="$(pgxs_test regress)/pg_regress" \
		prove -v -I "$(pgxs_test perl)" -I "$WORK/src/test/t" "$file" || {
		find "$OUT/tap" -name "regress_log_$name" -exec tail -n 20 {} \;
		return 1
	}
}

run_tap() {
	local file name
	as_user mkdir -p "$OUT/tap"
	for file in "$WORK"/src/test/t/*.pl; do
		name=$(basename "$file" .pl)
		if [ -e "$file" ] && wanted "tap/$name"; then
			result "tap/$name" "$OUT/tap/$name.log" prove_file "$file" "$name"
		fi
	done
}


# ---- the fuzzers ------------------------------------------------------------

# How much of each is a minute at most.  The seed is the same each time, or a change would be blamed for what another
# value would have shown before it; FUZZ_SEED gives another, and a failure prints it.
declare -A FUZZ=([calls]=150 [json_writer]=1 [model]=60 [options]=8000 [serial]=150 [sources]=1500)

run_fuzz() {
	local file name seed=${FUZZ_SEED:-1}
	for file in "$WORK"/src/test/fuzz/*.sh; do
		name=$(basename "$file" .sh)
		wanted "fuzz/$name" || continue
		say "test/fuzz/$name.sh ${FUZZ[$name]} $seed"
		# shellcheck disable=SC2016 # expanded by that shell
		result "fuzz/$name" "$OUT/fuzz_$name.log" as_user env PGDATABASE="fuzz_$name" \
			sh -c 'createdb "$PGDATABASE" && exec "$@"' sh "$file" "${FUZZ[$name]}" "$seed"
	done
}

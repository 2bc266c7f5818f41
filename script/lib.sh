# shellcheck shell=bash
#
# lib.sh: what every script here needs before it can do its job: a PostgreSQL to
# build against, a fresh build of this tree, and a server of its own to run it on.
#
# It never touches a cluster, a port or a setting that was there before: the
# build is installed into a private copy of PostgreSQL, and the server listens
# on a Unix socket in the work folder only.
#
#	setup PURPOSE [DEBIAN-PACKAGE...]	tools, PostgreSQL, work folder
#	build					private copy of PostgreSQL with this tree installed
#	server_start [SETTING...] / server_stop
#
# Environment:
#	PG_CONFIG		the PostgreSQL to use; otherwise the newest that fits
#	PG_ASSOCIATIONS_WORK	where to work; otherwise a folder under TMPDIR or /tmp

# A failure inside $(...) is a failure.
shopt -s inherit_errexit
umask 022

# The user's locale may not be installed; PostgreSQL's own tests set LC_ALL aside.
export LC_ALL=C.UTF-8 LANG=C.UTF-8
for name in LANGUAGE "${!LC_@}"; do
	[ "$name" = LC_ALL ] || unset "$name"
done

MIN_MAJOR=15
MAX_MAJOR=19

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
WANTED_PG_CONFIG=$(command -v "${PG_CONFIG:-}" || echo "${PG_CONFIG:-}")

# A PGHOST, PGOPTIONS or PGSERVICE of the user's must not lead us to his server.
for name in "${!PG@}"; do
	case $name in
		PG_ASSOCIATIONS_*) ;;
		*) unset "$name" ;;
	esac
done
unset name

say() {
	printf '%s\n' "== $*" >&2
}

die() {
	printf '%s\n' "$(basename "$0"): $*" >&2
	exit 1
}

# Both ends of a long log: a compiler's first error counts, and apt's last.
ends_of() {
	if [ "$(wc -l <"$1")" -le 60 ]; then
		cat "$1"
	else
		head -n 30 "$1"
		echo "[...]"
		tail -n 30 "$1"
	fi
}

# Runs a command whose output matters only when it fails.
quietly() {
	local log status=0
	log=$(mktemp)
	"$@" >"$log" 2>&1 </dev/null || status=$?
	[ "$status" -eq 0 ] || ends_of "$log" >&2
	rm -f "$log"
	return "$status"
}


# ---- who runs what ---------------------------------------------------------

is_root() {
	[ "$(id -u)" -eq 0 ]
}

# Root's TMPDIR is often closed to the user that the server runs as, and the path of a socket
# must not be long.
tmpdir_suits() {
	! is_root && [ -d "$TMPDIR" ] && [ -w "$TMPDIR" ] && [ "${#TMPDIR}" -le 60 ]
}
[ -z "${TMPDIR:-}" ] || tmpdir_suits || unset TMPDIR

# For packages only; everything else runs without privileges. (sudo asks for a
# password on the terminal itself, whatever is redirected.)
as_root() {
	if is_root; then
		"$@"
	else
		sudo "$@"
	fi
}

# need_root WHY: says early and in one sentence what else would fail in pieces
need_root() {
	is_root || sudo true || die "root or a working sudo is needed to $1"
}

# PostgreSQL refuses to run as root, so root hands over to the user that the
# packages have made.
server_user() {
	if is_root; then echo postgres; else id -un; fi
}

# Everything that builds, serves or tests. The lock must not be inherited: a
# server that outlives the script would hold it.
as_user() {
	local become=()
	if is_root; then
		become=(runuser -u "$(server_user)" --)
	fi
	(
		cd "$WORK" || exit
		exec "${become[@]}" env HOME="$WORK/home" PATH="$PATH" "$@" 9>&-
	)
}


# ---- packages --------------------------------------------------------------

# Names of packages to install, one word each, or nothing.
missing_tools() {
	command -v make >/dev/null || echo make
	command -v gcc >/dev/null || echo gcc
	[ -e /usr/include/stdio.h ] || echo libc6-dev
}

package_installed() {
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

# Nothing of PostgreSQL may be started, stopped or restarted by an installation.
# Other services are left to their own rules; so is a policy that exists already.
with_postgres_services_at_rest() {
	local policy=/usr/sbin/policy-rc.d
	(
		if [ ! -e "$policy" ]; then
			trap 'as_root rm -f "$policy"' EXIT
			# shellcheck disable=SC2016 # expanded by the policy, not here
			printf '%s\n' '#!/bin/sh' 'case "$*" in *postgresql*) exit 101 ;; esac' 'exit 0' |
				as_root tee "$policy" >/dev/null
			as_root chmod 755 "$policy"
		fi
		"$@"
	)
}

apt_get() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -qq \
		-o DPkg::Lock::Timeout=300 "$@"
}

# Package lists are fetched only when the ones at hand do not do: they may be
# absent (a fresh container) or too old.
apt_install() {
	command -v apt-get >/dev/null ||
		die "please install these by hand, there is no apt-get here: $*"
	need_root "install $*"
	say "installing $*"
	with_postgres_services_at_rest quietly \
		apt_get install --no-install-recommends "$@" 2>/dev/null && return
	quietly apt_get update ||
		die "the package lists cannot be fetched (no network?)"
	with_postgres_services_at_rest quietly \
		apt_get install --no-install-recommends "$@" ||
		die "these packages cannot be installed (no network?): $*"
}


# ---- PostgreSQL ------------------------------------------------------------

major_of() {
	"$1" --version | sed -n 's/^PostgreSQL \([0-9]*\).*/\1/p'
}

supported() {
	[ -n "$1" ] && [ "$1" -ge "$MIN_MAJOR" ]
}

# Is there all that is needed to build against it and to run it?
usable() {
	[ -x "$1" ] && supported "$(major_of "$1")" &&
		[ -e "$("$1" --includedir-server)/postgres.h" ] &&
		[ -e "$("$1" --pgxs)" ] &&
		[ -x "$("$1" --bindir)/postgres" ]
}

find_postgres() {
	local candidate
	for candidate in $(installed_majors | sed 's,.*,/usr/lib/postgresql/&/bin/pg_config,') \
		"$(command -v pg_config || true)"; do
		if usable "$candidate"; then
			echo "$candidate"
			return
		fi
	done
	return 1
}

# Servers packaged by Debian, the newest first.
installed_majors() {
	local server
	for server in /usr/lib/postgresql/*/bin/postgres; do
		if [ -x "$server" ]; then
			basename "${server%/bin/postgres}"
		fi
	done | sort -rn
}

# The newest major version that we know and apt offers.
offered_major() {
	apt-cache search --names-only '^postgresql-server-dev-[0-9]+$' |
		sed -n 's/^postgresql-server-dev-\([0-9]*\) .*/\1/p' |
		awk -v max="$MAX_MAJOR" '$1 <= max' | sort -n | tail -n 1
}

# A server that is there already lacks its headers only; otherwise the
# distribution's.
major_to_install() {
	local major
	major=$(installed_majors | head -n 1)
	if ! supported "$major"; then
		command -v apt-get >/dev/null ||
			die "PostgreSQL $MIN_MAJOR or newer with its server headers is needed; set PG_CONFIG to its pg_config"
		need_root "install PostgreSQL"
		[ -n "$(offered_major)" ] || quietly apt_get update ||
			die "the package lists cannot be fetched (no network?)"
		major=$(offered_major)
		[ -n "$major" ] || die "apt knows of no PostgreSQL (no network, or no package sources?)"
	fi
	supported "$major" ||
		die "PostgreSQL $MIN_MAJOR or newer is needed, and this system offers $major; add the PostgreSQL project's own apt repository (postgresql.org/download) and try again"
	echo "$major"
}

# The packages would make a cluster "main" and let it start at boot.
no_main_cluster() {
	local conf=/etc/postgresql-common/createcluster.conf
	if ! package_installed postgresql-common && [ ! -e "$conf" ]; then
		as_root mkdir -p "$(dirname "$conf")"
		echo 'create_main_cluster = false' | as_root tee "$conf" >/dev/null
	elif ! grep -Eqs '^ *create_main_cluster *= *(false|off|no|0)' "$conf"; then
		die "installing postgresql-$1 would make a cluster of yours; install it yourself, or put 'create_main_cluster = false' into $conf"
	fi
}

# Packages for a PostgreSQL, given that none is usable.
postgres_packages() {
	local major=$1
	echo "postgresql-server-dev-$major"
	if [ ! -x "/usr/lib/postgresql/$major/bin/postgres" ]; then
		need_root "install PostgreSQL"
		no_main_cluster "$major"
		echo "postgresql-$major"
	fi
}

# Sets PG_CONFIG and MAJOR; more packages may be named.
get_postgres_and_tools() {
	local packages major package
	packages=$(missing_tools)
	if [ -n "$WANTED_PG_CONFIG" ]; then
		usable "$WANTED_PG_CONFIG" ||
			die "PG_CONFIG=$WANTED_PG_CONFIG is not PostgreSQL $MIN_MAJOR or newer with server and headers"
	elif ! find_postgres >/dev/null; then
		major=$(major_to_install)
		packages+=" $(postgres_packages "$major")"
	fi
	for package in "$@"; do
		package_installed "$package" || packages+=" $package"
	done
	# shellcheck disable=SC2086 # words
	[ -z "${packages//[[:space:]]/}" ] || apt_install $packages
	PG_CONFIG=${WANTED_PG_CONFIG:-$(find_postgres)} ||
		die "no usable PostgreSQL was found after installing one"
	MAJOR=$(major_of "$PG_CONFIG")
}


# ---- work folder -----------------------------------------------------------

choose_base() {
	BASE=${PG_ASSOCIATIONS_WORK:-${TMPDIR:-/tmp}/pg_associations-$(id -un)}
	mkdir -p "$BASE"
	# Somebody else's folder of that name could hand us his programs.
	if [ ! -O "$BASE" ] || [ -L "$BASE" ]; then
		die "$BASE is not yours; set PG_ASSOCIATIONS_WORK to a folder that is"
	fi
}

# One folder per checkout and purpose, so that a demo that is still running and
# a test do not meet.
choose_work() {
	choose_base
	work_in "$BASE/$(printf '%s' "$ROOT" | sha256sum | cut -c1-8)/$1"
}

work_in() {
	WORK=$1
	PGHOST=$WORK/sock
	export PGHOST PGPORT=5432 PGUSER=postgres
}

make_work() {
	[ "${#WORK}" -le 80 ] ||
		die "the path of a socket in $WORK would be too long; set PG_ASSOCIATIONS_WORK to a shorter one"
	mkdir -p "$WORK/home"
	exec 9>"$WORK.lock"
	if ! flock -n 9; then
		say "waiting for another run in $WORK to end"
		flock 9
	fi
	give_to_user "$WORK"
	as_user test -w . ||
		die "user $(server_user) cannot work in $WORK; set PG_ASSOCIATIONS_WORK to a folder that he can reach"
}

give_to_user() {
	if is_root; then
		chown -R "$(server_user):" "$1"
	fi
}

setup() {
	local purpose=$1
	shift
	get_postgres_and_tools "$@"
	choose_work "$purpose"
	make_work
	say "$("$PG_CONFIG" --version), in $WORK"
}


# ---- build -----------------------------------------------------------------

# Files that belong to the tree: no objects of another build, nothing ignored.
tree_files() {
	local file git=(git -c "safe.directory=$ROOT" -C "$ROOT")
	if [ "$("${git[@]}" rev-parse --show-toplevel 2>/dev/null)" = "$ROOT" ]; then
		"${git[@]}" ls-files -co --exclude-standard -z |
			while IFS= read -r -d '' file; do
				[ ! -e "$ROOT/$file" ] || printf '%s\0' "$file"
			done
	else
		(cd "$ROOT" && find . -name .git -prune -o -type f \
			! -name '*.o' ! -name '*.bc' ! -name '*.so' -print0)
	fi
}

copy_tree() {
	rm -rf "$1"
	mkdir -p "$1"
	tree_files | tar -C "$ROOT" --null -T - -cf - | tar -C "$1" --no-same-owner -xf -
}

# The same over the copy of a run before, whose objects stay: make builds what has changed since.
# It begins anew where a file has left the tree, or where all is built otherwise.
renew_tree() {
	local copy=$1 list=$1.files file
	tree_files | sort -z >"$list.new"
	built_how >"$copy.how.new"
	if ! cmp -s "$copy.how.new" "$copy.how" || [ -n "$(comm -z -13 "$list.new" "$list" | tr -d '\0')" ]; then
		rm -rf "$copy"
	fi
	mv "$list.new" "$list"
	mv "$copy.how.new" "$copy.how"
	mkdir -p "$copy"
	while IFS= read -r -d '' file; do
		same_file "$ROOT/$file" "$copy/$file" || printf '%s\0' "$file"
	done <"$list" | tar -C "$ROOT" --null -T - -cf - | tar -C "$copy" --no-same-owner --touch -xf -
}

# What objects do not show by their age.
built_how() {
	"$PG_CONFIG" --version
	echo "$PG_CONFIG ${COPT-}"
	cat "$ROOT/Makefile" "$ROOT"/*.control
}

same_file() {
	cmp -s "$1" "$2" && if [ -x "$1" ]; then [ -x "$2" ]; else [ ! -x "$2" ]; fi
}

# PostgreSQL finds its files relative to its own programs, so a copy of Debian's
# two folders is a whole installation, into which we install as we like. Another
# layout is left where it is.
copy_postgres() {
	local prefix copy=$WORK/pg
	prefix=$("$PG_CONFIG" --bindir)
	case $prefix in
		*/lib/postgresql/"$MAJOR"/bin) prefix=${prefix%/lib/postgresql/*} ;;
		*) return 0 ;;
	esac
	rm -rf "$copy"
	mkdir -p "$copy/lib/postgresql" "$copy/share/postgresql" "$copy/include"
	cp -a "$prefix/lib/postgresql/$MAJOR" "$copy/lib/postgresql/"
	cp -a "$prefix/share/postgresql/$MAJOR" "$copy/share/postgresql/"
	ln -s "$prefix/include/postgresql" "$copy/include/postgresql"
	give_to_user "$copy"
	PG_CONFIG=$copy/lib/postgresql/$MAJOR/bin/pg_config
}

install_tree() {
	local libdir
	libdir=$("$PG_CONFIG" --pkglibdir)
	if as_user test -w "$libdir"; then
		quietly as_user "${MAKE[@]}" install
	else
		say "this PostgreSQL cannot be copied: installing into $libdir"
		quietly as_root "${MAKE[@]}" install
	fi
}

# Bitcode for JIT inlining would double the time, and nothing here is inlined.
build() {
	server_stop
	say "building"
	renew_tree "$WORK/src"
	give_to_user "$WORK/src"
	copy_postgres
	PATH=$("$PG_CONFIG" --bindir):$PATH
	as_user ln -sfn "$("$PG_CONFIG" --bindir)" "$WORK/bin"
	MAKE=(make -s -C "$WORK/src" "PG_CONFIG=$PG_CONFIG" with_llvm=no)
	quietly as_user "${MAKE[@]}" "COPT=${COPT-}" WERROR=1 -j "$(nproc)" || die "the build failed"
	install_tree || die "the installation failed"
}

# A list of the Makefile's, such as REGRESS.
make_list() {
	as_user "${MAKE[@]}" "print-$1"
}


# ---- server ----------------------------------------------------------------

server_running() {
	[ -e "${WORK:-}/data/postmaster.pid" ] &&
		as_user "$WORK/bin/pg_ctl" -D "$WORK/data" status >/dev/null
}

server_stop() {
	if server_running; then
		quietly as_user "$WORK/bin/pg_ctl" -D "$WORK/data" -m fast -w -t 300 stop ||
			die "the server in $WORK/data does not stop"
	fi
}

# A fresh server with the settings given ("fsync=off"). Everybody who reaches
# the socket is superuser, so nobody else may reach it. POSTGRES, if it is set, is
# started in place of the program of that name.
server_start() {
	local setting
	as_user rm -rf "$WORK/data" "$PGHOST" "$WORK/server.log"
	as_user mkdir -m 700 "$PGHOST"
	quietly as_user initdb -D "$WORK/data" -A trust -U "$PGUSER" -E UTF8 --locale=C.UTF-8 --no-sync ||
		die "initdb failed"
	for setting in "listen_addresses=''" "unix_socket_directories='$PGHOST'" "port=$PGPORT" "$@"; do
		printf '%s\n' "$setting"
	done | as_user tee -a "$WORK/data/postgresql.conf" >/dev/null
	as_user pg_ctl -D "$WORK/data" -w -t 300 -l "$WORK/server.log" ${POSTGRES:+-p "$POSTGRES"} start >/dev/null || {
		tail -n 20 "$WORK/server.log" >&2
		die "the server did not start"
	}
}

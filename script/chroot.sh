# shellcheck shell=bash
#
# chroot.sh: other Debians, each made by debootstrap and entered by chroot. For scripts
# that have lib.sh.
#
#	make_debian SUITE ROOT		unless it is there
#	put_tree ROOT			this tree, without what is built, at TREE in there
#	with_proc ROOT COMMAND...	while /proc is there
#	inside ROOT COMMAND...		runs in there
#	inside_apt ROOT WHAT...		apt-get in there
#
# The mirror is the one that apt uses already, or PG_ASSOCIATIONS_MIRROR.

# Where the tree stands inside.
TREE=/srv/pg_associations

# Debian's mirror among apt's own sources.
mirror() {
	local found=${PG_ASSOCIATIONS_MIRROR:-}
	# shellcheck disable=SC2016 # apt expands these
	[ -n "$found" ] || found=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		sed -n 's/^Debian //p' | head -n 1)
	[ -n "$found" ] || die "apt knows no mirror of Debian; set PG_ASSOCIATIONS_MIRROR to one"
	echo "$found"
}

# A Debian that was made only in part is never taken for a whole one.
make_debian() {
	local suite=$1 root=$2
	[ ! -e "$root" ] || return 0
	package_installed debootstrap || apt_install debootstrap
	say "making a Debian $suite in $root"
	as_root rm -rf --one-file-system "$root.new"
	as_root mkdir -p "$root.new"
	quietly as_root debootstrap --variant=minbase "${suite/experimental/sid}" "$root.new" "$(mirror)" ||
		die "debootstrap cannot make a Debian $suite"
	# nothing in there may start a service out here
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$root.new/usr/sbin/policy-rc.d" >/dev/null
	as_root chmod 755 "$root.new/usr/sbin/policy-rc.d"
	as_root mkdir -p -m 1777 "$root.new/dev/shm"
	[ "$suite" != experimental ] || with_proc "$root.new" add_experimental "$root.new"
	as_root mv "$root.new" "$root"
}

# What else is needed comes from sid first: experimental replaces only what is named.  The
# lists of a mirror that lags behind may have expired; they are as good for tests.
add_experimental() {
	local root=$1 major=19
	local packages=("postgresql-$major" "postgresql-client-$major" "postgresql-server-dev-$major" libpq5 libpq-dev)
	as_root mkdir -p "$root/etc/postgresql-common"
	echo 'create_main_cluster = false' |
		as_root tee "$root/etc/postgresql-common/createcluster.conf" >/dev/null
	echo 'Acquire::Check-Valid-Until "false";' |
		as_root tee "$root/etc/apt/apt.conf.d/80lists" >/dev/null
	inside_apt "$root" update || die "the lists of sid cannot be fetched"
	inside_apt "$root" install make gcc libc6-dev perl libipc-run-perl ||
		die "tools cannot be installed from sid"
	echo "deb $(mirror) experimental main" |
		as_root tee "$root/etc/apt/sources.list.d/experimental.list" >/dev/null
	inside_apt "$root" update || die "the lists of experimental cannot be fetched"
	inside_apt "$root" install "${packages[@]/%//experimental}" ||
		die "PostgreSQL $major is not in experimental"
}

inside_apt() {
	local root=$1
	shift
	quietly inside "$root" env DEBIAN_FRONTEND=noninteractive \
		apt-get -y -qq --no-install-recommends "$@"
}

# Installing and running PostgreSQL want /proc.
with_proc() {
	local root=$1
	shift
	(
		mountpoint -q "$root/proc" || as_root mount -t proc proc "$root/proc" ||
			die "/proc cannot be mounted in $root (a container without that right?)"
		trap 'as_root umount "$root/proc"' EXIT
		"$@"
	)
}

inside() {
	local root=$1
	shift
	as_root chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
		"$@" </dev/null
}

put_tree() {
	local root=$1 copy
	copy=$(mktemp -d)
	copy_tree "$copy/tree"
	as_root rm -rf "$root$TREE"
	as_root cp -r "$copy/tree" "$root$TREE"
	rm -rf "$copy"
}

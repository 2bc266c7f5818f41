# A dump carries everything that was declared: restored into an empty database,
# also by somebody who is no superuser, it is the same.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# A database owned by a plain role, who may create a trusted extension there.
sub create_database
{
	my ($name) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name OWNER app");
	$node->safe_psql($name, 'ALTER SCHEMA public OWNER TO app');
}

# Runs SQL as that role.
sub as_app
{
	my ($database, $sql) = @_;

	return $node->safe_psql($database, $sql, extra_params => [ '-U', 'app' ]);
}

# pg_dump of one database into another, by a role; what psql had to say about it.
sub copy_database
{
	my ($from, $to, $role) = @_;
	my $file = "${PostgreSQL::Test::Utils::tmp_check}/$to.sql";

	$node->command_ok(
		[
			'pg_dump', '-U', $role, '-f', $file,
			'-d', $node->connstr($from)
		],
		"$role dumps $from");
	$node->command_ok(
		[
			'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-U', $role,
			'-f', $file, '-d', $node->connstr($to)
		],
		"$role restores into $to");
	return;
}

# What must be the same in both, as text.
my %same = (
	'the extension' =>
	  q(SELECT extname, extversion FROM pg_extension ORDER BY 1),
	'the rows' => q(SELECT * FROM users ORDER BY id),);

$node->safe_psql('postgres', 'CREATE ROLE app LOGIN');
create_database('origin');
as_app('origin', <<'SQL');
CREATE EXTENSION pg_associations;
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO users VALUES (1, 'John Doe'), (2, 'Jane Smith');
SQL

# pg_dump of a superuser sets owners; the plain role's own dump needs no rights
# beyond his own.
my $superuser = $node->safe_psql('postgres', 'SELECT current_user');
my %restored_by = (by_superuser => $superuser, by_app => 'app');

for my $copy (sort keys %restored_by)
{
	create_database($copy);
	copy_database('origin', $copy, $restored_by{$copy});
	for my $what (sort keys %same)
	{
		is( as_app($copy, $same{$what}),
			as_app('origin', $same{$what}),
			"$copy: $what");
	}
}

$node->stop;
done_testing();

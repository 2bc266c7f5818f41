# What was declared outlives the server: after a restart a new process, which
# has never loaded the library, finds everything by itself.  And the versions that
# can be had.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Team;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

my $version = q(SELECT extversion FROM pg_extension WHERE extname = 'pg_associations');

$node->safe_psql('postgres', 'CREATE EXTENSION pg_associations');
my $before = $node->safe_psql('postgres', $version);
like($before, qr/^\d+\.\d+\.\d+$/, 'the extension is there');

declare_team($node, 'postgres');
my $answers = answers($node, 'postgres');

$node->restart;
is($node->safe_psql('postgres', $version), $before, 'and after a restart');

# The settings become known when the library is loaded, not before.
$node->safe_psql('postgres', q(LOAD 'pg_associations'));
is( $node->safe_psql(
		'postgres', q(LOAD 'pg_associations'; SHOW pg_associations.probe)),
	'on',
	'the library loads into a new process');

same_answers(answers($node, 'postgres'), $answers, 'loads give what they gave');
is( $node->safe_psql('postgres', q(SELECT user_set_projects(1, '{2,4}'))),
	'{"added": [4], "removed": [1, 3], "updated": [], "unchanged": [2]}',
	'and writes go on');
my $after = answers($node, 'postgres');

# Nothing needs it, but it spares connections the time: loaded when the server starts.
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_associations'\npg_associations.max_depth = 7\n");
$node->restart;
is($node->safe_psql('postgres', 'SHOW pg_associations.max_depth'), '7', 'a preloaded library knows its settings');
same_answers(answers($node, 'postgres'), $after, 'and loads give the same');

# Asking for the newest version is asking for the default.
$node->safe_psql('postgres', 'CREATE DATABASE named');
$node->safe_psql('named', "CREATE EXTENSION pg_associations VERSION '$before'");
is($node->safe_psql('named', $version), $before, 'the version can be named');
like(
	($node->psql('named', "ALTER EXTENSION pg_associations UPDATE"))[2],
	qr/already installed/, 'there is nothing to update to');
is( $node->safe_psql(
		'named', q(SELECT DISTINCT target FROM pg_extension_update_paths('pg_associations') WHERE path IS NOT NULL)),
	$before,
	'every path between versions leads to it');

# Both databases have the same objects, to the comment.
my $objects = q(SELECT pg_describe_object(classid, objid, objsubid), obj_description(objid, classid::regclass::name)
	FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_associations') ORDER BY 1);
is($node->safe_psql('named', $objects), $node->safe_psql('postgres', $objects), 'it is the same');

$node->stop;
done_testing();

# What was declared outlives the server: after a restart a new process, which
# has never loaded the library, finds everything by itself.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

my $version = q(SELECT extversion FROM pg_extension WHERE extname = 'pg_associations');

$node->safe_psql('postgres', 'CREATE EXTENSION pg_associations');
my $before = $node->safe_psql('postgres', $version);
like($before, qr/^\d+\.\d+\.\d+$/, 'the extension is there');

$node->restart;
is($node->safe_psql('postgres', $version), $before, 'and after a restart');

# The settings become known when the library is loaded, not before.
$node->safe_psql('postgres', q(LOAD 'pg_associations'));
is( $node->safe_psql(
		'postgres', q(LOAD 'pg_associations'; SHOW pg_associations.probe)),
	'on',
	'the library loads into a new process');

$node->stop;
done_testing();

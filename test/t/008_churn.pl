# Loads are right while the rows, pages and files that they read change under them: places
# that a session remembers come to hold other rows, in few buffers that are soon taken
# for other pages.

use strict;
use warnings;

use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{CHURN_SECONDS} || 6;
my $dir = dirname(__FILE__) . '/../churn';

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_buffers = 1MB\nautovacuum_naptime = 1s\nmax_connections = 40\n");
$node->start;
local %ENV = $node->_get_env();

$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/setup.sql", 'postgres' ], 'tables are made');
my ($out, $err);
my $ok = IPC::Run::run(
	[   'pgbench', '--no-vacuum', '--client=8', '--jobs=2', "--time=$seconds", '--max-tries=100',
		'-f', "$dir/read.sql\@12", '-f', "$dir/write.sql\@12", '-f', "$dir/maintain.sql\@1", 'postgres' ],
	'>', \$out, '2>', \$err);
note($out);
ok($ok, 'all loads are as SQL says') or diag($err);
is($node->safe_psql('postgres', 'SELECT count(compare(id)) FROM makers'), $node->safe_psql('postgres', 'SELECT count(*) FROM makers'),
	'and afterwards too');

# What a reader tells an index of dead rows must be true: a row whose entry is forgotten is found by nobody.
SKIP:
{
	skip 'there is no amcheck here', 1
	  if $node->safe_psql('postgres', q(SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck')) eq '0';
	$node->safe_psql('postgres', 'CREATE EXTENSION amcheck');
	is( $node->safe_psql('postgres',
			q(SELECT count(bt_index_check(indexrelid, true)) FROM pg_index
				WHERE indrelid IN ('makers'::regclass, 'wares'::regclass, 'uses'::regclass))),
		'6', 'every row has its entries');
}

# Pages that are found without the buffer table count as used all the same, or the pool would
# take their buffers first.  A server that has just started has read none of them.
SKIP:
{
	skip 'there is no pg_buffercache here', 1
	  if $node->safe_psql('postgres', q(SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_buffercache')) eq '0';
	$node->safe_psql('postgres', 'CREATE EXTENSION pg_buffercache');
	$node->append_conf('postgresql.conf', "shared_buffers = 64MB\nautovacuum = off\n");
	$node->restart;
	# A load visits dead rows once, and marks them so in the index: their pages would be read once only.
	$node->safe_psql('postgres', 'VACUUM makers, wares');
	$node->restart;
	$node->safe_psql('postgres',
		q(SELECT length(assoc.find_by_pk('Maker', 7, '{"include": ["wares"]}')::text);) x 6);
	my $used = $node->safe_psql('postgres',
		q(SELECT relname, min(usagecount) >= 2
			FROM pg_buffercache JOIN pg_class ON pg_buffercache.relfilenode = pg_relation_filenode(pg_class.oid)
			WHERE relname IN ('makers', 'wares') AND relforknumber = 0
				AND reldatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
			GROUP BY relname ORDER BY relname));
	is($used, "makers|t\nwares|t", 'pages that loads read count as used');
}

$node->stop;
done_testing();

# A session that loads, writes, fails and sees tables altered holds no more memory
# after many calls than after some: the short form of test/soak/leak.sh.

use strict;
use warnings;

use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $sql = dirname(__FILE__) . '/../soak/leak.sql';

plan skip_all => 'memory is told by /proc' unless -r '/proc/self/status';

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'autovacuum = off');
$node->start;

my ($out, $error) = ('', '');
my $passed = IPC::Run::run(
	[ 'psql', '-X', '-v', 'calls=16000', '-f', $sql, '-d', $node->connstr('postgres') ],
	'>', \$out, '2>', \$error);
ok($passed, 'memory stays the same');
diag($out, $error) unless $passed;
like($out, qr/^alter\|\d+ \d+\|/m, 'and was measured');

$node->stop;
done_testing();

# All verbs at once: the promises hold while the server lives, and when it is killed
# in the middle.

use strict;
use warnings;

use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = 10;
my $soak = dirname(__FILE__) . '/../soak/soak.sh';

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_connections = 40\n");
$node->start;
local %ENV = $node->_get_env();

sub soak
{
	my ($out, $err);
	my $ok = IPC::Run::run([ $soak, @_ ], '>', \$out, '2>', \$err);
	note($out, $err);
	return $ok;
}

# Reports of deadlocks in which no delete took part that cascades: in which order that one
# comes to the rows is PostgreSQL's choice, and two from different sides suffice.
sub crosswise
{
	my @reports = slurp_file($node->logfile) =~
		/ERROR:  deadlock detected\n[^\n]*DETAIL:  (Process [^\n]*\n(?:\t[^\n]*\n)*)/g;
	note(scalar(@reports), ' deadlocks');
	return grep { !/^\tProcess \d+: DELETE FROM (users|projects) /m } @reports;
}

ok(soak('prepare'), 'the soak is prepared');
ok(soak('load', $seconds), "all verbs run for $seconds seconds");
ok(soak('check'), 'and the promises hold');
is(join("\n", crosswise()), '', 'and nobody waited crosswise');

# Nothing that was committed is lost, nothing that was not is there.
my ($out, $err) = ('', '');
my $load = IPC::Run::start([ $soak, 'load', $seconds ], '>', \$out, '2>', \$err);
sleep $seconds / 3;
$node->kill9;
$load->finish;
isnt($load->result(0), 0, 'the load notices that the server was killed');

# the last processes of the dead server may need a moment to notice
foreach my $try (1 .. 30)
{
	last if $node->start(fail_ok => 1);
	sleep 1;
	$node->stop('fast', fail_ok => 1);
}
ok(soak('check'), 'the promises hold after the crash');
is(join("\n", crosswise()), '', 'and nobody waited crosswise before it');

$node->stop;
done_testing();

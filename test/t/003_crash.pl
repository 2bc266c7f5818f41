# A server that dies in the middle of writing: what is there afterwards is what some
# statement has left, whole.  No link without its ends, no half of a set, no half
# of what create was given.

use strict;
use warnings;

use File::Temp;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Team;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'restart_after_crash = on');
$node->start;
declare_team($node, 'postgres');

# Sets of user 1 and 2 that belong together: all of one of these or nothing.
my @sets = ('{1,2,3}', '{4,5,6,7}', '{8}', '{2,4,6,8,10}');

# Statements by the thousand, each a transaction, until the server is gone.
sub writer
{
	my ($sql) = @_;
	my $err = '';
	my ($handle, $file) = File::Temp::tempfile(DIR => $PostgreSQL::Test::Utils::tmp_check, SUFFIX => '.sql');

	print $handle $sql x 20000;
	close $handle;
	return {
		err => \$err,
		run => IPC::Run::start(
			[ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-f', $file, '-d', $node->connstr('postgres') ],
			'<', \undef, '>', '/dev/null', '2>', \$err)
	};
}

sub start_writers
{
	return (
		(map {
				my $user = $_;
				writer(join '', map { "SELECT user_set_projects($user, '$_');\n" } @sets)
		  } 1, 2),
		writer(q(SELECT assoc.create('User', '{"name": "crowd", "projects": [{"title": "a", "tasks": [{"title": "b"}]}, {"title": "c"}]}');) . "\n"),
		writer(qq(SELECT user_add_projects(3, '{5,6,7}', '{"role": "admin"}');\nSELECT user_remove_projects(3, '{5,6,7}');\n)));
}

sub check_invariants
{
	my ($when) = @_;
	my %none = (
		'no link without its ends' =>
		  q(SELECT * FROM user_projects l WHERE NOT EXISTS (SELECT FROM users WHERE id = l.user_id)
			OR NOT EXISTS (SELECT FROM projects WHERE id = l.project_id)),
		'no task without its project' =>
		  q(SELECT * FROM tasks t WHERE NOT EXISTS (SELECT FROM projects WHERE id = t.project_id)),
		'created rows are whole' =>
		  q(SELECT id FROM users u WHERE name = 'crowd' AND 21 <>
			(SELECT 10 * count(DISTINCT p.id) + count(t.id) FROM user_projects l JOIN projects p ON p.id = l.project_id
				LEFT JOIN tasks t ON t.project_id = p.id WHERE l.user_id = u.id)),
		'nothing was created without its user' =>
		  q(SELECT id FROM projects p WHERE title IN ('a', 'c') AND NOT EXISTS (SELECT FROM user_projects WHERE project_id = p.id)),
		'three links or none' =>
		  q(SELECT count(*) FROM user_projects WHERE user_id = 3 AND project_id IN (6, 7) HAVING count(*) NOT IN (0, 2)));

	for my $what (sort keys %none)
	{
		is($node->safe_psql('postgres', $none{$what}), '', "$when: $what");
	}
	for my $user (1, 2)
	{
		my $links = $node->safe_psql('postgres',
			"SELECT array_agg(project_id ORDER BY project_id) FROM user_projects WHERE user_id = $user");
		ok((grep { $_ eq $links } @sets), "$when: user $user has one of the sets: $links");
	}

	# registry, accessors and indexes work; the index says what the table says
	is( $node->safe_psql('postgres', q(SELECT count(*) FROM assoc.check() WHERE severity = 'error')),
		'0', "$when: the registry is whole");
	is( $node->safe_psql('postgres', q(SELECT user_add_project(9, 5) ->> 'added', user_remove_project(9, 5) ->> 'removed')),
		'[5]|[5]', "$when: accessors write");
	is( $node->safe_psql('postgres', q(SELECT user_with_projects(id) FROM users ORDER BY id DESC LIMIT 40)),
		$node->safe_psql('postgres',
			q(SET pg_associations.probe = off; SET enable_indexscan = off; SELECT user_with_projects(id) FROM users ORDER BY id DESC LIMIT 40)),
		"$when: loads agree");
	return;
}

# Wait until all of them have written something.
sub wait_for_progress
{
	my ($users) = @_;

	return $node->poll_query_until('postgres', "SELECT count(*) > $users + 50 FROM users");
}

sub users
{
	return $node->safe_psql('postgres', 'SELECT count(*) FROM users');
}

$node->safe_psql('postgres', qq(SELECT user_set_projects(1, '$sets[0]'), user_set_projects(2, '$sets[0]')));
for my $round (1 .. 3)
{
	my @writers = start_writers();

	ok(wait_for_progress(users()), "round $round: rows are written");
	if ($round == 2)
	{
		# one backend is killed, which takes all others with it
		my $pid = $node->safe_psql('postgres',
			q{SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT user_set_projects(1%'});
		is(PostgreSQL::Test::Utils::system_log('pg_ctl', 'kill', 'KILL', $pid), 0, 'a backend is killed');
	}
	else
	{
		$node->stop('immediate');
	}
	$_->{run}->finish for @writers;
	like(${ $writers[0]->{err} }, qr/terminat|lost/, "round $round: its client has seen it");
	$node->start if $round != 2;
	$node->poll_query_until('postgres', 'SELECT true');
	check_invariants("round $round");
}

# What a transaction had done when the server died is gone with it.
my $open = $node->background_psql('postgres', on_error_stop => 0);
my $links = q(SELECT count(*) FROM user_projects WHERE user_id = 5);
my $before = $node->safe_psql('postgres', $links);
$open->query_safe(q(BEGIN; SELECT user_set_projects(5, '{}'); SELECT assoc.belongs_to_many('User', 'Task', through => 'unborn')));
$node->stop('immediate');
eval { $open->quit };
$node->start;
is($node->safe_psql('postgres', $links), $before, 'an open set is undone');
is( $node->safe_psql('postgres', q(SELECT to_regclass('unborn'), (SELECT count(*) FROM assoc.associations WHERE alias = 'tasks'), to_regproc('user_with_tasks'))),
	'|1|', 'and an open declaration');

$node->stop;
done_testing();

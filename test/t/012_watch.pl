# What is told of slow loads: to the log, to the client, and in the text of statements.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Team;

my $node = PostgreSQL::Test::Cluster->new('watch');
$node->init;
$node->append_conf('postgresql.conf', "log_statement = none\nlog_min_duration_statement = -1");
$node->start;
declare_team($node, 'postgres');

# What a session's statements add to the log
sub logged
{
	my ($sql) = @_;
	my $before = -s $node->logfile;

	$node->safe_psql('postgres', $sql);
	return slurp_file($node->logfile, $before);
}

my $load = q(SELECT assoc.find_all('User', '{"where": {"name": "user 1"}, "include": ["projects"]}'));

unlike(logged($load), qr/load:/, 'nothing is logged by default');
unlike(logged("SET pg_associations.log_min_duration = '1h'; $load"), qr/load:/, 'nor what is fast');
my $log = logged("SET pg_associations.log_min_duration = 0; $load; SELECT user_count_projects(1)");
like($log, qr/LOG:  duration: \d+\.\d+ ms  load:\n\s*public\.users by condition\n\s+Source: batch.*\n\s+Run: rows=\d+ statements=1 time=/, 'a load is logged with what it did');
like($log, qr/SQL: SELECT .* WHERE .*\n\s+\$1: 'user 1', text/, 'with the values that it was run with');
like($log, qr/->  projects: many of public\.projects through public\.user_projects/, 'and all of its levels');
is(scalar(() = $log =~ /duration: .* load:/g), 2, 'and so is one by an accessor');

my ($out, $err);
$node->psql('postgres', "SET pg_associations.explain = on; $load; SELECT user_with_projects(1); SELECT assoc.find_page('User', '{\"limit\": 1}')", stderr => \$err);
is(scalar(() = $err =~ /INFO:  load:\npublic\.users by/g), 3, 'each load is shown to who asks for it');

# What a function does with its owner's rights is not its caller's business.
$node->safe_psql('postgres', q(
	CREATE ROLE guest LOGIN;
	CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT assoc.count('User', '{"where": {"name": "secret"}}') $$));
$node->psql('postgres', 'SET pg_associations.explain = on; SELECT counted()', stderr => \$err, extra_params => ['-U', 'guest']);
unlike($err, qr/secret/, 'but not what a function loads for its owner');

$log = logged("SET log_min_messages = log; LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET pg_associations.probe = off; $load");
like($log, qr(/\* load of users \*/ SELECT), 'statements name the load for auto_explain');
like($log, qr(/\* load of users\.projects \*/ SELECT), 'and the level of it');

# A name is no way out of that comment.
$log = logged(q(
	CREATE TABLE "*/ DROP TABLE users; /*" (id int PRIMARY KEY);
	SELECT assoc.adopt('"*/ DROP TABLE users; /*"', 'Odd');
	LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SELECT assoc.find_all('Odd')));
like($log, qr(/\* load of __ DROP TABLE users; __ \*/ SELECT), 'whatever tables are called');

done_testing();

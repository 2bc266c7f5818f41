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

# For the whole server loads are counted where the library is preloaded.
is(sqlstate($node, 'postgres', 'SELECT * FROM assoc.stat_server_loads'), '55000', 'not preloaded, nothing is counted for the server');
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_associations'\npg_associations.max_server_loads = 8");
$node->restart;

my $seen = q(SELECT string_agg(concat_ws(' ', database, relation, model, role, kind, association, options, calls, rows, statements, source), E'\n' ORDER BY calls, model)
	FROM assoc.stat_server_loads WHERE calls > 1 AND total_time > 0 AND max_time <= total_time AND mean_time <= max_time);
$node->safe_psql('postgres', 'CREATE DATABASE other');
declare_team($node, 'other');
$node->safe_psql('postgres', 'SELECT assoc.server_loads_reset()');
$node->safe_psql('postgres', "SELECT assoc.find_all('User', '{\"where\": {\"name\": \"user $_\"}}')") for (1 .. 3);
$node->safe_psql('postgres', 'SELECT user_count_projects(id) FROM users LIMIT 5');
$node->safe_psql('other', q(SELECT assoc.find_by_pk('Project', 1), assoc.find_by_pk('Project', 2)));
my $user = $node->safe_psql('postgres', 'SELECT current_user');
is($node->safe_psql('postgres', $seen), <<"COUNTED" =~ s/\n$//r, 'loads of all sessions and databases are counted by shape');
other Project $user by key 2 2 0 probe
postgres users User $user find {"where": {"name": "user 1"}} 3 3 3 batch
postgres users User $user count projects 5 15 0 probe
COUNTED

is($node->safe_psql('postgres', 'SET ROLE guest; SELECT count(*) FROM assoc.stat_server_loads'), '0', 'those of other roles are not shown');
is($node->safe_psql('postgres', 'GRANT pg_read_all_stats TO guest; SET ROLE guest; SELECT count(*) FROM assoc.stat_server_loads'), '3',
	'but to who may read all statistics');
is(sqlstate($node, 'postgres', 'SET ROLE guest; SELECT assoc.server_loads_reset()'), '42501', 'who may not begin them anew');
$node->safe_psql('postgres', 'SET pg_associations.track = off; SELECT user_count_projects(1)');
like($node->safe_psql('postgres', $seen), qr/count projects 5/, 'what is not tracked is not counted');
$node->safe_psql('postgres', q(SELECT user_count_projects(1);
	SELECT assoc.find_all('Task', jsonb_build_object('limit', 1, 'attributes', jsonb_build_array(jsonb_build_array('id', 'a' || n)))) FROM generate_series(1, 7) n));
like($node->safe_psql('postgres', $seen . ' AND calls > 5'), qr/^postgres users User \S+ count projects 6 18 0 probe$/, 'the shapes not asked for longest give way');
$node->safe_psql('postgres', q(SELECT assoc.find_all('Task', '{"limit": 1, "order": ["title"]}')));
is($node->safe_psql('postgres', 'SELECT count(*) FROM assoc.stat_server_loads'), '8', 'to as many as there is room for');
$node->safe_psql('postgres', 'DROP TABLE tasks CASCADE');
like($node->safe_psql('postgres', 'SELECT DISTINCT concat_ws(\' \', relation, model) FROM assoc.stat_server_loads'), qr/^\d+ Task$/m, 'and a table that is gone is called as it was');
$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', 'SELECT count(*) FROM assoc.stat_server_loads'), '0', 'a server that starts begins anew');

done_testing();

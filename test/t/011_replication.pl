# Logical replication FOR ALL TABLES: rows of users arrive, and no declaration on either side stops their apply. The
# registry is made where its tables are made, and is not replicated.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Team;

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
$publisher->start;
declare_team($publisher, 'postgres');
$publisher->safe_psql('postgres', q(
	CREATE SCHEMA only_here;
	SELECT assoc.define('only_here.Thing', '{"title": "text"}');
	SELECT assoc.has_many('User', 'only_here.Thing', inverse => 'user');
	CREATE PUBLICATION everything FOR ALL TABLES));

my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init(allows_streaming => 'logical');
$subscriber->append_conf('postgresql.conf', "wal_retrieve_retry_interval = 100ms\nmax_logical_replication_workers = 12\nmax_worker_processes = 20");
$subscriber->start;

my $registry = q(SELECT to_jsonb(m), NULL FROM assoc.models m UNION ALL SELECT to_jsonb(a), to_jsonb(a) FROM assoc.associations a ORDER BY 1, 2);

# Nothing of the publisher that is not here may be wanted: its schema is not.
sub subscribe
{
	my ($database, $binary) = @_;
	my $connection = $publisher->connstr . ' dbname=postgres';

	$subscriber->safe_psql($database, qq(
		CREATE SCHEMA IF NOT EXISTS only_here;
		CREATE TABLE IF NOT EXISTS only_here.things (id bigint PRIMARY KEY, title text, created_at timestamptz, updated_at timestamptz, user_id bigint);
		CREATE SUBSCRIPTION to_$database CONNECTION '$connection' PUBLICATION everything WITH (binary = $binary)));
	$subscriber->wait_for_subscription_sync($publisher, "to_$database", $database);
	return;
}

sub arrives
{
	my ($database, $what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$publisher->safe_psql('postgres', q(INSERT INTO tasks (title) VALUES ('arrives')));
	$publisher->wait_for_catchup("to_$database");
	is($subscriber->safe_psql($database, 'SELECT count(*), max(id) FROM tasks'),
		$publisher->safe_psql('postgres', 'SELECT count(*), max(id) FROM tasks'), "$database: $what");
	return;
}

# Declarations of the publisher whose tables are not on the other side. (A row in one would stop apply, as in plain SQL.)
sub declare_on_publisher
{
	my ($model) = @_;

	$publisher->safe_psql('postgres', qq(
		SELECT assoc.define('$model', '{"title": "text"}');
		SELECT assoc.has_many('User', '$model', alias => '${model}s', inverse => 'owner');
		SELECT assoc.define('User', '{"name": "text", "email": {"type": "text", "hidden": true}}', replace => true);
		SELECT assoc.define('User', '{"name": "text", "email": {"type": "text"}}', replace => true);
		SELECT assoc.drop_association('User', '${model}s');
		ALTER TABLE ${model}s RENAME TO ${model}s_renamed;
		DROP TABLE ${model}s_renamed CASCADE;
		SELECT assoc.define('${model}Stays', '{"title": "text"}')));
	return;
}

# The same declarations here: an initial copy of the registry would find its rows there already.
$subscriber->safe_psql('postgres', 'CREATE DATABASE twin');
declare_team($subscriber, 'twin');
$subscriber->safe_psql('twin', 'TRUNCATE users, projects, tasks, user_projects');
my $twin = $subscriber->safe_psql('twin', $registry);
subscribe('twin', 'false');
is($subscriber->safe_psql('twin', q(SELECT DISTINCT srsubstate FROM pg_subscription_rel)), 'r', 'twin: the initial copy ends for all tables');
same_answers(answers($subscriber, 'twin'), do { $publisher->safe_psql('postgres', q(SELECT assoc.drop_association('User', 'things')));
	answers($publisher, 'postgres') }, 'twin: loads are those of the publisher');
declare_on_publisher('first');
arrives('twin', 'rows arrive after declarations of the publisher');
is($subscriber->safe_psql('twin', $registry), $twin, 'twin: its registry is as it was');
$subscriber->safe_psql('twin', q(
	SELECT assoc.define('second', '{"title": "text"}');
	SELECT assoc.has_many('User', 'second', alias => 'seconds', inverse => 'owner');
	SELECT assoc.drop_association('Project', 'users');
	SELECT assoc.forget('Task')));
arrives('twin', 'rows arrive after declarations of its own');
my $changed = $subscriber->safe_psql('twin', $registry);
declare_on_publisher('second');
arrives('twin', 'rows arrive after the same of the publisher');
$publisher->safe_psql('postgres', q(SELECT assoc.drop_association('Project', 'users'); SELECT assoc.forget('UserProject'); SELECT assoc.forget('Task')));
arrives('twin', 'rows arrive after what was dropped on both sides');
is($subscriber->safe_psql('twin', $registry), $changed, 'twin: its registry is its own');
unlike(PostgreSQL::Test::Utils::slurp_file($subscriber->logfile), qr/ERROR/, 'twin: no worker failed');

# A copy of the structure: one call makes its registry.
for my $binary ('false', 'true')
{
	my $database = "structure_$binary";

	$subscriber->safe_psql('postgres', "CREATE DATABASE $database");
	$publisher->command_ok([ 'pg_dump', '-s', '--no-publications', '-f', "$PostgreSQL::Test::Utils::tmp_check/$database.sql", '-d', $publisher->connstr('postgres') ],
		"$database: dumped");
	$subscriber->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$PostgreSQL::Test::Utils::tmp_check/$database.sql", '-d', $subscriber->connstr($database) ],
		"$database: restored");
	subscribe($database, $binary);
	is($subscriber->safe_psql($database, 'SELECT count(*) FROM assoc.models'), '0', "$database: the registry is not replicated");
	$subscriber->safe_psql($database, 'SELECT assoc.sync()');
	is($subscriber->safe_psql($database, $registry), $publisher->safe_psql('postgres', $registry), "$database: assoc.sync makes it");
	arrives($database, 'rows arrive');
	declare_on_publisher("third_$binary");
	arrives($database, 'rows arrive after declarations of the publisher');
}

$subscriber->stop;
$publisher->stop;
done_testing();

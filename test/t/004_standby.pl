# Loads write nothing, so they run on a hot standby; writes say that it is one.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Team;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', 'autovacuum = off');
$primary->start;
declare_team($primary, 'postgres');
$primary->safe_psql('postgres', <<'SQL');
INSERT INTO projects (title) SELECT 'many ' || i FROM generate_series(1, 5000) i;
CREATE UNLOGGED TABLE drafts (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
CREATE INDEX ON drafts (user_id);
SELECT assoc.has_many('User', 'drafts');
CREATE TABLE notes (id int);
INSERT INTO drafts VALUES (1, 1);
ANALYZE;
SQL

$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;

# A session that stays, so that it must learn what changes.
my $session = $standby->background_psql('postgres');
$primary->wait_for_catchup($standby);

same_answers(answers($standby, 'postgres'), answers($primary, 'postgres'), 'loads are those of the primary');

# Streaming, in the select list and through a cursor; nothing spills to files that
# a standby could not have.
my $stream = q(SELECT count(*), sum((r ->> 'id')::bigint) FROM (SELECT assoc.find('Project', '{"include": ["tasks"]}') AS r OFFSET 0) s);
is($standby->safe_psql('postgres', $stream), $primary->safe_psql('postgres', $stream), 'find streams');
is( $standby->safe_psql('postgres', <<'SQL'), '3', 'through a cursor');
BEGIN;
DECLARE c CURSOR FOR SELECT assoc.find('Project', '{"order": [["id", "ASC"]]}') ->> 'id';
MOVE 2 FROM c;
FETCH 1 FROM c;
COMMIT;
SQL
like($standby->safe_psql('postgres', q(SELECT assoc.explain('User', '{"include": ["projects"]}', run => true))),
	qr/users/, 'explain runs');
is( $standby->safe_psql('postgres', q(SELECT assoc.count('User', NULL), (SELECT count(*) FROM assoc.check() WHERE severity = 'error'))),
	'10|0', 'count and check');
is( $standby->safe_psql('postgres', q(BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT user_count_projects(1); SELECT user_count_projects(1); COMMIT)),
	"3\n3", 'in a transaction of one snapshot');

# Everything that writes says what plain SQL says.
my $read_only = sqlstate($standby, 'postgres', 'DELETE FROM user_projects;');
is($read_only, '25006', 'a standby is read-only');
for my $write (
	q(user_add_project(1, 9)),
	q(user_add_project(1, 1, '{"role": "admin"}')),
	q(user_remove_project(1, 1)),
	q(user_set_projects(1, '{}')),
	q(user_set_projects(1, '{4,5}')),
	q(user_create_project(1, '{"title": "x"}')),
	q(assoc.create('User', '{"name": "new one"}')),
	q(assoc.define('Thing')),
	q(assoc.adopt('notes', 'Note')),
	q(assoc.belongs_to_many('User', 'Task', through => 'user_tasks')),
	q(assoc.drop_association('User', 'projects')),
	q(assoc.forget('User')),
	q(assoc.sync('public')),
	q(assoc.sync('public', dry_run => true)))
{
	is(sqlstate($standby, 'postgres', "SELECT $write;"), $read_only, "$write");
}

# What is linked already need not be written.
is($standby->safe_psql('postgres', q(SELECT user_add_project(1, 1) ->> 'unchanged')), '[1]', 'an add without anything to add');

# An unlogged table is empty there, and cannot even be read: no way of reading it
# may find that it has no rows.
my $plain = sqlstate($standby, 'postgres', 'SELECT * FROM drafts;');
for my $probe (qw(on off))
{
	is( sqlstate($standby, 'postgres', "SET pg_associations.probe = $probe; SELECT user_with_drafts(1);"),
		$plain, "an unlogged table is refused as plain SQL does, probe $probe");
}
is($primary->safe_psql('postgres', q(SELECT user_with_drafts(1) ->> 'drafts')),
	'[{"id": 1, "user_id": 1}]', 'and read on the primary');

# What the primary declares and changes, a session of the standby sees at once.
is($session->query(q(SELECT user_count_projects(1))), '3', 'a session that stays');
$primary->safe_psql('postgres', q(SELECT user_add_project(1, 9); SELECT assoc.has_many('User', 'Task', foreign_key => 'owner_id', alias => 'chores')));
$primary->wait_for_catchup($standby);
is($session->query(q(SELECT user_count_projects(1))), '4', 'sees new rows');
is($session->query(q(SELECT user_with_chores(1) -> 'chores')), '[]', 'and a new association');
$primary->safe_psql('postgres', 'ALTER TABLE projects RENAME title TO headline');
$primary->wait_for_catchup($standby);
is($session->query(q(SELECT user_with_projects(1) #>> '{projects,0,title}')), 'project 1', 'and a renamed column');
$session->quit;

# Once it is promoted it writes.
$primary->stop('immediate');
$standby->promote;
is( $standby->safe_psql('postgres', q(SELECT user_set_projects(1, '{1}'))),
	'{"added": [], "removed": [2, 3, 9], "updated": [], "unchanged": [1]}', 'promoted, it writes');
is($standby->safe_psql('postgres', q(SELECT user_with_drafts(1) ->> 'drafts')), '[]', 'and has an empty unlogged table');

$standby->stop;
done_testing();

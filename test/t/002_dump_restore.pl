# A dump carries everything that was declared: restored into an empty database,
# also by somebody who is no superuser, it is the same.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# A database owned by a plain role, who may create a trusted extension there.
sub create_database
{
	my ($name) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name OWNER app");
	$node->safe_psql($name, 'ALTER SCHEMA public OWNER TO app');
}

# Runs SQL as that role.
sub as_app
{
	my ($database, $sql) = @_;

	return $node->safe_psql($database, $sql, extra_params => [ '-U', 'app' ]);
}

# pg_dump of one database into another, by a role; what psql had to say about it.
sub copy_database
{
	my ($from, $to, $role) = @_;
	my $file = "${PostgreSQL::Test::Utils::tmp_check}/$to.sql";

	$node->command_ok(
		[
			'pg_dump', '-U', $role, '-f', $file,
			'-d', $node->connstr($from)
		],
		"$role dumps $from");
	$node->command_ok(
		[
			'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-U', $role,
			'-f', $file, '-d', $node->connstr($to)
		],
		"$role restores into $to");
	return;
}

# What must be the same in both, as text.
my %same = (
	'the extension' =>
	  q(SELECT extname, extversion FROM pg_extension ORDER BY 1),
	'the rows' => q(SELECT * FROM users ORDER BY id),
	'the models' =>
	  q(SELECT * FROM assoc.models WHERE name <> 'Gone' ORDER BY name),
	'the associations' =>
	  q(SELECT * FROM assoc.associations ORDER BY source::text, alias),
	'the triggers' =>
	  q(SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger
		WHERE tgname LIKE 'registry%' ORDER BY 1, 2),
	'the event triggers' =>
	  q(SELECT evtname, evtenabled FROM pg_event_trigger ORDER BY 1),
	'the computed attributes' =>
	  q(SELECT c.relation, c.name, p.oid::regprocedure, pg_get_userbyid(p.proowner), pg_get_functiondef(p.oid)
		FROM assoc.registry_computed c LEFT JOIN pg_proc p ON p.oid = c.function ORDER BY 1::text, 2),
	'a load of them' =>
	  q(SELECT assoc.find_all('Person', '{"attributes": ["loud", "shout"], "where": {"loud": "ANN"}, "include": [{"association": "boss", "values": "shout"}]}')),
	'what there is to mend' => q(SELECT * FROM assoc.check() WHERE object LIKE '%people%'),);

$node->safe_psql('postgres', 'CREATE ROLE app LOGIN');
create_database('origin');
as_app('origin', <<'SQL');
CREATE EXTENSION pg_associations;
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO users VALUES (1, 'John Doe'), (2, 'Jane Smith');
CREATE SCHEMA "odd ""name";
CREATE TABLE "odd ""name"."Projects" (id bigint PRIMARY KEY, dropped text, "Title" text, lead bigint REFERENCES users);
ALTER TABLE "odd ""name"."Projects" DROP dropped;
CREATE VIEW titles AS SELECT "Title" FROM "odd ""name"."Projects" GROUP BY id;
CREATE TABLE user_projects (user_id bigint REFERENCES users, project_id bigint REFERENCES "odd ""name"."Projects",
	role text, PRIMARY KEY (user_id, project_id));
CREATE TABLE gone (id bigint);
INSERT INTO assoc.models (relation, name, made, attributes, options) VALUES
	('users', 'User', true, '{"fullName": {"column": "name"}}', '{"updatedAt": "name"}'),
	('"odd ""name"."Projects"', 'Project', false, '{}', '{}'),
	('user_projects', 'UserProject', false, '{}', '{}'),
	('titles', 'Titles', false, '{}', '{"key": ["Title"]}'),
	('gone', 'Gone', false, '{}', '{}');
INSERT INTO assoc.associations (source, alias, kind, target, through, source_key, foreign_key, other_key, target_key, singular, inverse) VALUES
	('users', 'projects', 'belongs_to_many', '"odd ""name"."Projects"', 'user_projects', '{id}', '{user_id}', '{project_id}', '{id}', 'project', 'users'),
	('"odd ""name"."Projects"', 'leader', 'belongs_to', 'users', NULL, '{}', '{lead}', '{}', '{id}', 'leader', NULL);
ALTER TABLE "odd ""name"."Projects" RENAME lead TO "Lead";
CREATE TABLE people (id int PRIMARY KEY, name text, boss_id int REFERENCES people);
CREATE INDEX ON people (boss_id);
INSERT INTO people VALUES (1, 'Ann', NULL), (2, 'Bob', 1);
SELECT assoc.adopt('people', 'Person', '{"computed": {"loud": {"sql": "upper(name)"}, "shout": {"sql": "upper(name) || repeat(''!'', id)"}}}');
SELECT assoc.belongs_to('Person', 'Person', alias => 'boss', foreign_key => 'boss_id', inverse => 'team');
SQL

# A row whose table went while event triggers did not run is not dumped: as a
# number it could not be restored.
$node->safe_psql('origin', <<'SQL');
ALTER EVENT TRIGGER assoc_registry_follow_drop DISABLE;
DROP TABLE gone;
ALTER EVENT TRIGGER assoc_registry_follow_drop ENABLE ALWAYS;
SQL
is(as_app('origin', 'SELECT count(*) FROM assoc.models'), '6', 'a row is left behind');

# pg_dump of a superuser sets owners; the plain role's own dump needs no rights
# beyond his own.
my $superuser = $node->safe_psql('postgres', 'SELECT current_user');
my %restored_by = (by_superuser => $superuser, by_app => 'app');

for my $copy (sort keys %restored_by)
{
	create_database($copy);
	copy_database('origin', $copy, $restored_by{$copy});
	for my $what (sort keys %same)
	{
		is( as_app($copy, $same{$what}),
			as_app('origin', $same{$what}),
			"$copy: $what");
	}

	# and lives on: what follows DDL is there too
	as_app($copy, 'ALTER TABLE user_projects RENAME user_id TO member');
	is( as_app($copy, q(SELECT foreign_key FROM assoc.associations WHERE alias = 'projects')),
		'{member}', "$copy: a renamed column is followed");
	as_app($copy, 'DROP SCHEMA "odd ""name" CASCADE');
	is(as_app($copy, 'SELECT name FROM assoc.models ORDER BY 1'),
		"Person\nUser\nUserProject", "$copy: what is dropped leaves");
	as_app($copy, 'CREATE SCHEMA elsewhere; ALTER TABLE people SET SCHEMA elsewhere');
	is(as_app($copy, q(SELECT assoc.find_by_pk('elsewhere.Person', 2, '{"attributes": ["shout"]}'))),
		'{"shout": "BOB!!"}', "$copy: a computed attribute goes where its table goes");
}

$node->stop;
done_testing();

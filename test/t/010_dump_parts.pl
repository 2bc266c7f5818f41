# Parts of a dump: the schema only, one schema, some tables, the data only. What they bring works, or one call of
# assoc.sync() makes the registry what it was; errors and assoc.check() name that call.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Team;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

my $tmp = $PostgreSQL::Test::Utils::tmp_check;
my @app = ('-U', 'app');

$node->safe_psql('postgres', 'CREATE ROLE app LOGIN; CREATE ROLE dba LOGIN SUPERUSER; CREATE ROLE other LOGIN');

# A database owned by a plain role.
sub create_database
{
	my ($name, $extension) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name OWNER app");
	$node->safe_psql($name, 'ALTER SCHEMA public OWNER TO app');
	$node->safe_psql($name, 'CREATE EXTENSION pg_associations', extra_params => \@app) if $extension;
	return;
}

# A part of one database into another, by a role.
sub copy_part
{
	my ($what, $from, $to, $role, @options) = @_;
	my $file = "$tmp/part.sql";

	$node->command_ok([ 'pg_dump', '-U', $role, @options, '-f', $file, '-d', $node->connstr($from) ], "$what: dumped");
	$node->command_ok(
		[ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-U', $role, '-o', '/dev/null', '-f', $file, '-d', $node->connstr($to) ],
		"$what: restored");
	return;
}

sub run_as
{
	my ($database, $sql, $role) = @_;

	return $node->safe_psql($database, $sql, extra_params => [ '-U', $role // 'app' ]);
}

# All that was declared in some schemas, and what belongs to it.
sub registry
{
	my ($database, @schemas) = @_;
	my $schemas = join ', ', map { "'$_'" } @schemas;

	return run_as($database, qq(
		SET search_path = '';
		SELECT m.*, assoc.registry_note(m.relation) FROM assoc.models m
			JOIN pg_class c ON c.oid = m.relation WHERE c.relnamespace::regnamespace::text IN ($schemas) ORDER BY m.relation::text;
		SELECT a.* FROM assoc.associations a
			JOIN pg_class c ON c.oid = a.source WHERE c.relnamespace::regnamespace::text IN ($schemas) ORDER BY a.source::text, a.alias;
		SELECT p.oid::regprocedure::text, p.proowner::regrole, obj_description(p.oid, 'pg_proc'), md5(pg_get_functiondef(p.oid)) FROM pg_proc p
			WHERE p.pronamespace::regnamespace::text IN ($schemas) ORDER BY 1;
		SELECT c.oid::regclass, obj_description(c.oid, 'pg_class') FROM pg_class c
			WHERE c.relnamespace::regnamespace::text IN ($schemas) AND c.relkind IN ('r', 'v') ORDER BY c.oid::regclass::text), 'dba');
}

sub check
{
	my ($database) = @_;

	return run_as($database, q(SELECT DISTINCT problem, fix FROM assoc.check() ORDER BY 1, 2));
}

# Two schemas, associations across them, comments of people, a view, names that need quotes.
create_database('origin');
declare_team($node, 'origin', @app);
run_as('origin', <<'SQL');
SET client_min_messages = warning;
COMMENT ON TABLE users IS 'people';
COMMENT ON CONSTRAINT users_pkey ON users IS E'the key of people,\nin two lines';
ALTER TABLE user_projects RENAME role TO part;
ALTER TABLE projects RENAME TO "Great ""Projects""";
CREATE SCHEMA other;
SELECT assoc.define('other.Badge', '{"title": "text"}', '{"scopes": {"gold": {"where": {"title": "gold"}}}}');
SELECT assoc.has_many('User', 'other.Badge', inverse => 'user', options => '{"order": ["title"]}');
CREATE TABLE other.adopted (id int PRIMARY KEY, badge_id bigint REFERENCES other.badges);
CREATE INDEX ON other.adopted (badge_id);
SELECT assoc.belongs_to('other.adopted', 'other.Badge', alias => 'badge', foreign_key => 'badge_id', options => '{"accessors": false}');
CREATE VIEW other.gold AS SELECT id, title FROM other.badges WHERE title = 'gold';
COMMENT ON VIEW other.gold IS 'made of gold';
SELECT assoc.adopt('other.gold', 'Gold', '{"key": ["id"]}');
SQL
my $registry = registry('origin', 'public', 'other');
my $answers = answers($node, 'origin', extra_params => \@app);
like($registry, qr/^users\|people$|^public.users\|people$/m, 'what people say of a table stays');
like(run_as('origin', q(SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = 'users_pkey')),
	qr/^the key of people,\nin two lines\n\[pg_associations\]/, 'and of a key');
my $sync = "its declaration is in a comment, and not in the registry|SELECT assoc.sync('public')";

# The schema only, as structure files of migration tools have it.
create_database('structure');
copy_part('schema only', 'origin', 'structure', 'app', '--schema-only');
is(check('structure'), ($sync =~ s/public/other/r) . "\n$sync", 'schema only: assoc.check names the call');
for my $query ('SELECT user_with_projects(1)', q(SELECT assoc.find_all('User')), q(SELECT assoc.define('User', '{}')))
{
	my ($status, $out, $error) = $node->psql('structure', $query, extra_params => \@app);
	like($error, qr/run SELECT assoc\.sync\('public'\)/, "schema only: so does $query");
}
$node->command_ok([ 'psql', '-XqAt', '-U', 'other', '-c', 'SELECT assoc.sync()', '-d', $node->connstr('structure') ],
	'schema only: nobody else has anything to restore');
is(run_as('structure', 'SELECT count(*) FROM assoc.models'), '0', 'schema only: and restores nothing');
run_as('structure', 'SELECT assoc.sync()');
is(registry('structure', 'public', 'other'), $registry, 'schema only: the registry is what it was');
is(check('structure'), '', 'schema only: nothing is wrong');
is(run_as('structure', 'SELECT assoc.sync()'), '', 'schema only: a second call does nothing');
is(run_as('structure', q(SELECT assoc.define('Task', '{"title": "text"}') -> 'changed')), '[]', 'schema only: declaring again changes nothing');
copy_part('data behind the schema', 'origin', 'structure', 'app', '--data-only');
same_answers(answers($node, 'structure', extra_params => \@app), $answers, 'data behind the schema: answers');
is(registry('structure', 'public', 'other'), $registry, 'data behind the schema: rows that are there are passed over');

# The data first, with the registry's own rows, and without its triggers.
create_database('data');
copy_part('schema only', 'origin', 'data', 'dba', '--schema-only');
copy_part('data only', 'origin', 'data', 'dba', '--data-only', '--disable-triggers');
like(check('data'), qr/does not always fire/, 'data only: assoc.check tells of the triggers');
run_as('data', 'SELECT assoc.sync()');
is(registry('data', 'public', 'other'), $registry, 'data only: the registry is what it was');
is(check('data'), '', 'data only: nothing is wrong after assoc.sync()');
same_answers(answers($node, 'data', extra_params => \@app), $answers, 'data only: answers');

# One schema: what points out of it is left out, with a warning, and stays in the schema that it came from.
create_database('one', 1);
run_as('one', 'DROP SCHEMA public');
copy_part('one schema', 'origin', 'one', 'app', '--schema=public');
run_as('one', 'SELECT assoc.sync()');
my $left = run_as('one', q(SELECT string_agg(alias, ', ') FROM assoc.associations WHERE source = 'users'::regclass));
is($left, 'projects', 'one schema: associations inside it are there');
is(run_as('one', q(SELECT jsonb_array_length(user_with_projects(1) -> 'projects'))), '3', 'one schema: an accessor answers');
copy_part('the other schema', 'origin', 'one', 'app', '--schema=other');
run_as('one', q(SELECT assoc.sync('other')));
is(run_as('one', q(SELECT string_agg(m.name || m.made, ', ' ORDER BY m.name) FROM assoc.models m WHERE relation::text ~ '^other')),
	run_as('origin', q(SELECT string_agg(m.name || m.made, ', ' ORDER BY m.name) FROM assoc.models m WHERE relation::text ~ '^other')),
	'the other schema: its models are there');

# Both schemas, each by itself, before the call.
create_database('two', 1);
run_as('two', 'DROP SCHEMA public');
copy_part('public', 'origin', 'two', 'dba', '--schema=public', '--schema=other');
run_as('two', 'SELECT assoc.sync()', 'dba');
is(registry('two', 'public', 'other'), $registry, 'both schemas: the registry is what it was, whoever calls');

# With the extension come the rows of all schemas: those of tables that are not there are passed over.
create_database('extension');
run_as('extension', 'DROP SCHEMA public');
copy_part('one schema and the extension', 'origin', 'extension', 'dba', '--schema=public', '--extension=pg_associations');
is(run_as('extension', q(SELECT string_agg(m.name || m.made, ', ' ORDER BY m.name) FROM assoc.models m)),
	'Projecttrue, Tasktrue, Usertrue, UserProjecttrue', 'one schema and the extension: its models are there');
is(run_as('extension', q(SELECT string_agg(alias, ', ' ORDER BY alias) FROM assoc.associations)), 'project, projects, tasks, users',
	'one schema and the extension: so are its associations');
is(run_as('extension', q(SELECT jsonb_array_length(user_with_projects(1) -> 'projects'))), '3', 'one schema and the extension: an accessor answers');

# Some tables: the accessors are made anew.
create_database('tables', 1);
copy_part('tables', 'origin', 'tables', 'app', '-t', 'users', '-t', 'user_projects', '-t', '"Great"*');
run_as('tables', 'SELECT assoc.sync()');
is(run_as('tables', q(SELECT jsonb_array_length(user_with_projects(1) -> 'projects'))), '3', 'tables: an accessor answers');
is(run_as('tables', q(SELECT string_agg(name || made, ', ' ORDER BY name) FROM assoc.models)), 'Projecttrue, Usertrue, UserProjecttrue',
	'tables: declarations made them');
is(check('tables'), '', 'tables: nothing is wrong');

# Declarations printed by the origin, over the schema only: tables that were made are made.
create_database('printed');
copy_part('schema only', 'origin', 'printed', 'app', '--schema-only');
unlink "$tmp/declarations.sql";
PostgreSQL::Test::Utils::append_to_file("$tmp/declarations.sql",
	run_as('origin', q(SELECT c FROM (SELECT assoc.declarations('public') UNION ALL SELECT assoc.declarations('other')) d (c)
		ORDER BY c !~ 'assoc.adopt', c !~ 'assoc.define')));
$node->command_ok(
	[ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', @app, '-o', '/dev/null', '-f', "$tmp/declarations.sql", '-d', $node->connstr('printed') ],
	'declarations: run');
is(run_as('printed', q(SELECT string_agg(name, ', ' ORDER BY name) FROM assoc.models WHERE made)),
	'Badge, Project, Task, User, UserProject', 'declarations: tables that were made are made');

# Comments that nobody should believe: for tables of others, of another shape, of another name.
create_database('forged', 1);
run_as('forged', <<'SQL', 'dba');
CREATE SCHEMA shared;
GRANT USAGE, CREATE ON SCHEMA shared TO app, other;
SQL
run_as('forged', <<'SQL');
CREATE TABLE shared.users (id int PRIMARY KEY);
CREATE TABLE shared.links (id int PRIMARY KEY);
SELECT assoc.adopt('shared.users', 'User'), assoc.adopt('shared.links', 'Link');
SQL
run_as('forged', <<'SQL', 'other');
CREATE TABLE shared.a (id int PRIMARY KEY);
CREATE TABLE shared.b (id int PRIMARY KEY);
CREATE TABLE shared.c (id int PRIMARY KEY);
CREATE TABLE shared.d (id int PRIMARY KEY);
COMMENT ON CONSTRAINT a_pkey ON shared.a IS '[pg_associations] {"name": "users", "made": true, "attributes": {}, "options": {}, "associations": []}';
COMMENT ON CONSTRAINT b_pkey ON shared.b IS '[pg_associations] {nonsense';
COMMENT ON CONSTRAINT c_pkey ON shared.c IS '[pg_associations] {"name": 5, "made": "perhaps", "attributes": 1, "options": {}, "associations": {"a": 1}}';
COMMENT ON CONSTRAINT d_pkey ON shared.d IS '[pg_associations] {"name": "D", "made": true, "attributes": {}, "options": {}, "associations": [
  {"alias": "x", "kind": "has_many", "target": {"table": "users"}, "source_key": ["id"], "foreign_key": ["id"], "other_key": [], "target_key": [], "singular": "x", "options": {}},
  {"alias": "y", "kind": "belongs_to_many", "target": {"table": "d"}, "through": {"table": "links"}, "source_key": ["id"], "foreign_key": ["id"], "other_key": ["id"], "target_key": ["id"], "singular": "y", "options": {}},
  {"alias": "z", "kind": "has_many", "target": {"table": "nowhere"}, "source_key": ["id"], "foreign_key": ["id"], "other_key": [], "target_key": [], "singular": "z", "options": {}},
  {"alias": "v", "kind": "has_one", "target": {"table": "c"}, "source_key": ["id"], "foreign_key": ["id"], "other_key": [], "target_key": [], "singular": "v", "options": {}},
  {"alias": "w", "kind": "has_one", "target": {"table": "d"}, "source_key": ["id"], "foreign_key": ["id"], "other_key": [], "target_key": [], "singular": "w", "options": {"accessors": false}}, 7]}';
SQL
my ($status, $out, $error) = $node->psql('forged', q(SELECT assoc.sync('shared')), extra_params => [ '-U', 'dba' ]);
like($error, qr/$_/, "forged: $_") for ('declaration of shared.a is left out: model "users" would have the name',
	'declaration of shared.b is left out: invalid input syntax', 'declaration of shared.c is left out',
	'association "x" of shared.d is left out: must be owner of shared.users', 'association "y" of shared.d is left out: must be owner of shared.links',
	'association "v" of shared.d is left out: shared.c is not a model',
	'association "z" of shared.d is left out: relation "shared.nowhere" does not exist');
is(run_as('forged', q(SELECT string_agg(relation::text, ', ' ORDER BY name) FROM assoc.models)), 'shared.d, shared.links, shared.users', 'forged: what is his own is his');
is(run_as('forged', q(SELECT string_agg(alias, ', ') FROM assoc.associations)), 'w', 'forged: so are associations');

$node->stop;
done_testing();

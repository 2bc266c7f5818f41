# Accessors, their rights, validators and payload in a dump: what is restored answers
# and refuses as the original did, however it was dumped and whoever restores it.

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

$node->safe_psql('postgres', 'CREATE ROLE app LOGIN; CREATE ROLE reader LOGIN; CREATE ROLE other LOGIN');

sub create_database
{
	my ($name) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name OWNER app");
	$node->safe_psql($name, 'ALTER SCHEMA public OWNER TO app');
	return;
}

sub dump_database
{
	my ($what, $from, @options) = @_;

	return $node->command_ok([ 'pg_dump', @app, @options, '-d', $node->connstr($from) ], "$what: dumped");
}

sub restore_sql
{
	my ($what, $to, $file) = @_;

	return $node->command_ok(
		[ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', @app, '-o', '/dev/null', '-f', $file, '-d', $node->connstr($to) ],
		"$what: restored by a plain role");
}

# What the declarations made, beyond rows: as the catalogs show it.
my %shape = (
	'accessors, their owners and rights' =>
	  q(SELECT p.oid::regprocedure::text, pg_get_function_result(p.oid), proowner::regrole, ARRAY(SELECT unnest(proacl)::text ORDER BY 1), prosecdef, proconfig, md5(pg_get_functiondef(p.oid))
		FROM pg_proc p WHERE pronamespace = 'public'::regnamespace ORDER BY 1),
	'constraints' =>
	  q(SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
		WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2),
	'indexes' => q(SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2),
	'triggers' =>
	  q(SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text !~ '^assoc' ORDER BY 1, 2),
	'models' => q(SELECT * FROM assoc.models ORDER BY name),
	'associations' => q(SELECT * FROM assoc.associations ORDER BY source::text, alias),);

sub shape
{
	my ($database) = @_;

	return { map { $_ => $node->safe_psql($database, $shape{$_}) } keys %shape };
}

# It lives: checks and keys refuse, rights hold, writes go on.
sub check_life
{
	my ($what, $database) = @_;

	is(sqlstate($node, $database, q(SELECT user_add_project(1, 7, '{"role": "boss"}');), extra_params => \@app),
		'23514', "$what: a payload is checked");
	is(sqlstate($node, $database, q(SELECT assoc.create('User', '{"name": "x y", "email": "nowhere"}');), extra_params => \@app),
		'23514', "$what: an attribute is checked");
	is(sqlstate($node, $database, q(SELECT user_add_project(1, 99);), extra_params => \@app), '23503', "$what: a key is checked");
	is( $node->safe_psql($database, q(SELECT user_add_project(1, 7, '{"role": "admin"}') ->> 'added'), extra_params => \@app),
		'[7]', "$what: an accessor writes");
	is($node->safe_psql($database, q(SELECT user_remove_project(1, 7) ->> 'removed'), extra_params => \@app),
		'[7]', "$what: and takes it back");
	is( $node->safe_psql($database, q(SELECT jsonb_array_length(user_with_projects(1) -> 'projects')), extra_params => [ '-U', 'reader' ]),
		'3', "$what: who may read reads");
	is(sqlstate($node, $database, q(SELECT user_add_project(1, 7);), extra_params => [ '-U', 'reader' ]),
		'42501', "$what: and does not write");
	is(sqlstate($node, $database, q(SELECT user_with_projects(1);), extra_params => [ '-U', 'other' ]),
		'42501', "$what: another does not read");
	is( $node->safe_psql($database,
			q(SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users') ->> 'changed'),
			extra_params => \@app),
		'false', "$what: declaring again changes nothing");
	return;
}

create_database('origin');
declare_team($node, 'origin', @app);
$node->safe_psql('origin', <<'SQL', extra_params => \@app);
GRANT SELECT ON users, projects, user_projects, tasks TO reader;
REVOKE ALL ON FUNCTION user_with_projects(bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION user_with_projects(bigint, jsonb) TO reader;
ALTER FUNCTION user_count_projects(bigint, jsonb) SECURITY DEFINER SET search_path = public, pg_temp;
CREATE FUNCTION user_page(id bigint) RETURNS json STABLE LANGUAGE sql
RETURN assoc.find_by_pk_json('public.User', id, '{"attributes": ["name"], "include": ["projects"]}');
CREATE VIEW team AS SELECT id, user_with_projects(id) AS document FROM users;
ALTER TABLE user_projects RENAME role TO part;
ALTER TABLE projects RENAME TO undertakings;
SQL
my $shape = shape('origin');
my $answers = answers($node, 'origin', extra_params => \@app);
my $own = q(SELECT user_page(3); SELECT document FROM team WHERE id = 3);
my $own_answer = $node->safe_psql('origin', $own, extra_params => \@app);

sub check_copy
{
	my ($what, $database) = @_;

	for my $part (sort keys %shape)
	{
		is($node->safe_psql($database, $shape{$part}), $shape->{$part}, "$what: $part");
	}
	same_answers(answers($node, $database, extra_params => \@app), $answers, "$what: answers");
	is($node->safe_psql($database, $own, extra_params => \@app), $own_answer, "$what: functions and views over accessors");
	check_life($what, $database);
	return;
}

# As a script, and as an archive into a database that has an older state of it.
create_database('plain');
dump_database('script', 'origin', '-f', "$tmp/plain.sql");
restore_sql('script', 'plain', "$tmp/plain.sql");
check_copy('script', 'plain');

create_database('clean');
restore_sql('script', 'clean', "$tmp/plain.sql");
$node->safe_psql('clean', <<'SQL', extra_params => \@app);
DROP VIEW team;
DROP TABLE tasks CASCADE;
SELECT user_set_projects(1, '{}');
SELECT assoc.drop_association('User', 'projects', false);
SQL
dump_database('archive', 'origin', '-Fc', '-f', "$tmp/origin.dump");
$node->command_ok(
	[ 'pg_restore', @app, '--clean', '--if-exists', '--exit-on-error', '-d', $node->connstr('clean'), "$tmp/origin.dump" ],
	'archive: restored over an older state');
check_copy('archive', 'clean');

# Schema only: all that was declared, no rows of the tables. pg_dump counts the
# registry's rows as data, so they are declared again from declarations().
create_database('bare');
dump_database('schema only', 'origin', '--schema-only', '-f', "$tmp/schema.sql");
restore_sql('schema only', 'bare', "$tmp/schema.sql");
is($node->safe_psql('bare', 'SELECT count(*) FROM users'), '0', 'schema only: no rows');
is($node->safe_psql('bare', 'SELECT count(*) FROM assoc.models'), '0', 'schema only: nor those of the registry');
is(sqlstate($node, 'bare', 'SELECT user_with_projects(1);', extra_params => \@app), '42704', 'schema only: an accessor says so');
PostgreSQL::Test::Utils::append_to_file("$tmp/declarations.sql",
	$node->safe_psql('origin', 'SELECT assoc.declarations()', extra_params => \@app));
restore_sql('declarations', 'bare', "$tmp/declarations.sql");
is($node->safe_psql('bare', 'SELECT user_with_projects(1)', extra_params => \@app), '', 'declarations: an accessor works');

# Data only, into the database declared just now.
dump_database('data only', 'origin', '--data-only', '-T', 'assoc.*', '-f', "$tmp/data.sql");
restore_sql('data only', 'bare', "$tmp/data.sql");
same_answers(answers($node, 'bare', extra_params => \@app), $answers, 'data only: answers');

# One tenant of two: a schema of the same tables.
$node->safe_psql('origin', <<'SQL', extra_params => \@app);
SET client_min_messages = warning;
CREATE SCHEMA a AUTHORIZATION app;
CREATE SCHEMA b AUTHORIZATION app;
SET search_path = a;
SELECT assoc.define('User', '{"name": "text"}');
SELECT assoc.define('Project', '{"title": "text"}');
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users');
SELECT assoc.create('User', '{"name": "of a", "projects": [{"title": "of a"}]}');
SET search_path = b;
SELECT assoc.define('User', '{"name": "text"}');
SELECT assoc.define('Project', '{"title": "text"}');
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users');
SELECT assoc.create('User', '{"name": "of b", "projects": [{"title": "of b"}]}');
SQL
create_database('tenant');
$node->safe_psql('tenant', 'CREATE EXTENSION pg_associations', extra_params => \@app);
dump_database('one schema', 'origin', '-n', 'b', '-f', "$tmp/b.sql");
restore_sql('one schema', 'tenant', "$tmp/b.sql");
# as with every extension, pg_dump of a schema leaves the configuration rows out
PostgreSQL::Test::Utils::append_to_file("$tmp/b_declarations.sql",
	$node->safe_psql('origin', q(SELECT assoc.declarations('b')), extra_params => \@app));
$node->safe_psql('tenant', "ALTER DATABASE tenant SET search_path = b");
restore_sql('one schema', 'tenant', "$tmp/b_declarations.sql");
is( $node->safe_psql('tenant', q(SELECT b.user_with_projects(1) #>> '{projects,0,title}'), extra_params => \@app),
	'of b', 'one schema: a tenant moves to a database of its own');
is($node->safe_psql('origin', q(SELECT a.user_with_projects(1) #>> '{projects,0,title}'), extra_params => \@app),
	'of a', 'one schema: the other one is untouched');

$node->stop;
done_testing();

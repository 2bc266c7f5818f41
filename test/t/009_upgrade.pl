# An upgrade from each released version: the catalog becomes that of a new installation,
# and what was declared before answers as it did, under the old catalog and the new one.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE reader LOGIN');

my $current = $node->safe_psql('postgres',
	q(SELECT default_version FROM pg_available_extensions WHERE name = 'pg_associations'));
my @released = split /\n/, $node->safe_psql('postgres',
	q(SELECT source FROM pg_extension_update_paths('pg_associations')
		WHERE target = (SELECT default_version FROM pg_available_extensions WHERE name = 'pg_associations')
		AND path IS NOT NULL ORDER BY 1));
ok(@released > 0, 'there is a version to upgrade from');

# Everything that belongs to the extension, as the catalogs show it.
my %catalog = (
	'members' =>
	  q(SELECT pg_describe_object(classid, objid, 0) FROM pg_depend
		WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_associations') ORDER BY 1),
	'functions' =>
	  q(SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid), ARRAY(SELECT unnest(proacl)::text ORDER BY 1),
			obj_description(p.oid, 'pg_proc')
		FROM pg_proc p WHERE pronamespace = 'assoc'::regnamespace ORDER BY 1),
	'columns' =>
	  q(SELECT c.relname, c.relkind, a.attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid),
			ARRAY(SELECT unnest(relacl)::text ORDER BY 1)
		FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid LEFT JOIN pg_attrdef d ON adrelid = c.oid AND adnum = attnum
		WHERE relnamespace = 'assoc'::regnamespace AND attnum > 0 AND NOT attisdropped ORDER BY 1, 3),
	'views' => q(SELECT viewname, definition FROM pg_views WHERE schemaname = 'assoc' ORDER BY 1),
	'constraints' =>
	  q(SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
		WHERE connamespace = 'assoc'::regnamespace ORDER BY 1, 2),
	'triggers' =>
	  q(SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled FROM pg_trigger
		WHERE tgrelid::regclass::text ~ '^assoc' AND NOT tgisinternal ORDER BY 1, 2),
	'event triggers' =>
	  q(SELECT evtname, evtevent, evtenabled, evttags, evtfoid::regproc FROM pg_event_trigger ORDER BY 1),
	'tables that are dumped' =>
	  q(SELECT unnest(extconfig)::regclass::text, unnest(extcondition) FROM pg_extension
		WHERE extname = 'pg_associations' ORDER BY 1));

# What the users of the database see.
my %answers = (
	'load' => q(SELECT user_with_projects(1)),
	'list' => q(SELECT assoc.find_all('User', '{"include": ["projects"]}')),
	'accessors and grants' =>
	  q(SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid), proacl::text FROM pg_proc p
		WHERE pronamespace = 'public'::regnamespace ORDER BY 1),
	'registry' => q(SELECT 'm', to_jsonb(m) - '{discovered,declared}'::text[] FROM assoc.models m UNION ALL
		SELECT 'a', to_jsonb(a) - '{discovered,declared}'::text[] FROM assoc.associations a ORDER BY 1, 2),
	'declarations' => q(SELECT * FROM assoc.declarations('public')));

sub ask
{
	my ($database, $questions) = @_;

	return { map { $_ => $node->safe_psql($database, $questions->{$_}) } sort keys %$questions };
}

$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION pg_associations');

for my $version (@released)
{
	my $database = "from_$version";
	$database =~ s/\./_/g;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, qq(
		CREATE EXTENSION pg_associations VERSION '$version';
		SELECT assoc.define('User', '{"name": {"type": "text", "validate": {"len": [1, 9]}}, "secret": {"type": "text", "hidden": true}}',
			'{"timestamps": false, "scopes": {"a": {"where": {"name": {"startsWith": "a"}}}}}');
		SELECT assoc.define('Project', '{"title": "text"}');
		SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users',
			through_attributes => '{"role": "text"}');
		GRANT EXECUTE ON FUNCTION user_with_projects(bigint, jsonb) TO reader;
		INSERT INTO users (name, secret) VALUES ('ann', 's'), ('bob', 't');
		INSERT INTO projects (title, created_at, updated_at) VALUES ('x', '2026-01-01', '2026-01-01');
		SELECT user_add_project(1, 1, '{"role": "admin"}')));

	my $before = ask($database, \%answers);
	like($before->{load}, qr/"role": "admin"/, "$version: the library of $current answers with the catalog of $version");
	is($node->safe_psql($database, 'SELECT assoc.sync(); SELECT assoc.sync(alter => true)'), '', "$version: assoc.sync has nothing to do");
	$node->safe_psql($database, 'ALTER EXTENSION pg_associations UPDATE');
	is_deeply(ask($database, \%answers), $before, "$version: everything that was declared is as it was");
	my ($now, $fresh) = (ask($database, \%catalog), ask('fresh', \%catalog));
	is($now->{$_}, $fresh->{$_}, "$version: $_ are those of a new installation") foreach sort keys %catalog;
	is($node->safe_psql($database, q(SELECT user_add_project(2, 1, '{"role": "viewer"}') -> 'added')), '[1]', "$version: it is written to");
	is($node->safe_psql($database, q(SELECT count(*) FROM assoc.check())), '0', "$version: nothing is wrong");

	# a library and a catalog that are not of one version say so
	for my $other ([ $version, 'ALTER EXTENSION pg_associations UPDATE' ], [ '9.10.0', '-- install version 9.10.0 of the library, and open the session again' ])
	{
		$node->safe_psql($database, "UPDATE pg_extension SET extversion = '$other->[0]' WHERE extname = 'pg_associations'");
		is($node->safe_psql($database, 'SELECT problem, fix FROM assoc.check()'),
			"the library is version $current, the catalog of this database is version $other->[0]|$other->[1]", "$version: check tells of version $other->[0]");
	}

	# a later version may have added columns: this library reads those that it knows
	$node->safe_psql($database,
		'ALTER TABLE assoc.models ADD later text; ALTER TABLE assoc.associations ADD later text DEFAULT \'x\' NOT NULL');
	is($node->safe_psql($database, $answers{load}), $before->{load}, "$version: columns of a later catalog are passed over");
}

done_testing();

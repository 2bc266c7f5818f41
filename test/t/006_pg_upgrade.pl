# pg_upgrade keeps everything: the registry's rows are carried as they are, accessors
# by the dump of the schema.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Team;

my $bin = qx(pg_config --bindir);
chomp $bin;
plan skip_all => 'there is no pg_upgrade' unless -x "$bin/pg_upgrade";

my $old = PostgreSQL::Test::Cluster->new('old');
$old->init;
$old->start;
declare_team($old, 'postgres');
$old->safe_psql('postgres', 'ALTER TABLE user_projects RENAME role TO part; DROP TABLE tasks CASCADE; CREATE TABLE tasks (id int)');

my %load = (
	'loads' => 'SELECT user_with_projects(id) FROM users ORDER BY id',
	'models' => 'SELECT * FROM assoc.models ORDER BY name',
	'associations' => 'SELECT * FROM assoc.associations ORDER BY source::text, alias',
	'declarations' => 'SELECT assoc.declarations()',
	'event triggers' => 'SELECT evtname, evtenabled FROM pg_event_trigger ORDER BY 1',
	'objects of the extension' =>
	  q(SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' ORDER BY 1),);
my %before = map { $_ => $old->safe_psql('postgres', $load{$_}) } keys %load;
$old->stop;

my $new = PostgreSQL::Test::Cluster->new('new');
$new->init;

# It writes where it is run.
chdir $PostgreSQL::Test::Utils::tmp_check or die $!;
command_ok(
	[
		'pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $bin, '-B', $bin,
		'-s', $new->host, '-p', $old->port, '-P', $new->port
	],
	'pg_upgrade');
$new->start;

for my $what (sort keys %load)
{
	is($new->safe_psql('postgres', $load{$what}), $before{$what}, "$what are the same");
}
is( $new->safe_psql('postgres', q(SELECT user_set_projects(1, '{2}', '{"role": "admin"}'))),
	'{"added": [], "removed": [1, 3], "updated": [2], "unchanged": []}', 'accessors write');
$new->safe_psql('postgres', 'ALTER TABLE user_projects RENAME user_id TO member');
is($new->safe_psql('postgres', q(SELECT foreign_key FROM assoc.associations WHERE alias = 'projects')),
	'{member}', 'DDL is followed');
is($new->safe_psql('postgres', q(SELECT assoc.define('Later') ->> 'created')), 'true', 'declarations go on');

$new->stop;
done_testing();

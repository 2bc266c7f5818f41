# Users, projects and who works on what, as the tests of whole servers use them.

package Team;

use strict;
use warnings;

use Exporter 'import';
use Test::More;

our @EXPORT = qw(declare_team sqlstate same_answers answers);

# Declares them in a database and fills them: ten users, each with three projects.
sub declare_team
{
	my ($node, $database, @role) = @_;

	$node->safe_psql($database, <<'SQL', extra_params => [@role]);
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_associations;
SELECT assoc.define('User', '{"name": {"type": "text", "allowNull": false, "validate": {"len": [2, 40]}},
	"email": {"type": "text", "unique": true, "validate": {"isEmail": true}}}');
SELECT assoc.define('Project', '{"title": {"type": "text", "allowNull": false}, "secret": {"type": "text", "hidden": true}}',
	'{"paranoid": true}');
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users', through_attributes =>
	'{"role": {"type": "text", "default": "viewer", "validate": {"isIn": ["admin", "developer", "viewer"]}}, "startDate": "date"}');
SELECT assoc.define('Task', '{"title": "text"}');
SELECT assoc.has_many('Project', 'Task', inverse => 'project');
SELECT assoc.bulk_create('User', jsonb_agg(jsonb_build_object('name', 'user ' || i, 'email', i || '@example.com')))
	FROM generate_series(1, 10) i;
SELECT assoc.bulk_create('Project', jsonb_agg(jsonb_build_object('title', 'project ' || i, 'tasks', '[{"title": "plan"}, {"title": "do"}]'::jsonb)))
	FROM generate_series(1, 10) i;
SELECT user_add_projects(i, ARRAY[i, i % 10 + 1, (i + 1) % 10 + 1], '{"role": "developer", "startDate": "2024-02-29"}')
	FROM generate_series(1, 10) i;
SQL
	return;
}

# The SQLSTATE that a query fails with, or "" when it does not.
sub sqlstate
{
	my ($node, $database, $query, %params) = @_;
	my ($status, $out, $error) = $node->psql($database, "\\set VERBOSITY sqlstate\n$query", on_error_stop => 1, %params);

	return $error =~ /(?:ERROR|FATAL):\s+(\w{5})\s*$/m ? $1 : $error;
}

# What the loads say, whichever way rows are read.
my %load = (
	'with' => q(user_with_projects(1)),
	'with, deep' => q(user_with_projects(2, '{"include": ["projects.tasks"]}')),
	'get' => q(project_get_users(3, '{"order": [["name", "DESC"]], "limit": 2}')),
	'count' => q(user_count_projects(1)),
	'has' => q(user_has_projects(1, '{1,2}')),
	'find_all' => q(assoc.find_all('User', '{"include": [{"association": "projects", "through": {"where": {"role": "developer"}}}]}')),
	'to one' => q(assoc.find_one('Task', '{"include": ["project"], "order": [["id", "DESC"]]}')),
	'json' => q(assoc.find_all_json('Project', '{"include": ["users"]}')),
	'validate' => q(assoc.validate('User', '{"name": "x", "email": "nowhere"}')),
	'declarations' => q((SELECT string_agg(d, E'\n') FROM assoc.declarations() d)),);

# Name => answer, by the probe and by the batch.
sub answers
{
	my ($node, $database, %params) = @_;
	my %answer;

	for my $probe (qw(on off))
	{
		for my $name (sort keys %load)
		{
			$answer{"$name, probe $probe"} =
			  $node->safe_psql($database, "SET pg_associations.probe = $probe; SELECT $load{$name}", %params);
		}
	}
	return \%answer;
}

# The answers of one database are those of another.
sub same_answers
{
	my ($got, $expected, $what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is_deeply($got, $expected, $what);
}

1;

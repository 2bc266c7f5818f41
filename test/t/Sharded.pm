# The tables of 013_citus.pl in each layout, and what is called over them.

package Sharded;

use strict;
use warnings;

use Exporter 'import';
use File::Basename;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(layouts set_up calls);

my $forms = dirname(__FILE__) . '/../citus';

# How the tables are spread: by the person whose rows they are, beside tables that every node has; by a tenant that
# is in every key; a schema on one node; each table by a key of its own; every table on every node.
sub layouts { return qw(person tenant schema own reference) }

# Tables in the order in which they are made: columns, then the primary key (to which a tenant is added).
my @tables = (
	[ users => 'id int, name text, age int', 'id' ],
	[ profiles => 'user_id int, bio text', 'user_id' ],
	[ posts => 'id int, user_id int, title text, pinned boolean, rank int, deleted_at timestamptz', 'id' ],
	[ projects => 'id int, title text, budget int, lead_id int', 'id' ],
	[ up => q(user_id int, project_id int, role text DEFAULT 'viewer', since date), 'user_id, project_id' ],
	[ tasks => 'id int, project_id int, title text, done boolean DEFAULT false', 'id' ],
	[ folders => 'id int, parent_id int, name text', 'id' ],
	[ groups => 'id int, name text, deleted_at timestamptz', 'id' ],
	[ ug => 'user_id int, group_id int, level int, deleted_at timestamptz', 'user_id, group_id' ],
	[ songs => 'id int, name text', 'id' ],
	[ us => 'user_id int, song_id int, rank int', 'user_id, song_id' ],
	[ fships => 'a int, b int, note text', 'a, b' ],
	[ fol => 'a int, b int', 'a, b' ],
	[ visits => 'id int, user_id int, project_id int, day date', 'id' ],);

my %person_key = (users => 'id', fol => 'a', map { $_ => 'user_id' } qw(profiles posts up ug us visits));
my %own_key = (users => 'id', posts => 'id', projects => 'id', tasks => 'id', folders => 'id', groups => 'id', songs => 'id', visits => 'id',
	fol => 'a', map { $_ => 'user_id' } qw(profiles up ug us));

my @references = (
	[qw(profiles user_id users)], [qw(posts user_id users)], [qw(up user_id users)], [qw(up project_id projects)],
	[qw(tasks project_id projects)], [qw(folders parent_id folders)], [qw(ug user_id users)], [qw(ug group_id groups)],
	[qw(us user_id users)], [qw(us song_id songs)], [qw(fol a users)], [qw(fol b users)], [qw(fships a users)], [qw(fships b users)],
	[qw(projects lead_id users)], [qw(visits user_id users)], [qw(visits project_id projects)],);

my @rows = (
	[ users => 'id, name, age', q(1, 'Ann', 30), q(2, 'Bob', 40), q(3, 'Cid', 50), q(4, 'Dee', NULL), q(5, 'Eve', 20) ],
	[ profiles => 'user_id, bio', q(1, 'a'), q(2, 'b'), q(3, 'c') ],
	[ projects => 'id, title, budget, lead_id', q(1, 'Moon', 100, 1), q(2, 'Mars', 200, 2), q(3, 'Sun', 300, NULL), q(4, 'Io', 50, 1) ],
	[ posts => 'id, user_id, title, pinned, rank, deleted_at', q(1, 1, 'p1', true, 1, NULL), q(2, 1, 'p2', false, 2, NULL),
		q(3, 2, 'p3', NULL, 1, NULL), q(4, 1, 'p4', false, NULL, '2024-01-01'), q(5, 3, 'p5', true, 1, NULL) ],
	[ up => 'user_id, project_id, role, since', q(1, 1, 'admin', '2024-01-01'), q(1, 2, 'viewer', '2024-02-01'), q(2, 1, 'viewer', NULL),
		q(3, 3, 'dev', NULL), q(2, 3, 'dev', '2024-03-03') ],
	[ tasks => 'id, project_id, title, done', q(1, 1, 'plan', true), q(2, 1, 'fly', false), q(3, 2, 'dig', false), q(4, NULL, 'rest', true) ],
	[ folders => 'id, parent_id, name', q(1, NULL, 'root'), q(2, 1, 'a'), q(3, 1, 'b'), q(4, 2, 'aa'), q(5, 4, 'aaa') ],
	[ groups => 'id, name, deleted_at', q(1, 'g1', NULL), q(2, 'g2', '2024-01-01'), q(3, 'g3', NULL), q(4, 'g4', NULL) ],
	[ ug => 'user_id, group_id, level, deleted_at', q(1, 1, 5, NULL), q(1, 2, 6, NULL), q(2, 1, 7, '2024-01-01'), q(2, 3, 8, NULL), q(3, 3, 1, NULL) ],
	[ songs => 'id, name', q(1, 's1'), q(2, 's2'), q(3, 's3'), q(4, 's4') ],
	[ us => 'user_id, song_id, rank', '1, 1, 1', '1, 2, 2', '1, 3, 3', '2, 2, 1' ],
	[ fships => 'a, b, note', q(1, 2, 'x'), q(3, 1, 'y'), q(4, 5, 'z') ],
	[ fol => 'a, b', '1, 2', '3, 1', '2, 1', '4, 5' ],
	[ visits => 'id, user_id, project_id, day', q(1, 1, 1, '2024-01-01'), q(2, 1, 1, '2024-01-02'), q(3, 1, 2, '2024-01-03'), q(4, 2, 1, '2024-01-04') ],);

# The call, with KEY(...) for the columns of a key.
my @declarations = (
	q(adopt('users')),
	q(adopt('posts', options => '{"paranoid": true}')),
	q(adopt('ug', options => '{"paranoid": true}')),
	q(adopt('groups', options => '{"paranoid": true}')),
	q(belongs_to_many('users', 'projects', through => 'up', foreign_key => 'KEY(user_id)', other_key => 'KEY(project_id)', inverse => 'users')),
	q(has_one('users', 'profiles', foreign_key => 'KEY(user_id)', alias => 'profile', inverse => 'user')),
	q(has_many('users', 'posts', foreign_key => 'KEY(user_id)', alias => 'posts', inverse => 'author')),
	q(has_many('projects', 'tasks', foreign_key => 'KEY(project_id)', alias => 'tasks', inverse => 'project')),
	q(has_many('folders', 'folders', foreign_key => 'KEY(parent_id)', alias => 'children', inverse => 'parent')),
	q(belongs_to('projects', 'users', foreign_key => 'KEY(lead_id)', alias => 'lead', inverse => 'led')),
	q(belongs_to_many('users', 'groups', through => 'ug', foreign_key => 'KEY(user_id)', other_key => 'KEY(group_id)', inverse => 'members',
		options => '{"through": {"paranoid": true}}')),
	q(belongs_to_many('users', 'songs', through => 'us', foreign_key => 'KEY(user_id)', other_key => 'KEY(song_id)', alias => 'songs',
		options => '{"position": "rank"}')),
	q(belongs_to_many('users', 'projects', through => 'visits', foreign_key => 'KEY(user_id)', other_key => 'KEY(project_id)',
		alias => 'visited', options => '{"unique": false}')),
	q(belongs_to('up', 'users', foreign_key => 'KEY(user_id)', alias => 'member')),
	q(belongs_to('up', 'projects', foreign_key => 'KEY(project_id)', alias => 'proj')),
	q(has_many('users', 'posts', foreign_key => 'KEY(user_id)', alias => 'ranked', options => '{"position": "rank"}')),
	q(belongs_to_many('users', 'users', through => 'fol', foreign_key => 'KEY(a)', other_key => 'KEY(b)', alias => 'follows', inverse => 'followers')),
	q(belongs_to_many('users', 'users', through => 'fships', foreign_key => 'KEY(a)', other_key => 'KEY(b)', alias => 'friends', options => 'FRIENDS')),);

# Statements that make a layout, and fill it; spread or as plain tables.
sub set_up
{
	my ($layout, $spread) = @_;
	my $schema = "by_$layout";

	return join "\n",
	  $spread && $layout eq 'schema' ? 'SET citus.enable_schema_based_sharding = on;' : (),
	  "CREATE SCHEMA $schema;", "SET search_path = $schema, public;",
	  (map { table($layout, @$_) } @tables),
	  ($spread ? spread($layout) : ()),
	  (map { reference($layout, @$_) } @references),
	  indexes($layout),
	  (map { filled($layout, @$_) } @rows),
	  (map { 'SELECT assoc.' . declared($layout, $_) . ' IS NULL;' } @declarations);
}

sub table
{
	my ($layout, $name, $columns, $key) = @_;

	$key = "user_id, $key" if $layout eq 'person' && $name =~ /^(posts|visits)$/;
	return $layout eq 'tenant'
	  ? "CREATE TABLE $name (tenant_id int NOT NULL DEFAULT 1, $columns, PRIMARY KEY (tenant_id, $key));"
	  : "CREATE TABLE $name ($columns, PRIMARY KEY ($key));";
}

sub spread
{
	my ($layout) = @_;
	my ($first, @statements);

	return () if $layout eq 'schema';
	push @statements, map { "SELECT create_reference_table('$_') IS NULL;" } grep { everywhere($layout, $_) } map { $_->[0] } @tables;
	for my $name (map { $_->[0] } @tables)
	{
		my $key = spread_by($layout, $name) // next;
		my $beside = $first && $layout ne 'own' ? $first : 'none';

		$first //= $name;
		push @statements, "SELECT create_distributed_table('$name', '$key', colocate_with => '$beside') IS NULL;";
	}
	return @statements;
}

sub spread_by
{
	my ($layout, $name) = @_;

	return $layout eq 'person' ? $person_key{$name} : $layout eq 'tenant' ? 'tenant_id' : $layout eq 'own' ? $own_key{$name} : undef;
}

sub everywhere
{
	my ($layout, $name) = @_;

	return $layout ne 'schema' && !defined spread_by($layout, $name);
}

# Foreign keys as far as Citus has them.
sub reference
{
	my ($layout, $name, $column, $to) = @_;

	return () if $layout eq 'own';
	return () if $layout eq 'person' && everywhere($layout, $name) && !everywhere($layout, $to);
	return () if $layout eq 'person' && !everywhere($layout, $to) && $person_key{$name} ne $column;
	return 'ALTER TABLE ' . $name . " ADD CONSTRAINT ${name}_${column}_fk FOREIGN KEY (" . key($layout, $column) . ") REFERENCES $to (" . key($layout, 'id') . ');';
}

sub indexes
{
	my ($layout) = @_;
	my @on = ([qw(up project_id)], [qw(ug group_id)], [qw(us song_id)], [qw(fships b)], [qw(posts user_id)], [qw(tasks project_id)], [qw(folders parent_id)]);

	return (map { "CREATE INDEX ON $_->[0] (" . key($layout, $_->[1]) . ');' } @on),
	  'CREATE UNIQUE INDEX friends_pair ON fships (' . key($layout, 'LEAST(a, b), GREATEST(a, b)') . ');';
}

# A second tenant has some of the rows too, and nobody may see them.
sub filled
{
	my ($layout, $name, $columns, @values) = @_;

	return "INSERT INTO $name ($columns) VALUES " . join(', ', map { "($_)" } @values) . ';' if $layout ne 'tenant';
	return "INSERT INTO $name (tenant_id, $columns) VALUES " . join(', ', map { "(1, $_)" } @values) . ';',
	  map { "INSERT INTO $name (tenant_id, $columns) VALUES (2, $_);" } @values[ 0 .. ($name =~ /^f(ships|ol)$/ ? 0 : 1) ];
}

sub declared
{
	my ($layout, $call) = @_;
	my $symmetric = $layout eq 'tenant' ? '{"constraints": false}' : '{"constraints": false, "symmetric": true}';

	$call =~ s/KEY\((\w+)\)/key($layout, $1) =~ s{, }{,}r/ge;
	$call =~ s/FRIENDS/$symmetric/;
	# the foreign keys are there, as far as they can be
	$call =~ s/options => '\{(?!"constraints)/options => '{"constraints": false, / or $call =~ s/\)$/, options => '{"constraints": false}')/
	  if $call !~ /^adopt|"constraints"/;
	return $call;
}

sub key
{
	my ($layout, $columns) = @_;

	return $layout eq 'tenant' ? "tenant_id, $columns" : $columns;
}

# Name and statement of each call. What writes does it in a transaction of its own, which shows all tables and is
# rolled back.
sub calls
{
	my ($layout) = @_;
	my $shown = join ' ', map { "SELECT '$_->[0]', * FROM $_->[0] ORDER BY " . key($layout, $_->[2]) . ';' } @tables;

	return map { [ $_->[0], "$_->[1];" ] } forms($layout, 'loads'),
	  map { [ $_->[0], "BEGIN;\n$_->[1];\n\\if :ERROR\n\\else\n$shown\n\\endif\nROLLBACK;" ] } forms($layout, 'writes');
}

sub forms
{
	my ($layout, $kind) = @_;

	return map { [ $_->[0], expanded($layout, $kind, $_->[1]) ] } map { [ split /\|/, $_, 2 ] } grep { !/^(#|$)/ } split /\n/, slurp_file("$forms/$kind.txt");
}

# U(1) is a key as JSON, A(1,2) an array of keys, I(1) the members of a key, O(1,2) those of the second post of the
# first person; TW and TN the condition on the tenant, with a comma and alone.
sub expanded
{
	my ($layout, $kind, $call) = @_;
	my $tenant = $layout eq 'tenant';
	my $key = sub { $tenant ? qq({"tenant_id": 1, "id": $_[0]}) : $_[0] };

	# all rows are meant, and said so
	$call =~ s/"where":\{TN\}/"all":true/g if $kind eq 'writes' && !$tenant && $call !~ /for_update/;
	$call =~ s/U\((\w+)\)/$key->($1)/ge;
	$call =~ s/A\(([\w,]+)\)/'[' . join(', ', map { $key->($_) } split m{,}, $1) . ']'/ge;
	$call =~ s/I\((\w+)\)/($tenant ? '"tenant_id": 1, ' : '') . qq("id": $1)/ge;
	$call =~ s/O\((\w+),(\w+)\)/($tenant ? '"tenant_id": 1, ' : $layout eq 'person' ? qq("user_id": $1, ) : '') . qq("id": $2)/ge;
	$call =~ s/TW/$tenant ? '"tenant_id": 1, ' : ''/ge;
	$call =~ s/TN/$tenant ? '"tenant_id": 1' : ''/ge;
	return $call;
}

1;

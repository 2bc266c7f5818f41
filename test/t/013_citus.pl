# A cluster of Citus gives the answers of plain PostgreSQL: loads, writes and what they leave in all tables, in each
# way of spreading the tables.  Skipped where the server has no Citus.

use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Sharded;

# What Citus cannot do with the tables of a layout: it, or the extension, says so (0A000), and nothing is changed.
my %refused = (
	person => ['merge'],
	tenant => [ 'rec', 'rec2' ],
	own => [ 'merge', 'rec', 'rec2' ],);

my $plain = PostgreSQL::Test::Cluster->new('plain');
$plain->init;
$plain->start;
plan skip_all => 'the server has no Citus'
  if $plain->safe_psql('postgres', q(SELECT count(*) FROM pg_available_extensions WHERE name = 'citus')) == 0;
$plain->safe_psql('postgres', 'CREATE EXTENSION pg_associations');

my ($coordinator, @workers) = map { node($_) } qw(coordinator worker1 worker2);
$coordinator->safe_psql('postgres', "SELECT citus_set_coordinator_host('127.0.0.1', " . $coordinator->port . ')');
$coordinator->safe_psql('postgres', "SELECT citus_add_node('127.0.0.1', " . $_->port . ')') for @workers;
$coordinator->safe_psql('postgres', 'CREATE EXTENSION pg_associations');

for my $layout (layouts())
{
	my $expected = answers($plain, $layout, 0);
	my $answers = answers($coordinator, $layout, 1);
	my %refused_here = map { $_ => 1 } @{ $refused{$layout} // [] };
	my @wrong;

	# where links are spread by their source, one that moves is a new row, and the old one is soft-deleted as it says
	$answers->{groups_move} =~ s/^ug(\|1){2,3}\|5\|NOW.*\n//m if $layout =~ /^(person|tenant|own)$/;
	for my $name (sort keys %$expected)
	{
		push @wrong, "$name\n-- plain:\n$expected->{$name}-- Citus:\n$answers->{$name}"
		  if $refused_here{$name} ? $answers->{$name} !~ /^ERROR: {2}0A000: /m : $answers->{$name} ne $expected->{$name};
	}
	is(join("\n", @wrong), '', "$layout: " . keys(%$expected) . ' calls');
}

done_testing();

sub node
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init;
	$node->append_conf('postgresql.conf', <<'CONF');
listen_addresses = '127.0.0.1'
shared_preload_libraries = 'citus'
max_prepared_transactions = 100
citus.node_conninfo = 'sslmode=disable'
citus.shard_count = 4
CONF
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION citus');
	return $node;
}

# What each call prints, errors and their details among it, by its name.
sub answers
{
	my ($node, $layout, $spread) = @_;
	my $said = said($node, "SET client_min_messages = error;\n" . set_up($layout, $spread));

	BAIL_OUT("$layout: $said") if $said =~ /ERROR/;
	$said = said($node, join "\n", "SET search_path = by_$layout, public;", 'SET client_min_messages = warning;',
		map { "\\echo === $_->[0]\n$_->[1]" } calls($layout));
	# times of now, and the fields that only a server's own tables have
	$said =~ s/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d+(\+00(:00)?)?/NOW/g;
	$said =~ s/^(LOCATION|CONTEXT|SCHEMA NAME|TABLE NAME|CONSTRAINT NAME|SQL statement).*\n//mg;
	return { $said =~ /^=== (\w+)\n((?:(?!=== ).*\n)*)/mg };
}

sub said
{
	my ($node, $script) = @_;
	my $said = '';

	IPC::Run::run([ 'psql', '-XqAt', '-v', 'VERBOSITY=verbose', '-d', $node->connstr('postgres'), '-f', '-' ], '<', \$script, '>&', \$said);
	return $said =~ s/psql:<stdin>:\d+: //gr;
}

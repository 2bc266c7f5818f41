use strict;
use warnings;
use DBI;
use JSON::PP;

my $db = DBI->connect('dbi:Pg:', '', '', {RaiseError => 1, PrintError => 0});

sub call
{
	my ($text, @values) = @_;
	my ($value) = $db->selectrow_array("SELECT $text", {}, map { ref $_ ? encode_json($_) : $_ } @values);
	return decode_json($value);
}

my $user = call('user_with_projects(?)', 1);
my $users = call('assoc.find_all(?, ?)', 'User', {order => ['name'], include => ['projects']});

$db->begin_work;
call('assoc.create(?, ?)', 'User', {name => 'Cid', projects => {connect => [1]}});
$db->commit;

eval { call('assoc.create(?, ?)', 'User', {email => 'nowhere'}) };
my $state = $db->state;

die 'wrong' unless $user->{name} eq 'Ann' && @$users == 2 && $state eq '23514';
print "perl\n";

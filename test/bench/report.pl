#!/usr/bin/perl
#
# report.pl: the results of a run for the terminal, for docs/performance.md, and as
# the chart there.
#
#	report.pl text|markdown|svg RESULTS-FOLDER
#	report.pl publish RESULTS-FOLDER DOCS-FOLDER	(and .../clients, what was measured from Node.js)

use strict;
use warnings;

my ($mode, $results, $docs) = @ARGV;
my %modes = (text => \&text, markdown => \&markdown, svg => \&svg);

if (($mode // '') eq 'publish' && defined $docs) {
	publish();
}
elsif (defined $results && $modes{ $mode // '' }) {
	print $modes{$mode}->();
}
else {
	die "usage: report.pl text|markdown|svg RESULTS-FOLDER, or publish RESULTS-FOLDER DOCS-FOLDER\n";
}

# Replaces a chart, and the figures between their marks in the page: those from Node.js are in a folder of that name.
sub publish {
	my $kind = $results =~ m{clients/?$} ? 'clients' : 'figures';
	my $page = slurp("$docs/performance.md");
	my $figures = markdown();
	$page =~ s/(<!-- $kind -->\n).*(<!-- end of $kind -->)/$1$figures$2/s
	  or die "$docs/performance.md has no marks for the $kind\n";
	spit("$docs/performance.md", $page);
	spit("$docs/" . ($kind eq 'clients' ? 'performance-clients.svg' : 'performance.svg'), svg());
}


# ---- reading ----

sub slurp {
	my ($name) = @_;
	open my $file, '<', $name or die "$name: $!\n";
	local $/;
	return <$file>;
}

sub spit {
	my ($name, $content) = @_;
	open my $file, '>', $name or die "$name: $!\n";
	print $file $content;
	close $file or die "$name: $!\n";
}

# Fields of a line of CSV; none of ours holds a newline.
sub fields {
	my ($line) = @_;
	my @fields;
	while ($line =~ /\G(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/g) {
		my $field = $1 // $2;
		my $end = $3 eq '';
		$field =~ s/""/"/g;
		push @fields, $field;
		last if $end;
	}
	return @fields;
}

sub rows {
	my ($head, @lines) = split /\n/, slurp("$results/results.csv");
	my @names = fields($head);
	return map {
		my %row;
		@row{@names} = fields($_);
		\%row
	} @lines;
}

sub environment {
	my ($version, $cores, $model, $date, $load) = split /\n/, slurp("$results/environment");
	$version =~ s/ .*//;
	return "PostgreSQL $version, $cores cores" . ($model ne '' ? " ($model)" : '') . ", $date, load average $load at the start";
}


# ---- writing ----

# Three figures, in the unit that fits.
sub amount {
	my ($value, $unit) = @_;
	return sprintf '%.0f rows', $value if $unit eq 'rows';
	return sprintf '%.1f MB', $value / 2**20 if $unit eq 'bytes';
	return figures($value * 1e6) . ' µs' if $value < 1e-3;
	return figures($value * 1e3) . ' ms' if $value < 1;
	return figures($value) . ' s';
}

sub figures {
	my ($value) = @_;
	return sprintf $value < 10 ? '%.2f' : $value < 100 ? '%.1f' : '%.0f', $value;
}

sub number {
	my ($value) = @_;
	return $value eq '' ? '' : $value + 0;
}

sub ratio {
	my ($ratio) = @_;
	return sprintf $ratio < 10 ? '%.2f x' : '%.1f x', $ratio;
}

sub text {
	my @table = ([ 'work', 'ours', 'against', '', 'ratio', 'at least', 'reached' ]);
	for my $row (rows()) {
		push @table,
		  [
			$row->{title}, amount($row->{ours}, $row->{unit}),
			"$row->{against}: $row->{fastest}", amount($row->{other}, $row->{unit}),
			ratio($row->{ratio}), number($row->{at_least}), $row->{reached}
		  ];
	}
	return environment() . "\n\n" . join '', map { aligned($_, widths(@table)) } @table;
}

sub widths {
	my @widths;
	for my $row (@_) {
		for my $i (0 .. $#$row) {
			my $length = display_length($row->[$i]);
			$widths[$i] = $length if $length > ($widths[$i] // 0);
		}
	}
	return @widths;
}

# The source is bytes; a micro sign is two of them.
sub display_length {
	my ($text) = @_;
	return length($text) - ($text =~ tr/\xc2//);
}

# Text to the left, figures to the right.
sub aligned {
	my ($row, @widths) = @_;
	my @cells;
	for my $i (0 .. $#$row) {
		my $pad = ' ' x ($widths[$i] - display_length($row->[$i]));
		push @cells, $i == 0 || $i == 2 ? $row->[$i] . $pad : $pad . $row->[$i];
	}
	return join('  ', @cells) . "\n";
}

sub markdown {
	my $out = environment() . ".\n\n";
	$out .= "| work | ours | against | | ratio | aim |\n|---|---:|---|---:|---:|---:|\n";
	for my $row (rows()) {
		my $aim = $row->{at_least} eq '' ? '' : number($row->{at_least}) . ($row->{reached} eq 'yes' ? ' reached' : ' missed');
		$out .= sprintf "| %s | %s | %s (`%s`) | %s | %s | %s |\n",
		  $row->{title}, amount($row->{ours}, $row->{unit}), $row->{against}, $row->{fastest},
		  amount($row->{other}, $row->{unit}), ratio($row->{ratio}), $aim;
	}
	return $out;
}

# A bar for each ratio of times, from 1 in the middle: to the right what is gained, to the left what is lost, both on
# a logarithmic scale, on which twice as fast is as long as half as fast; a tick at what is aimed at.
sub svg {
	# a time that is less than nothing, what a noisy machine makes of a difference, has no bar
	my @rows = grep { $_->{unit} eq q(s) && $_->{ratio} > 0 } rows();
	my ($left, $width, $step) = (430, 420, 38);
	my $title = $results =~ m{clients/?$} ? 'How many times as fast as other ways from Node.js' : 'How many times as fast as SQL written by hand';
	my $bottom = 58 + $step * @rows;
	my ($height, $full) = ($bottom + 28, $left + $width + 90);
	my $reach = 10;
	for my $value (map { ($_->{ratio}, $_->{at_least} || 1) } @rows) {
		$reach *= 10 while $value > $reach || $value < 1 / $reach;
	}
	my $at = sub { $left + $width / 2 * (1 + log($_[0]) / log($reach)) };
	my $out = <<"END";
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $full $height" font-family="sans-serif" font-size="13" fill="#222222" role="img" aria-label="$title">
<rect width="$full" height="$height" fill="#ffffff"/>
<text x="12" y="24" font-size="15" font-weight="bold">$title</text>
END
	for my $power (axis($reach)) {
		my ($x, $line) = ($at->($power), $power == 1 ? 'stroke="#666666"' : 'stroke="#dddddd"');
		$out .= sprintf qq(<line x1="%.1f" x2="%.1f" y1="46" y2="%d" %s/>\n), $x, $x, $bottom, $line;
		$out .= sprintf qq(<text x="%.1f" y="40" font-size="11" fill="#666666" text-anchor="middle">%s</text>\n), $x, $power < 1 ? '1/' . 1 / $power : $power;
	}
	my $y = 50;
	for my $row (@rows) {
		my ($from, $to) = sort { $a <=> $b } $at->(1), $at->($row->{ratio});
		$out .= sprintf qq(<text x="12" y="%d">%s</text>\n), $y + 11, escaped($row->{title});
		$out .= sprintf qq(<text x="12" y="%d" font-size="11" fill="#666666">against %s</text>\n), $y + 25, escaped($row->{against});
		$out .= sprintf qq(<rect x="%.1f" y="%d" width="%.1f" height="18" rx="2" fill="%s"/>\n), $from, $y + 5, $to - $from, $row->{ratio} < 1 ? '#b4553f' : '#33679a';
		$out .= sprintf qq(<text x="%d" y="%d" text-anchor="end">%s</text>\n), $full - 12, $y + 19, ratio($row->{ratio});
		$out .= tick($at->($row->{at_least}), $y) if $row->{at_least} ne '';
		$y += $step;
	}
	$out .= sprintf qq(<text x="%d" y="%d" font-size="11" fill="#666666">blue: faster; red: slower; orange: the aim</text>\n), $left, $bottom + 18;
	return "$out</svg>\n";
}

# 1, and the powers of ten on both sides of it
sub axis {
	my ($reach) = @_;
	my @powers = (1);
	for (my $power = 10; $power <= $reach; $power *= 10) {
		@powers = (1 / $power, @powers, $power);
	}
	return @powers;
}

sub tick {
	my ($x, $y) = @_;
	return sprintf qq(<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#d08a1d" stroke-width="3"/>\n), $x, $x, $y, $y + 28;
}

sub escaped {
	my ($text) = @_;
	my %entity = ('&' => '&amp;', '<' => '&lt;', '>' => '&gt;');
	$text =~ s/([&<>])/$entity{$1}/g;
	return $text;
}

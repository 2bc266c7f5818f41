/*-------------------------------------------------------------------------
 *
 * naming.c
 *	  Derived names: singular and plural, snake_case and camelCase.
 *
 * Decides what a word's counterpart is and where the words of a name begin.
 * Whether a name is derived at all, and from what, the callers decide.
 *
 * English is three tables, read in order: whole words, ends of words, and
 * then the spelling rules.  The first entry that fits says both whether the
 * word is a singular or a plural and what its other form is, so that asking
 * for the plural of a plural can never add a second ending.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/naming.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

typedef enum NounForm
{
	FORM_SINGULAR,
	FORM_PLURAL,
	FORM_BOTH					/* sheep: nothing to change either way */
} NounForm;

typedef struct WordPair
{
	const char *singular;
	const char *plural;
} WordPair;

typedef struct SpellingRule
{
	const char *ending;
	NounForm	form;			/* of a word with this ending */
	const char *other;			/* ending of the other form; NULL for FORM_BOTH */
} SpellingRule;

/* what the tables say about one word */
typedef struct Reading
{
	NounForm	form;
	int			stem;			/* bytes that both forms share */
	const char *other;			/* what follows the stem in the other form */
} Reading;

static char *inflect(const char *name, NounForm unwanted);
static char *other_form(char *word, NounForm unwanted);
static Reading read_word(const char *word);
static bool read_pairs(const char *word, int len, const WordPair *pairs,
					   int npairs, bool whole, Reading *reading);
static Reading read_spelling(const char *word, int len);
static char *in_case_of(const char *name, int start, const char *form);
static bool ending_is_upper(const char *name, int start, const char *ending);
static bool fits_end(const char *word, int len, const char *ending,
					 bool whole, int *stem);
static int	last_word(const char *name);
static bool word_starts(const char *name, int at);
static bool joins_words(const char *name, int at);
static bool is_word_byte(char c);
static bool is_digit(char c);
static bool is_upper(char c);
static bool is_lower(char c);
static int	count_upper(const char *s);
static int	count_lower(const char *s);
static char *lower_copy(const char *s);
pg_noreturn static void report_bad_name_at(const char *name, const char *what,
											const DocPath *path);

/*
 * Words that stand in a table alone or as the last word of a name.
 *
 * Where a singular comes twice, the first line is the plural that we make and
 * the others are plurals that we understand.
 */
static const WordPair whole_words[] = {
	/* vowel changes and old plurals; "mongoose" and "box" are regular */
	{"ox", "oxen"}, {"mouse", "mice"}, {"dormouse", "dormice"},
	{"louse", "lice"}, {"goose", "geese"}, {"die", "dice"}, {"die", "dies"},
	{"passerby", "passersby"},

	/* Latin and Greek */
	{"medium", "media"}, {"phenomenon", "phenomena"},
	{"automaton", "automata"}, {"curriculum", "curricula"},
	{"stratum", "strata"}, {"bacterium", "bacteria"},
	{"memorandum", "memoranda"}, {"addendum", "addenda"},
	{"erratum", "errata"}, {"millennium", "millennia"},
	{"symposium", "symposia"}, {"stadium", "stadiums"},
	{"stadium", "stadia"}, {"schema", "schemas"}, {"schema", "schemata"},
	{"formula", "formulas"}, {"formula", "formulae"},
	{"antenna", "antennas"}, {"antenna", "antennae"}, {"larva", "larvae"},
	{"vertebra", "vertebrae"}, {"alga", "algae"}, {"alumna", "alumnae"},
	{"vertex", "vertices"}, {"vortex", "vortices"}, {"codex", "codices"},
	{"helix", "helices"}, {"appendix", "appendices"},
	{"genus", "genera"}, {"corpus", "corpora"}, {"cactus", "cacti"},
	{"octopus", "octopuses"}, {"octopus", "octopi"}, {"nucleus", "nuclei"},
	{"radius", "radii"}, {"alumnus", "alumni"}, {"stimulus", "stimuli"},
	{"fungus", "fungi"}, {"locus", "loci"}, {"syllabus", "syllabuses"},
	{"syllabus", "syllabi"}, {"axis", "axes"}, {"oasis", "oases"},
	{"emphasis", "emphases"}, {"nemesis", "nemeses"},
	{"ellipsis", "ellipses"}, {"synopsis", "synopses"},
	{"neurosis", "neuroses"}, {"psychosis", "psychoses"},
	{"metamorphosis", "metamorphoses"},

	/* singulars in -s whose plural would otherwise read as "...e" + "s" */
	{"gas", "gases"}, {"atlas", "atlases"}, {"pancreas", "pancreases"},
	{"cosmos", "cosmoses"}, {"thermos", "thermoses"},
	{"rhinoceros", "rhinoceroses"}, {"summons", "summonses"},
	{"iris", "irises"}, {"pelvis", "pelvises"}, {"trellis", "trellises"},
	{"mantis", "mantises"}, {"topaz", "topazes"}, {"whiz", "whizzes"},

	/* ... and in -se, -sse, -che, whose plural would lose the e */
	{"use", "uses"}, {"reuse", "reuses"}, {"misuse", "misuses"},
	{"excuse", "excuses"}, {"abuse", "abuses"}, {"fuse", "fuses"},
	{"ruse", "ruses"}, {"muse", "muses"}, {"recluse", "recluses"},
	{"hypotenuse", "hypotenuses"}, {"posse", "posses"},
	{"mousse", "mousses"}, {"crevasse", "crevasses"},
	{"impasse", "impasses"}, {"finesse", "finesses"}, {"ache", "aches"},
	{"headache", "headaches"}, {"toothache", "toothaches"},
	{"niche", "niches"}, {"avalanche", "avalanches"},
	{"quiche", "quiches"}, {"cliche", "cliches"}, {"tranche", "tranches"},
	{"mustache", "mustaches"}, {"moustache", "moustaches"},
	{"psyche", "psyches"}, {"creche", "creches"},

	/* -ch that sounds like k */
	{"stomach", "stomachs"}, {"monarch", "monarchs"},
	{"patriarch", "patriarchs"}, {"matriarch", "matriarchs"},
	{"epoch", "epochs"}, {"loch", "lochs"}, {"eunuch", "eunuchs"},

	/* -ie, for most plurals in -ies come from -y */
	{"tie", "ties"}, {"necktie", "neckties"}, {"pie", "pies"},
	{"magpie", "magpies"}, {"lie", "lies"}, {"genie", "genies"},
	{"zombie", "zombies"}, {"calorie", "calories"}, {"selfie", "selfies"},
	{"brownie", "brownies"}, {"hippie", "hippies"}, {"rookie", "rookies"},
	{"bookie", "bookies"}, {"junkie", "junkies"}, {"talkie", "talkies"},
	{"prairie", "prairies"}, {"hoodie", "hoodies"}, {"foodie", "foodies"},
	{"smoothie", "smoothies"}, {"newbie", "newbies"},
	{"freebie", "freebies"}, {"indie", "indies"}, {"birdie", "birdies"},
	{"sortie", "sorties"}, {"goalie", "goalies"}, {"budgie", "budgies"},
	{"veggie", "veggies"}, {"auntie", "aunties"}, {"collie", "collies"},
	{"pixie", "pixies"}, {"techie", "techies"}, {"reverie", "reveries"},
	{"menagerie", "menageries"}, {"sweetie", "sweeties"},

	/* -o that takes -es, for most take -s */
	{"echo", "echoes"}, {"veto", "vetoes"}, {"torpedo", "torpedoes"},
	{"embargo", "embargoes"}, {"mosquito", "mosquitoes"},
	{"buffalo", "buffaloes"}, {"volcano", "volcanoes"},
	{"tornado", "tornadoes"}, {"domino", "dominoes"},
	{"cargo", "cargos"}, {"cargo", "cargoes"}, {"mango", "mangos"},
	{"mango", "mangoes"}, {"motto", "mottos"}, {"motto", "mottoes"},
	{"zero", "zeros"}, {"zero", "zeroes"}, {"halo", "halos"},
	{"halo", "haloes"},

	/* -f and -fe that become -ves; "roof" and "chief" are regular */
	{"life", "lives"}, {"afterlife", "afterlives"}, {"calf", "calves"},
	{"elf", "elves"}, {"sheaf", "sheaves"}, {"hoof", "hooves"},
	{"scarf", "scarves"}, {"wharf", "wharves"}, {"dwarf", "dwarfs"},
	{"dwarf", "dwarves"},

	/* -i and -u: the plural looks like a Latin singular (axis, status) */
	{"api", "apis"}, {"abi", "abis"}, {"uri", "uris"}, {"kpi", "kpis"},
	{"npi", "npis"}, {"mri", "mris"}, {"doi", "dois"}, {"poi", "pois"},
	{"roi", "rois"}, {"ui", "uis"}, {"gui", "guis"}, {"cli", "clis"},
	{"pi", "pis"}, {"phi", "phis"}, {"psi", "psis"}, {"taxi", "taxis"},
	{"ski", "skis"}, {"alibi", "alibis"}, {"emoji", "emojis"},
	{"bikini", "bikinis"}, {"rabbi", "rabbis"}, {"safari", "safaris"},
	{"kiwi", "kiwis"}, {"mini", "minis"}, {"maxi", "maxis"},
	{"yeti", "yetis"}, {"sari", "saris"}, {"khaki", "khakis"},
	{"tsunami", "tsunamis"}, {"salami", "salamis"}, {"alkali", "alkalis"},
	{"martini", "martinis"}, {"zucchini", "zucchinis"},
	{"guru", "gurus"}, {"emu", "emus"}, {"gnu", "gnus"}, {"sku", "skus"},
	{"cpu", "cpus"}, {"gpu", "gpus"}, {"tpu", "tpus"}, {"npu", "npus"},
	{"mcu", "mcus"}, {"ecu", "ecus"}, {"iou", "ious"}, {"tutu", "tutus"},
	{"zulu", "zulus"}, {"luau", "luaus"}, {"caribou", "caribous"},
	{"bayou", "bayous"}, {"snafu", "snafus"},

	/* regular, and here because an end of words below would catch them */
	{"german", "germans"}, {"roman", "romans"}, {"norman", "normans"},
	{"shaman", "shamans"}, {"talisman", "talismans"},
	{"ottoman", "ottomans"}, {"caiman", "caimans"}, {"omen", "omens"},
	{"specimen", "specimens"}, {"regimen", "regimens"},
	{"abdomen", "abdomens"}, {"stamen", "stamens"}, {"craft", "crafts"},
	{"ware", "wares"},

	/* a lone y has no stem that "ies" could be put after: axisY, axisYs */
	{"y", "ys"},

	/* one form for both */
	{"advice", "advice"}, {"analytics", "analytics"}, {"aws", "aws"},
	{"baggage", "baggage"}, {"bison", "bison"}, {"cash", "cash"},
	{"chaos", "chaos"}, {"chassis", "chassis"}, {"chess", "chess"},
	{"clothing", "clothing"}, {"cms", "cms"}, {"corps", "corps"},
	{"debris", "debris"}, {"dns", "dns"}, {"economics", "economics"},
	{"equipment", "equipment"}, {"ethics", "ethics"}, {"ethos", "ethos"},
	{"evidence", "evidence"}, {"feedback", "feedback"},
	{"furniture", "furniture"}, {"genetics", "genetics"}, {"gps", "gps"},
	{"headquarters", "headquarters"}, {"health", "health"},
	{"homework", "homework"}, {"https", "https"},
	{"information", "information"}, {"ios", "ios"},
	{"jewelry", "jewelry"}, {"knowledge", "knowledge"},
	{"kudos", "kudos"}, {"livestock", "livestock"},
	{"logistics", "logistics"}, {"luggage", "luggage"},
	{"machinery", "machinery"}, {"mathematics", "mathematics"},
	{"means", "means"}, {"money", "money"}, {"moose", "moose"},
	{"multimedia", "multimedia"}, {"music", "music"}, {"news", "news"},
	{"offspring", "offspring"}, {"os", "os"}, {"physics", "physics"},
	{"police", "police"}, {"politics", "politics"},
	{"research", "research"}, {"rice", "rice"}, {"s", "s"},
	{"salmon", "salmon"}, {"sms", "sms"}, {"staff", "staff"},
	{"stuff", "stuff"}, {"swine", "swine"}, {"tennis", "tennis"},
	{"tls", "tls"}, {"traffic", "traffic"}, {"trout", "trout"},
	{"weather", "weather"}, {"wheat", "wheat"}, {"wildlife", "wildlife"},
};

/* Words that also close a longer word written as one: grandchild, bookshelf. */
static const WordPair word_ends[] = {
	{"person", "people"}, {"child", "children"}, {"human", "humans"},
	{"man", "men"}, {"foot", "feet"}, {"tooth", "teeth"},
	{"metadata", "metadata"}, {"datum", "data"}, {"criterion", "criteria"},
	{"matrix", "matrices"}, {"index", "indices"}, {"index", "indexes"},
	{"crisis", "crises"}, {"thesis", "theses"}, {"lysis", "lyses"},
	{"gnosis", "gnoses"}, {"genesis", "geneses"}, {"polis", "polises"},
	{"quiz", "quizzes"}, {"alias", "aliases"}, {"canvas", "canvases"},
	{"bias", "biases"}, {"lens", "lenses"}, {"cache", "caches"},
	{"tech", "techs"}, {"movie", "movies"}, {"cookie", "cookies"},
	{"hero", "heroes"}, {"potato", "potatoes"}, {"tomato", "tomatoes"},
	{"leaf", "leaves"}, {"loaf", "loaves"}, {"knife", "knives"},
	{"wife", "wives"}, {"wolf", "wolves"}, {"half", "halves"},
	{"shelf", "shelves"}, {"self", "selves"}, {"thief", "thieves"},
	{"wiki", "wikis"}, {"menu", "menus"}, {"eau", "eaus"},
	{"fish", "fish"}, {"sheep", "sheep"}, {"deer", "deer"},
	{"craft", "craft"}, {"ware", "ware"}, {"series", "series"},
	{"species", "species"},
};

/*
 * Spelling of all other words.  Singulars that end in s stand first, then
 * plurals, then the other singulars; the last line fits every word.
 *
 * An unknown word in -i or -u stays as it is: its plural could not be told
 * from a singular such as "status", and would get a second ending next time.
 */
static const SpellingRule spelling_rules[] = {
	{"ss", FORM_SINGULAR, "sses"},
	{"us", FORM_SINGULAR, "uses"},
	{"sis", FORM_SINGULAR, "ses"},
	{"is", FORM_SINGULAR, "ises"},
	{"i", FORM_BOTH, NULL},
	{"u", FORM_BOTH, NULL},

	{"sses", FORM_PLURAL, "ss"},
	{"shes", FORM_PLURAL, "sh"},
	{"ches", FORM_PLURAL, "ch"},
	{"xes", FORM_PLURAL, "x"},
	{"tzes", FORM_PLURAL, "tz"},
	{"zzes", FORM_PLURAL, "zz"},
	{"auses", FORM_PLURAL, "ause"},
	{"ouses", FORM_PLURAL, "ouse"},
	{"uses", FORM_PLURAL, "us"},
	{"ies", FORM_PLURAL, "y"},
	{"s", FORM_PLURAL, ""},

	{"sh", FORM_SINGULAR, "shes"},
	{"ch", FORM_SINGULAR, "ches"},
	{"x", FORM_SINGULAR, "xes"},
	{"tz", FORM_SINGULAR, "tzes"},
	{"zz", FORM_SINGULAR, "zzes"},
	{"ay", FORM_SINGULAR, "ays"},
	{"ey", FORM_SINGULAR, "eys"},
	{"oy", FORM_SINGULAR, "oys"},
	{"quy", FORM_SINGULAR, "quies"},
	{"uy", FORM_SINGULAR, "uys"},
	{"y", FORM_SINGULAR, "ies"},
	{"", FORM_SINGULAR, "s"},
};

char *
naming_plural(const char *name)
{
	return inflect(name, FORM_SINGULAR);
}

char *
naming_singular(const char *name)
{
	return inflect(name, FORM_PLURAL);
}

char *
naming_snake(const char *name)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; name[i] != '\0'; i++)
	{
		if (i > 0 && is_word_byte(name[i - 1]) && word_starts(name, i))
			appendStringInfoChar(&buf, '_');
		appendStringInfoChar(&buf, pg_ascii_tolower((unsigned char) name[i]));
	}
	return buf.data;
}

char *
naming_camel(const char *name)
{
	StringInfoData buf;
	bool		raise = false;	/* the next byte begins a word that we joined */

	initStringInfo(&buf);
	for (int i = 0; name[i] != '\0'; i++)
	{
		unsigned char c = name[i];

		if (joins_words(name, i))
		{
			raise = true;
			continue;
		}
		if (i > 0 && is_word_byte(name[i - 1]) && word_starts(name, i))
			raise = true;
		appendStringInfoChar(&buf, raise ? pg_ascii_toupper(c) : pg_ascii_tolower(c));
		raise = false;
	}
	return buf.data;
}

bool
naming_is_camel(const char *name)
{
	return name[0] != '\0' && count_upper(name + 1) > 0 &&
		strchr(name, '_') == NULL;
}

char *
naming_table(const char *model)
{
	return naming_snake(naming_plural(model));
}

char *
naming_foreign_key(const char *model, const char *key_column, const char *style_of)
{
	char	   *key = naming_snake(psprintf("%s_%s", naming_singular(model), key_column));

	if (style_of == NULL || !naming_is_camel(style_of))
		return key;

	/* UserId, as some ORMs write keys, wants ProjectId beside it */
	key = naming_camel(key);
	if (is_upper(style_of[0]))
		key[0] = pg_ascii_toupper((unsigned char) key[0]);
	return key;
}

void
naming_check(const char *name, const char *what, const DocPath *path)
{
	int			len = strlen(name);

	if (len > 0 && len < NAMEDATALEN)
		return;
	if (path != NULL)
		report_bad_name_at(name, what, path);
	if (len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("name for %s is empty", what)));
	ereport(ERROR,
			(errcode(ERRCODE_NAME_TOO_LONG),
			 errmsg("name for %s is too long: \"%s\"", what, error_name(name)),
			 errdetail("The name has %d bytes, and PostgreSQL would cut it to %d.",
					   len, NAMEDATALEN - 1),
			 errhint("Give a shorter name.")));
}

static void
report_bad_name_at(const char *name, const char *what, const DocPath *path)
{
	if (name[0] == '\0')
		error_document(ERRCODE_INVALID_NAME, path, NULL, "name for %s is empty", what);
	error_document(ERRCODE_NAME_TOO_LONG, path,
				   psprintf(_("The name has %d bytes, and PostgreSQL would cut it to %d. Give a shorter name."),
							(int) strlen(name), NAMEDATALEN - 1),
				   "name for %s is too long: \"%s\"", what, error_name(name));
}

/*
 * Turn the last word of a name into its other form if it has the unwanted one.
 */
static char *
inflect(const char *name, NounForm unwanted)
{
	int			start = last_word(name);
	char	   *word = lower_copy(name + start);

	/* other scripts and plain numbers are not English */
	if (count_lower(word) == 0)
		return pstrdup(name);
	return in_case_of(name, start, other_form(word, unwanted));
}

/*
 * One step is enough but where a spelling rule arrives at a word of the
 * tables: "childrens" is first "children".  A word of the tables is never
 * followed by another step, so two steps are all that can be needed; without
 * the second, the singular of a singular could be something else again.
 */
static char *
other_form(char *word, NounForm unwanted)
{
	for (int step = 0; step < 2; step++)
	{
		Reading		reading = read_word(word);

		if (reading.form != unwanted)
			break;
		word = psprintf("%.*s%s", reading.stem, word, reading.other);
	}
	return word;
}

static Reading
read_word(const char *word)
{
	int			len = strlen(word);
	Reading		reading;

	if (read_pairs(word, len, whole_words, lengthof(whole_words), true, &reading) ||
		read_pairs(word, len, word_ends, lengthof(word_ends), false, &reading))
		return reading;
	return read_spelling(word, len);
}

static bool
read_pairs(const char *word, int len, const WordPair *pairs, int npairs,
		   bool whole, Reading *reading)
{
	for (const WordPair *pair = pairs; pair < pairs + npairs; pair++)
	{
		if (fits_end(word, len, pair->singular, whole, &reading->stem))
		{
			bool		same = strcmp(pair->singular, pair->plural) == 0;

			reading->form = same ? FORM_BOTH : FORM_SINGULAR;
			reading->other = pair->plural;
			return true;
		}
		if (fits_end(word, len, pair->plural, whole, &reading->stem))
		{
			reading->form = FORM_PLURAL;
			reading->other = pair->singular;
			return true;
		}
	}
	return false;
}

static Reading
read_spelling(const char *word, int len)
{
	Reading		reading;

	for (const SpellingRule *rule = spelling_rules;
		 rule < spelling_rules + lengthof(spelling_rules); rule++)
	{
		if (fits_end(word, len, rule->ending, false, &reading.stem))
		{
			reading.form = rule->form;
			reading.other = rule->other;
			return reading;
		}
	}
	elog(ERROR, "no spelling rule fits \"%s\"", word);
	pg_unreachable();
}

/*
 * Put a lower-case form in place of the last word.  What both share keeps the
 * bytes of the name, and only what is new needs a case.
 */
static char *
in_case_of(const char *name, int start, const char *form)
{
	StringInfoData buf;
	int			same = 0;
	bool		upper;

	while (form[same] != '\0' &&
		   form[same] == (char) pg_ascii_tolower((unsigned char) name[start + same]))
		same++;
	upper = ending_is_upper(name, start, form + same);

	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, name, start + same);
	for (const char *c = form + same; *c != '\0'; c++)
		appendStringInfoChar(&buf, upper ? pg_ascii_toupper((unsigned char) *c) : *c);
	return buf.data;
}

/*
 * PERSON gives PEOPLE, but userID gives userIDs: there the acronym is upper
 * case, not the name.  UserCITY gives UserCITIES all the same, since in
 * UserCITies the last word would be "Ties".  Nothing is upper case behind a digit:
 * the S of TN4S would begin a word, so TN4 gives TN4s.
 */
static bool
ending_is_upper(const char *name, int start, const char *ending)
{
	if (is_digit(name[strlen(name) - 1]))
		return false;
	if (count_lower(name) == 0)
		return count_upper(name) > 1;
	return count_lower(name + start) == 0 && count_upper(name + start) > 1 &&
		strcmp(ending, "s") != 0;
}

static bool
fits_end(const char *word, int len, const char *ending, bool whole, int *stem)
{
	*stem = len - (int) strlen(ending);
	if (whole ? *stem != 0 : *stem < 0)
		return false;
	return strcmp(word + *stem, ending) == 0;
}

/*
 * Offset of the last word; the end where the name does not end with a word.
 */
static int
last_word(const char *name)
{
	int			at = strlen(name);

	if (at == 0 || !is_word_byte(name[at - 1]))
		return at;
	do
		at--;
	while (!word_starts(name, at));
	return at;
}

/*
 * Does a word begin here?  After any other byte than a letter or digit, at
 * the capital of userName, and at the last capital of HTTPServer.  Not at the
 * last capital of userIDs and of IPv4, where a plural s or a version follows the
 * acronym, nor inside OAuth.
 */
static bool
word_starts(const char *name, int at)
{
	const char *next = name + at + 1;

	if (!is_word_byte(name[at]))
		return false;
	if (at == 0 || !is_word_byte(name[at - 1]))
		return true;
	if (!is_upper(name[at]))
		return false;
	if (!is_upper(name[at - 1]))
		return true;
	if (next[0] == 's' && (!is_word_byte(next[1]) || is_upper(next[1])))
		return false;
	if (next[0] == 'v' && is_digit(next[1]))
		return false;
	if (name[at - 1] == 'O' && word_starts(name, at - 1) && strncmp(next, "uth", 3) == 0)
		return false;
	return is_lower(next[0]);
}

/*
 * An underscore that camelCase writes as a capital.  Others stay: "address_2"
 * and "_id" would not come back from snake case as they were.
 */
static bool
joins_words(const char *name, int at)
{
	return name[at] == '_' && at > 0 && is_word_byte(name[at - 1]) &&
		(is_lower(name[at + 1]) || is_upper(name[at + 1]));
}

/* letters and digits; in every server encoding other letters have the high bit */
static bool
is_word_byte(char c)
{
	return is_lower(c) || is_upper(c) || is_digit(c) || IS_HIGHBIT_SET(c);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static int
count_upper(const char *s)
{
	int			count = 0;

	for (; *s != '\0'; s++)
		count += is_upper(*s);
	return count;
}

static int
count_lower(const char *s)
{
	int			count = 0;

	for (; *s != '\0'; s++)
		count += is_lower(*s);
	return count;
}

static char *
lower_copy(const char *s)
{
	char	   *copy = pstrdup(s);

	for (char *c = copy; *c != '\0'; c++)
		*c = pg_ascii_tolower((unsigned char) *c);
	return copy;
}

/*
 * SQL functions.  Not strict by declaration, as all of ours; NULL gives NULL.
 */
PG_FUNCTION_INFO_V1(naming_pluralize);
PG_FUNCTION_INFO_V1(naming_singularize);
PG_FUNCTION_INFO_V1(naming_snake_case);

Datum
naming_pluralize(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(naming_plural(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

Datum
naming_singularize(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(naming_singular(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

Datum
naming_snake_case(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(naming_snake(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

bool
naming_among(const List *names, const char *name)
{
	foreach_ptr(char, known, names)
	{
		if (strcmp(known, name) == 0)
			return true;
	}
	return false;
}

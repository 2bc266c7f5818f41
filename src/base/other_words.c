/*-------------------------------------------------------------------------
 *
 * other_words.c
 *	  Words of other tools that people type first, and what they are here.
 *
 * Decides what a word of Sequelize, Prisma, Rails or Django was meant to be, where it is not the one
 * that is written most alike.  It is said only where the right one is known too: "as" is an option of an
 * include, and an argument of a declaration.  And where words belong that are like no option: a condition or
 * data that stands in the place of options.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/naming.h"
#include "base/other_words.h"

typedef struct OtherWord
{
	const char *what;			/* as errors call what is known */
	const char *known;			/* shown where this key is known too; NULL: anywhere */
	const char *word;
	const char *hint;
} OtherWord;

#define EAGER "Here it is \"include\": [\"projects\"]."
#define ORDER "Here it is \"order\": [[\"name\", \"DESC\"]]."
#define GROUPS "Groups are made by assoc.aggregate."
#define DATA "The data is the document itself: assoc.create('User', '{\"name\": \"Ann\"}')."
#define DATA_FIRST "Data comes first, options after it."
#define CONDITIONS "Conditions stand under \"where\": {\"where\": {\"name\": \"Ann\"}}."
#define DOCUMENT "Documents come as plain JSON."
#define ARGUMENTS "Arguments stand beside the name of the validator: \"len\": [2, 40]."
#define OR "Here it is \"or\": [{...}, {...}]."
#define AND "Here it is \"and\": [{...}, {...}], or more conditions in one object."
#define NOT "Here it is \"not\": {...}."
#define CASCADE "Here it is \"onDelete\": \"CASCADE\", and \"onDestroy\" for soft deletion."
#define OPTIONAL "A foreign key may be null unless its attribute says \"allowNull\": false."
#define ENUM "Make a type with CREATE TYPE ... AS ENUM and name it, or use text with the validator isIn."

static const OtherWord other_words[] = {
	/* loads */
	{"options", "attributes", "select", "Here it is \"attributes\": [\"id\", \"name\"]."},
	{"options", "offset", "skip", "Here it is \"offset\"."},
	{"options", "offset", "page", "Here it is \"limit\" and \"offset\", or \"after\": the \"next\" of a page of assoc.find_page."},
	{"options", "limit", "take", "Here it is \"limit\"."},
	{"options", "order", "orderBy", ORDER},
	{"options", "order", "order_by", ORDER},
	{"options", "order", "sort", ORDER},
	{"options", "include", "with", EAGER},
	{"options", "include", "includes", EAGER},
	{"options", "include", "relations", EAGER},
	{"options", "include", "populate", EAGER},
	{"options", "include", "prefetch_related", EAGER},
	{"options", "include", "select_related", EAGER},
	{"options", "include", "group", GROUPS},
	{"options", "include", "having", GROUPS},
	{"options", "include", "distinct", "Each row comes once, whatever is included."},
	{"options", "include", "transaction", "A call is part of the transaction that it is made in."},
	{"options", "include", "logging", "SET pg_associations.explain = on shows what each load does."},
	{"options", "where", "id", "Conditions stand under \"where\": {\"where\": {\"id\": 1}}."},
	{"options", "association", "model", "Here it is \"association\": its alias."},
	{"options", "after", "cursor", "Here it is \"after\": the \"next\" of a page of assoc.find_page."},
	{"options", "include", "lock", "Rows are locked by assoc.find_for_update."},
	{"options", "include", "raw", DOCUMENT},
	{"options", "include", "nest", DOCUMENT},
	{"options", "include", "plain", DOCUMENT},
	{"attributes and associations", NULL, "data", DATA},
	{"attributes and associations", NULL, "values", DATA},
	{"attributes and associations", NULL, "where", DATA_FIRST},
	{"attributes and associations", NULL, "include", DATA_FIRST},
	{"attributes and associations", NULL, "attributes", DATA_FIRST},
	{"attributes and associations", NULL, "returning", DATA_FIRST},
	{"attributes and associations", NULL, "fields", DATA_FIRST},
	{"attributes", NULL, "*", "All attributes that are not hidden are shown where \"attributes\" is left out."},
	{"attributes", NULL, "count(*)", "Rows are counted by assoc.count, associated ones by {\"count\": \"projects\", \"as\": \"n\"}."},
	{"attributes", NULL, "OR", OR},
	{"attributes", NULL, "$or", OR},
	{"attributes", NULL, "[Op.or]", OR},
	{"attributes", NULL, "Op.or", OR},
	{"attributes", NULL, "AND", AND},
	{"attributes", NULL, "$and", AND},
	{"attributes", NULL, "[Op.and]", AND},
	{"attributes", NULL, "Op.and", AND},
	{"attributes", NULL, "NOT", NOT},
	{"attributes", NULL, "$not", NOT},
	{"attributes", NULL, "[Op.not]", NOT},
	{"attributes", NULL, "Op.not", NOT},
	{"operators", "eq", "equals", "Here it is \"eq\", or the value alone."},
	{"operators", "eq", "exact", "Here it is \"eq\", or the value alone."},
	{"operators", "iLike", "icontains", "Here it is {\"iLike\": \"%x%\"}."},
	{"operators", "iLike", "mode", "Here it is another operator: {\"iLike\": \"%x%\"}."},
	{"operators", "eq", "isNull", "Here it is null: {\"born\": null}, or {\"born\": {\"ne\": null}}."},
	{"operators", "eq", "isEmpty", "Here it is {\"eq\": []}, or {\"ne\": []}."},
	{"operators", "contains", "has", "Here it is \"contains\" with an array: {\"contains\": [\"x\"]}."},
	{"operators", "contains", "hasEvery", "Here it is \"contains\"."},
	{"operators", "overlap", "hasSome", "Here it is \"overlap\"."},
	{"operators", "eq", "path", "A path is part of the key: {\"meta.lang\": \"en\"}."},
	{"operators", "websearch", "search", "Here it is \"websearch\"."},
	/* associations */
	{"options", "onDelete", "as", "It is an argument: alias => 'projects'."},
	{"options", "onDelete", "foreignKey", "It is an argument: foreign_key => 'user_id'."},
	{"options", "onDelete", "foreign_key", "It is an argument: foreign_key => 'user_id'."},
	{"options", "onDelete", "otherKey", "It is an argument: other_key => 'project_id'."},
	{"options", "onDelete", "sourceKey", "It is an argument: source_key => 'code'."},
	{"options", "onDelete", "targetKey", "It is an argument: target_key => 'code'."},
	{"options", "onDelete", "related_name", "It is an argument: inverse => 'projects'."},
	{"options", "onDelete", "inverse_of", "It is an argument: inverse => 'projects'."},
	{"options", "onDelete", "class_name", "The model is an argument: target."},
	{"options", "onDelete", "dependent", CASCADE},
	{"options", "onDelete", "cascade", CASCADE},
	{"options", "onDelete", "on_delete", CASCADE},
	{"options", "onDelete", "optional", OPTIONAL},
	{"options", "onDelete", "null", OPTIONAL},
	{"options", "onDelete", "counter_cache", "Here it is \"counter\" of the has_many: with an inverse, {\"inverse\": {\"counter\": \"projects_count\"}}."},
	/* models */
	{"options", "tableName", "freezeTableName", "Here it is \"tableName\": the name of the table."},
	{"options", "tableName", "schema", "The schema stands before the name of the model: assoc.define('tenant1.User')."},
	{"options", "tableName", "modelName", "It is an argument: assoc.define('User')."},
	/* attributes */
	{"attribute keys", NULL, "defaultValue", "Here it is \"default\"."},
	{"attribute keys", NULL, "columnName", "Here it is \"field\"."},
	{"attribute keys", NULL, "notNull", "Here it is \"allowNull\": false."},
	{"attribute keys", NULL, "required", "Here it is \"allowNull\": false."},
	{"attribute keys", NULL, "null", "Here it is \"allowNull\"."},
	{"attribute keys", NULL, "nullable", "Here it is \"allowNull\"."},
	{"attribute keys", NULL, "values", ENUM},
	{"attribute keys", NULL, "choices", ENUM},
	{"attribute keys", NULL, "autoIncrement", "A model that names no primary key gets id bigint GENERATED BY DEFAULT AS IDENTITY."},
	{"attribute keys", NULL, "references", "Declare an association: assoc.belongs_to."},
	{"attribute keys", NULL, "onDelete", "Declare an association: assoc.belongs_to has \"onDelete\"."},
	{"attribute keys", NULL, "onUpdate", "Declare an association: assoc.belongs_to has \"onUpdate\"."},
	{"validators", NULL, "presence", "Here it is \"notEmpty\": true, and \"allowNull\": false of the attribute."},
	{"validators", NULL, "length", "Here it is \"len\": [2, 40]."},
	{"validators", NULL, "format", "Here it is \"is\": a regular expression."},
	{"validators", NULL, "inclusion", "Here it is \"isIn\": [...]."},
	{"validator keys", NULL, "min", ARGUMENTS},
	{"validator keys", NULL, "max", ARGUMENTS},
	{"validator keys", NULL, "minimum", ARGUMENTS},
	{"validator keys", NULL, "maximum", ARGUMENTS},
	{"validators", NULL, "uniqueness", "Say \"unique\": true of the attribute."},
};

typedef struct OtherPlace
{
	const char *known;			/* an option that calls of this kind alone have, but for those above */
	const char *hint;
} OtherPlace;

static const OtherPlace other_places[] = {
	{"old", "Data comes first, options after it, conditions under \"where\": assoc.update('User', '{\"name\": \"Ann\"}', '{\"where\": {\"id\": 1}}')."},
	{"loaded", "The document comes first, options after it."},
	{"fields", DATA_FIRST},
	{"tableName", "Attributes come first, options after them: assoc.define('User', '{\"name\": \"text\"}', '{\"timestamps\": false}')."},
	{"include", CONDITIONS},
	{"all", CONDITIONS},
};

/* of other calls: whoever writes one means an option */
static const char *const options[] = {
	"after", "all", "allow", "as", "association", "attributes", "before", "bigint", "conflict", "defaults", "fields", "force", "group",
	"having", "ignoreDuplicates", "include", "key", "limit", "maxDepth", "offset", "old", "order", "page", "paranoid", "recursive",
	"required", "returning", "scope", "through", "updateOnDuplicate", "values", "wait", "where"
};

const char *
other_words_place(const char *word, List *known, const char *what)
{
	if (strcmp(what, "options") != 0)
		return NULL;
	for (int i = 0; i < (int) lengthof(options); i++)
		if (strcmp(options[i], word) == 0)
			return NULL;
	for (int i = 0; i < (int) lengthof(other_places); i++)
		if (naming_among(known, other_places[i].known))
			return other_places[i].hint;
	return NULL;
}

const char *
other_words_hint(const char *word, List *known, const char *what)
{
	for (int i = 0; i < (int) lengthof(other_words); i++)
	{
		const OtherWord *other = &other_words[i];

		if (strcmp(other->what, what) == 0 && pg_strcasecmp(other->word, word) == 0 &&
			(other->known == NULL || naming_among(known, other->known)))
			return other->hint;
	}
	return NULL;
}

/*-------------------------------------------------------------------------
 *
 * declaration_keys.c
 *	  Which columns are the keys of a declared association.
 *
 * Decides the columns that were not given, in this order: as the existing declaration
 * has them; as the other direction over the same table has them; as a
 * real foreign key of an adopted table has them; by name, in the style of the key
 * that was given.  Whether the columns exist and fit is not decided here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/ddl.h"
#include "base/naming.h"
#include "declare/association.h"

static bool names(const AssociationRow *row, const AssociationRow *inverse);
static int	count_unnamed_mirrors(const AssociationRow *row);
static bool is_symmetric(const AssociationRow *row);
static bool is_mirror(const AssociationRow *row, const AssociationRow *other);
static void choose_pointed_at(Declaration *d);
static void choose_many_to_many(Declaration *d);
static void take_from_standing(Declaration *d);
static void take_from_mirror(Declaration *d);
static AssociationRow *other_direction(const Declaration *d);
static void check_contradiction(const Declaration *d, const AssociationRow *mirror);
pg_noreturn static void report_contradiction(const Declaration *d, const AssociationRow *mirror,
											 const char *argument, List *declared, List *existing);
static List *discover(Oid relation, Oid referenced, List *referenced_columns,
					  List *taken, const char *argument);
static List *columns_that_point(const KeyReference *ref, List *referenced_columns);
static bool is_among(List *columns, List *found);
static void derive_link_keys(Declaration *d);
static void choose_pointer(Declaration *d);
static const char *pointer_model(const Declaration *d);
static List *derive(const char *model, List *pointed_at, List *style_of);

void
declaration_choose_keys(Declaration *d)
{
	take_from_standing(d);
	choose_pointed_at(d);
	if (d->kind == BELONGS_TO_MANY)
		choose_many_to_many(d);
	else
		choose_pointer(d);
}

/* what is not given again is as in the existing declaration */
static void
take_from_standing(Declaration *d)
{
	const AssociationRow *row = d->standing;

	if (row == NULL || row->kind != d->kind || row->target != d->target ||
		row->through != d->through)
		return;
	if (d->source_key == NIL)
		d->source_key = row->source_key;
	if (d->target_key == NIL)
		d->target_key = row->target_key;
	if (d->foreign_key == NIL)
		d->foreign_key = row->foreign_key;
	if (d->other_key == NIL)
		d->other_key = row->other_key;
}

static void
choose_pointed_at(Declaration *d)
{
	if (d->kind != BELONGS_TO)
		d->source_key = key_columns_pointed_at(registry_model(d->source), d->source_key);
	if (d->kind == BELONGS_TO_MANY || d->kind == BELONGS_TO)
		d->target_key = key_columns_pointed_at(registry_model(d->target), d->target_key);
}

/* ---- keys of a join table ---- */

static void
choose_many_to_many(Declaration *d)
{
	if (OidIsValid(d->through))
	{
		take_from_mirror(d);
		if (!registry_model(d->through)->managed)
		{
			if (d->foreign_key == NIL)
				d->foreign_key = discover(d->through, d->source, d->source_key,
										  d->other_key, "foreign_key");
			if (d->other_key == NIL)
				d->other_key = discover(d->through, d->target, d->target_key,
										d->foreign_key, "other_key");
		}
	}
	derive_link_keys(d);
}

static void
take_from_mirror(Declaration *d)
{
	AssociationRow *mirror = other_direction(d);

	if (mirror == NULL)
		return;
	check_contradiction(d, mirror);
	if (d->foreign_key == NIL)
		d->foreign_key = mirror->other_key;
	if (d->other_key == NIL)
		d->other_key = mirror->foreign_key;
}

/*
 * The association of the target that comes back over the same table.  Between a
 * model and itself each association is one, so that only explicit keys identify it.
 */
static AssociationRow *
other_direction(const Declaration *d)
{
	AssociationRow *found = NULL;

	foreach_ptr(AssociationRow, row, registry_read_associations_through(d->through))
	{
		if (row->source != d->target || row->target != d->source)
			continue;
		if (d->source == d->target &&
			(strcmp(row->alias, d->alias) == 0 ||
			 (d->foreign_key == NIL && d->other_key == NIL) ||
			 (d->foreign_key != NIL && !key_columns_equal(d->foreign_key, row->other_key)) ||
			 (d->other_key != NIL && !key_columns_equal(d->other_key, row->foreign_key))))
			continue;
		if (found != NULL && !key_columns_equal(found->foreign_key, row->foreign_key))
			return NULL;		/* several ways back: none is the one */
		found = row;
	}
	return found;
}

/*
 * A key other than the one that the other direction has is a mistake, unless
 * the table really has such a column: then it is another association.
 */
static void
check_contradiction(const Declaration *d, const AssociationRow *mirror)
{
	if (d->foreign_key != NIL &&
		!key_columns_equal(d->foreign_key, mirror->other_key) &&
		key_columns_missing(d->through, d->foreign_key) != NIL)
		report_contradiction(d, mirror, "foreign_key", d->foreign_key, mirror->other_key);
	if (d->other_key != NIL &&
		!key_columns_equal(d->other_key, mirror->foreign_key) &&
		key_columns_missing(d->through, d->other_key) != NIL)
		report_contradiction(d, mirror, "other_key", d->other_key, mirror->foreign_key);
}

static void
report_contradiction(const Declaration *d, const AssociationRow *mirror,
					 const char *argument, List *declared, List *existing)
{
	ereport(ERROR,
			(errcode(ERRCODE_ASSOC_DECLARATION_CONFLICT),
			 errmsg("association \"%s\" of \"%s\" contradicts \"%s\" of \"%s\" over the same join table",
					d->alias, registry_model(d->source)->name,
					mirror->alias, registry_model(d->target)->name),
			 errdetail("%s: declared (%s), existing (%s).", argument,
					   key_columns_text(declared), key_columns_text(existing)),
			 errhint("Give %s => '%s', or leave it out.", argument,
					 key_columns_text(existing))));
}

/*
 * The columns of the one real foreign key that points there; NIL when there is
 * none.  Columns that are the other key already do not count.
 */
static List *
discover(Oid relation, Oid referenced, List *referenced_columns,
		 List *taken, const char *argument)
{
	List	   *found = NIL;
	StringInfoData listed;

	initStringInfo(&listed);
	foreach_ptr(KeyReference, ref, key_references_between(relation, referenced))
	{
		List	   *columns = columns_that_point(ref, referenced_columns);

		if (columns == NIL || key_columns_equal(columns, taken) || is_among(columns, found))
			continue;
		appendStringInfo(&listed, "%s(%s)", found ? ", " : "", key_columns_text(columns));
		found = lappend(found, columns);
	}
	if (list_length(found) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_COLUMN),
				 errmsg("%s has several foreign keys to %s",
						ddl_table(relation), ddl_table(referenced)),
				 errdetail("They are: %s.", listed.data),
				 errhint("Name its columns with %s.", argument)));
	return found ? linitial(found) : NIL;
}

/* in the order of these columns, which a foreign key may name in another; NIL: it points at others */
static List *
columns_that_point(const KeyReference *ref, List *referenced_columns)
{
	List	   *columns = NIL;

	if (list_length(ref->referenced_columns) != list_length(referenced_columns))
		return NIL;
	foreach_ptr(char, referenced, referenced_columns)
	{
		int			before = list_length(columns);

		foreach_ptr(char, name, ref->referenced_columns)
		{
			if (strcmp(name, referenced) == 0)
				columns = lappend(columns, list_nth(ref->columns, foreach_current_index(name)));
		}
		if (list_length(columns) == before)
			return NIL;
	}
	return columns;
}

/* two foreign keys may say the same */
static bool
is_among(List *columns, List *found)
{
	foreach_ptr(List, other, found)
	{
		if (key_columns_equal(columns, other))
			return true;
	}
	return false;
}

/* userId beside a given projectId, user_id when nothing was given */
static void
derive_link_keys(Declaration *d)
{
	const char *source = registry_model(d->source)->name;
	const char *target = registry_model(d->target)->name;

	/* both ends being one model, the key of the target is called after the alias */
	if (d->source == d->target)
		target = d->alias;
	if (d->foreign_key == NIL)
		d->foreign_key = derive(source, d->source_key, d->other_key);
	if (d->other_key == NIL)
		d->other_key = derive(target, d->target_key, d->foreign_key);
}

/* ---- the pointer of the other kinds ---- */

static void
choose_pointer(Declaration *d)
{
	bool		from_source = d->kind == BELONGS_TO;
	Oid			holder = from_source ? d->source : d->target;
	Oid			pointed = from_source ? d->target : d->source;
	List	   *columns = from_source ? d->target_key : d->source_key;
	List	   *derived;

	if (d->foreign_key != NIL)
		return;
	derived = derive(pointer_model(d), columns, NIL);
	if (key_columns_missing(holder, derived) != NIL && !registry_model(holder)->managed)
		d->foreign_key = discover(holder, pointed, columns, NIL, "foreign_key");
	if (d->foreign_key == NIL)
		d->foreign_key = derived;
}

/* what the pointer is called after: the way it goes, where that has a name */
static const char *
pointer_model(const Declaration *d)
{
	if (d->kind == BELONGS_TO)
		return d->alias;
	if (d->inverse != NULL)
		return d->inverse;
	return registry_model(d->source)->name;
}

static List *
derive(const char *model, List *pointed_at, List *style_of)
{
	List	   *columns = NIL;

	foreach_ptr(char, name, pointed_at)
	{
		char	   *column = naming_foreign_key(model, name,
												style_of ? linitial(style_of) : NULL);

		naming_check(column, "foreign key", NULL);
		columns = lappend(columns, column);
	}
	return columns;
}

/* ---- the other end's view ---- */

/*
 * Several associations may go over one key (led beside projects), so keys alone do not identify the other direction: the
 * two name each other, or neither names any and no other one could be meant.
 */
AssociationRow *
declaration_mirror(const AssociationRow *row)
{
	AssociationRow *unnamed = NULL;

	foreach_ptr(AssociationRow, other, registry_read_associations(row->target))
	{
		if (!is_mirror(row, other))
			continue;
		if (names(row, other) ? other->inverse == NULL || names(other, row) :
			row->inverse == NULL && names(other, row))
			return other;
		if (other->inverse == NULL && unnamed == NULL)
			unnamed = other;
	}
	return unnamed != NULL && row->inverse == NULL && count_unnamed_mirrors(unnamed) == 1 &&
		count_unnamed_mirrors(row) == 1 ? unnamed : NULL;
}

static bool
names(const AssociationRow *row, const AssociationRow *inverse)
{
	return row->inverse != NULL && strcmp(row->inverse, inverse->alias) == 0;
}

static int
count_unnamed_mirrors(const AssociationRow *row)
{
	int			count = 0;

	foreach_ptr(AssociationRow, other, registry_read_associations(row->target))
		if (other->inverse == NULL && is_mirror(row, other))
			count++;
	return count;
}

/* it is its own other direction */
static bool
is_symmetric(const AssociationRow *row)
{
	return doc_is_true(doc_option(row->options, NULL, "symmetric"));
}

/* the same key, seen from the other end */
static bool
is_mirror(const AssociationRow *row, const AssociationRow *other)
{
	if (other->target != row->source || other->through != row->through ||
		is_symmetric(row) || is_symmetric(other) ||
		(other->source == row->source && strcmp(other->alias, row->alias) == 0))
		return false;
	if (row->kind == BELONGS_TO_MANY)
		return other->kind == BELONGS_TO_MANY &&
			key_columns_equal(other->foreign_key, row->other_key) &&
			key_columns_equal(other->other_key, row->foreign_key);
	return (other->kind == BELONGS_TO) != (row->kind == BELONGS_TO) &&
		other->kind != BELONGS_TO_MANY &&
		key_columns_equal(other->foreign_key, row->foreign_key);
}

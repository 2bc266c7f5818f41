# pg_associations: build, install and test with PGXS.
#
#	make && sudo make install
#	make installcheck		against a running server
#	make help			the rest
#
# The version stands in pg_associations.control and nowhere else.

EXTENSION = pg_associations
# It builds in another folder too: make -f /path/to/Makefile VPATH=/path/to.
srcdir := $(patsubst %/,%,$(dir $(firstword $(MAKEFILE_LIST))))
EXTVERSION = $(shell sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" $(srcdir)/pg_associations.control)

MODULE_big = pg_associations
OBJS = $(patsubst $(srcdir)/%.c,%.o,$(sort $(wildcard $(srcdir)/src/*/*.c)))

# What only tests call is a module of its own, made where tests run and not installed.  It has
# a copy of the folders that it tests; these need no other.
TEST_MODULE = pg_associations_test
TEST_OBJS = $(patsubst $(srcdir)/%.c,%.o,$(sort $(wildcard $(srcdir)/test/module/*.c))) \
	$(filter-out %/pg_associations.o,$(filter $(foreach folder,base json registry options,src/$(folder)/%),$(OBJS)))

PGFILEDESC = "pg_associations - associations between tables, loaded as JSON"

# The install script is one file to PostgreSQL and one file per topic to people.
INSTALL_SQL = $(sort $(wildcard $(srcdir)/install/*.sql))

# Scripts of released versions are kept as they were.  An upgrade takes away what is gone
# (install/upgrade/VERSION.sql), and puts all functions, views and triggers in place as they are now.
DATA = $(patsubst $(srcdir)/%,%,$(wildcard $(srcdir)/install/released/*.sql))
UPGRADE_FROM = $(patsubst $(srcdir)/install/upgrade/%.sql,%,$(wildcard $(srcdir)/install/upgrade/*.sql))
UPGRADES = $(patsubst %,pg_associations--%--$(EXTVERSION).sql,$(UPGRADE_FROM))
REPLACED_SQL = $(filter-out %/00_schema.sql %/03_relation.sql %/05_tables.sql,$(INSTALL_SQL))

# To be read where it was installed, in the folder that pg_config --docdir names.
DOCS = README.md $(patsubst $(srcdir)/%,%,$(wildcard $(srcdir)/docs/*.md))

DATA_built = pg_associations--$(EXTVERSION).sql $(UPGRADES)
EXTRA_CLEAN = pg_associations--*.sql $(OBJS:.o=.d) exports.txt exports.list \
	$(TEST_MODULE)$(DLSUFFIX) $(TEST_OBJS) $(TEST_OBJS:.o=.d)

# In this order, install first and uninstall last; every line ends alike so that lists merge.
REGRESS = \
	install \
	tutorial \
	tables_stay \
	readme \
	check \
	check_roles \
	check_declared \
	declarations \
	json_writer \
	json_datetime \
	keys \
	naming \
	registry \
	registry_names \
	registry_moved registry_options \
	registry_remade \
	registry_watch \
	attributes \
	define \
	declare_existing \
	newer_server \
	declare_dry_run \
	declare_rename \
	declare_key \
	declare_computed \
	declare_names \
	adopt \
	validators \
	validate_types \
	belongs_to_many \
	join_table \
	payload \
	accessors \
	accessor_owner \
	has_many \
	drop \
	scopes \
	cursor \
	page \
	places \
	shared_rows \
	probe_leaves \
	probe_range \
	run_probe \
	probe_partitions \
	run_window \
	run_counts \
	citus \
	citus_declare \
	foreign_shards \
	run_found run_value fold asked \
	run_groups run_entries \
	find_and_count \
	load_many \
	load_values \
	load_columns \
	load_deleted \
	load_paths \
	recursive \
	aggregate \
	for_update \
	find \
	include \
	where \
	predicates \
	order_limit \
	deparse_key_match \
	deparse_alternatives \
	deparse_citext \
	deparse_operators \
	deparse_above \
	deparse_links \
	deparse_count \
	deparse_sums \
	deparse_optional \
	deparse_order \
	index_order \
	order_to_one \
	attributes_option \
	load_hidden \
	load_allow \
	load_below_links \
	write_fields \
	clients_documents \
	clients_settings \
	help \
	errors \
	options_fuzz \
	options_slips \
	misplaced \
	plan_cursors \
	declare_hostile \
	discover \
	discover_shapes \
	discover_made discover_shop \
	examples \
	sync \
	sync_roles \
	acl \
	rights_locks \
	rights_declare \
	rights_search_path \
	rights_table \
	rights_leak \
	rights_others \
	rls \
	sources \
	load_bounds load_watch load_constants \
	snapshot \
	ddl_follow \
	untyped \
	explain \
	describe \
	diagram \
	add \
	set \
	remove \
	diffs \
	has \
	toggle_move \
	set_many \
	create \
	bulk_create \
	upsert \
	find_or_create \
	nested_write write_named_twice \
	modify \
	validation_errors \
	validate_nested \
	write_triggers \
	write_dropped \
	write_judged \
	write_types \
	write_times write_merge write_operations write_update_many write_save write_save_random write_chosen \
	write_violations \
	link_rights \
	link_kept link_locks link_statistics link_spelling \
	link_identity link_polymorphic link_name link_where \
	link_fixed link_room link_symmetric link_position link_moved_position kept_links kept_limits kept_cycles \
	link_filter \
	link_multiple \
	link_single \
	untyped_all \
	read_only \
	sessions \
	reference \
	recipes \
	uninstall \
	$(NOTHING)
# --dlpath is where topics find the test module.
REGRESS_OPTS = --encoding=UTF8 --dlpath=.

# Specs in test/isolation/specs.
ISOLATION = $(patsubst %.spec,%,$(sort $(notdir $(wildcard $(srcdir)/test/isolation/specs/*.spec))))
ISOLATION_OPTS = --inputdir=$(srcdir)/test/isolation --load-extension=$(EXTENSION)

# -isystem keeps the server's own headers out of our -Werror.
PG_CONFIG ?= pg_config
PG_CPPFLAGS = -I$(srcdir:/=)/src -DPG_ASSOCIATIONS_VERSION='"$(EXTVERSION)"' -isystem $(shell $(PG_CONFIG) --includedir-server)
# -MMD writes what each object depends on.  It stands in CFLAGS: in CPPFLAGS the rule that
# makes bitcode would write the same file again, for another target.
PG_CFLAGS = -Wall -Wextra $(if $(WERROR),-Werror) -MMD -MP

# Only what the server looks up is visible outside the module.  Calls between our own files are
# bound at build time then, not anew in every connection that loads it.
SHLIB_EXPORTS = exports.txt

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# Many extensions have a README.md.
docmoduledir := $(EXTENSION)

-include $(sort $(OBJS:.o=.d) $(TEST_OBJS:.o=.d))

# In another folder than the source, the objects' folders are not there yet.
$(foreach dir,$(sort $(dir $(OBJS) $(TEST_OBJS))),$(shell mkdir -p $(dir)))

# PGXS links one module: this one is linked by a make that knows no other.
.PHONY: test-module
test-module: $(TEST_OBJS)
	$(MAKE) -f $(firstword $(MAKEFILE_LIST)) MODULE_big=$(TEST_MODULE) OBJS='$(TEST_OBJS)' SHLIB_EXPORTS= $(TEST_MODULE)$(DLSUFFIX)

installcheck: test-module

exports.txt: $(OBJS)
	{ echo Pg_magic_func; echo _PG_init; \
	  sed -n 's/^PG_FUNCTION_INFO_V1(\(.*\));/\1 pg_finfo_\1/p' $(wildcard $(srcdir)/src/*/*.c) | tr ' ' '\n'; } | \
	awk '{ print $$1, NR }' > $@

pg_associations--$(EXTVERSION).sql: $(INSTALL_SQL) $(srcdir)/pg_associations.control
	cat $(INSTALL_SQL) > $@

$(UPGRADES): pg_associations--%--$(EXTVERSION).sql: $(srcdir)/install/upgrade/%.sql $(INSTALL_SQL)
	cat $< > $@
	sed -E 's/^CREATE (FUNCTION|VIEW) /CREATE OR REPLACE \1 /' $(REPLACED_SQL) >> $@

# PGXN's archive: the tree, with the version filled into META.json.
ARCHIVE = $(EXTENSION)-$(EXTVERSION)
.PHONY: dist
dist:
	mkdir -p tmp_check
	sed 's/__VERSION__/$(EXTVERSION)/' META.json > tmp_check/META.json
	git archive --format=zip --prefix=$(ARCHIVE)/ --add-file=tmp_check/META.json -o $(ARCHIVE).zip HEAD

# For scripts: "make -s print-REGRESS" prints a list above.
print-%:
	@echo $($*)

.PHONY: help
help:
	@echo 'make                     build'
	@echo 'make install             install into the PostgreSQL of PG_CONFIG'
	@echo 'make installcheck        regression and isolation tests, against a running server'
	@echo 'make dist                the archive for PGXN'
	@echo
	@echo 'WERROR=1                 warnings are errors'
	@echo 'PG_CONFIG=.../pg_config  another PostgreSQL than the first in PATH'
	@echo
	@echo 'script/test builds and runs every test on a server of its own; script/demo'
	@echo 'shows the tutorial on one.'

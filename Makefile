# pg_associations: build, install and test with PGXS.
#
#	make && sudo make install
#	make installcheck		against a running server
#	make help			the rest
#
# The version stands in pg_associations.control and nowhere else.

EXTENSION = pg_associations
EXTVERSION = $(shell sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" pg_associations.control)

MODULE_big = pg_associations
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c)))
PGFILEDESC = "pg_associations - associations between tables, loaded as JSON"

# The install script is one file to PostgreSQL and one file per topic to people.
INSTALL_SQL = $(sort $(wildcard install/*.sql))
DATA_built = pg_associations--$(EXTVERSION).sql
EXTRA_CLEAN = pg_associations--*.sql

# In this order, install first and uninstall last; every line ends alike so that lists merge.
REGRESS = \
	install \
	tutorial \
	readme \
	check \
	declarations \
	json_writer \
	json_datetime \
	keys \
	naming \
	registry \
	attributes \
	define \
	adopt \
	validators \
	belongs_to_many \
	join_table \
	payload \
	accessors \
	has_many \
	drop \
	scopes \
	cursor \
	page \
	places \
	document_cache \
	shared_rows \
	leaf_guess \
	probe_range \
	find_and_count \
	recursive \
	aggregate \
	for_update \
	find \
	include \
	where \
	predicates \
	order_limit \
	index_order \
	order_to_one \
	attributes_option \
	errors \
	options_fuzz \
	discover \
	sync \
	acl \
	rls \
	sources \
	snapshot \
	ddl_follow \
	untyped \
	explain \
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
	nested_write \
	modify \
	validation_errors \
	link_rights \
	link_kept \
	link_single \
	untyped_all \
	read_only \
	sessions \
	reference \
	recipes \
	uninstall \
	$(NOTHING)
REGRESS_OPTS = --encoding=UTF8

# Specs in test/isolation/specs.
ISOLATION = $(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test/isolation --load-extension=$(EXTENSION)

# -isystem keeps the server's own headers out of our -Werror.
PG_CONFIG ?= pg_config
PG_CPPFLAGS = -DPG_ASSOCIATIONS_VERSION='"$(EXTVERSION)"' -isystem $(shell $(PG_CONFIG) --includedir-server)
PG_CFLAGS = -Wall -Wextra $(if $(WERROR),-Werror)

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# Calls between our own files are bound here, not anew in every connection that loads the module.
ifeq ($(PORTNAME), linux)
SHLIB_LINK += -Wl,-Bsymbolic
endif

# Headers are few and shared: whoever changes one rebuilds all.
$(OBJS): $(wildcard src/*.h)

$(DATA_built): $(INSTALL_SQL) pg_associations.control
	cat $(INSTALL_SQL) > $@

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

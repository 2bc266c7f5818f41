# pg_associations: build, install and test with PGXS.
#
#	make && sudo make install
#	make installcheck		against a running server
#	make check-names		nothing in the tree is forgotten by the lists below
#
# The version stands in pg_associations.control and nowhere else.

EXTENSION = pg_associations
EXTVERSION = $(shell sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" pg_associations.control)

MODULE_big = pg_associations
OBJS = \
	src/errors.o \
	src/model_facts.o \
	src/naming.o \
	src/pg_associations.o \
	src/registry.o \
	src/registry_bind.o \
	src/registry_cache.o
PGFILEDESC = "pg_associations - associations between tables, loaded as JSON"

# The install script is one file to PostgreSQL and one file per topic to people.
INSTALL_SQL = $(sort $(wildcard install/*.sql))
DATA_built = pg_associations--$(EXTVERSION).sql
EXTRA_CLEAN = pg_associations--*.sql

REGRESS = \
	install \
	naming
REGRESS_OPTS = --encoding=UTF8

# -isystem keeps the server's own headers out of our -Werror.
PG_CONFIG ?= pg_config
PG_CPPFLAGS = -DPG_ASSOCIATIONS_VERSION='"$(EXTVERSION)"' -isystem $(shell $(PG_CONFIG) --includedir-server)
PG_CFLAGS = -Wall -Wextra $(if $(WERROR),-Werror)

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(DATA_built): $(INSTALL_SQL) pg_associations.control
	cat $(INSTALL_SQL) > $@

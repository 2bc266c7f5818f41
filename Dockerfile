# PostgreSQL with the extension: docker build -t pg_associations --build-arg PG_MAJOR=17 .
ARG PG_MAJOR=17
FROM postgres:${PG_MAJOR} AS build
ARG PG_MAJOR
RUN apt-get update && apt-get install -y --no-install-recommends gcc make libc6-dev postgresql-server-dev-${PG_MAJOR}
COPY . /src
RUN make -s -C /src with_llvm=no && make -s -C /src with_llvm=no install DESTDIR=/out

FROM postgres:${PG_MAJOR}
COPY --from=build /out /
# made in the database that the image makes
RUN echo 'CREATE EXTENSION IF NOT EXISTS pg_associations;' > /docker-entrypoint-initdb.d/10_pg_associations.sql

-- examples/: each tour as its README starts it, but in one database
\getenv top PG_ABS_SRCDIR
\set blog :top '/examples/blog/tour.sql'
\set tenants :top '/examples/tenants/tour.sql'
\i :blog
\i :tenants
SET client_min_messages = error;
DROP SCHEMA blog, tenants CASCADE;
SELECT count(*) FROM assoc.models;

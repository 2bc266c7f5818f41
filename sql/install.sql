CREATE EXTENSION pg_associations;
-- nothing can be moved, and no schema was made beforehand by somebody else
SELECT n.nspname, e.extrelocatable
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_associations';

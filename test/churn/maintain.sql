\set what random(1, 9)
\sleep 30 ms
SELECT pg_advisory_lock(1);
\if :what = 1
VACUUM FULL wares;
\elif :what = 2
CLUSTER makers USING makers_slot;
\elif :what = 3
REINDEX TABLE wares;
\elif :what = 4
REINDEX TABLE makers;
\elif :what = 5
VACUUM FULL uses;
\elif :what = 6
ALTER TABLE makers ALTER slot SET STATISTICS 50;
\elif :what = 7
DROP INDEX wares_at;
CREATE INDEX wares_at ON wares (maker_id, at DESC, id);
\else
VACUUM makers, wares, uses;
\endif
SELECT pg_advisory_unlock(1);

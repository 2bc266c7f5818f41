-- Streams :limit rows and prints the peak of the backend's own memory.

SELECT pg_backend_pid() AS backend \gset
\setenv BACKEND :backend

-- map the shared memory that streaming comes across, then forget the peak so far
\o /dev/null
SET enable_indexonlyscan = off;
SELECT count(*) FROM tasks;
SELECT count(*) FROM projects;
SELECT count(title) FROM (SELECT title FROM tasks WHERE id > 0 ORDER BY id OFFSET 0) t;
SELECT count(title) FROM (SELECT title FROM projects WHERE id > 0 ORDER BY id OFFSET 0) p;
RESET enable_indexonlyscan;
\! echo 5 > /proc/$BACKEND/clear_refs

SELECT jsonb_build_object('include', ARRAY['project'], 'limit', :limit) AS options \gset
SELECT count(j) = :limit AS complete, sum(pg_column_size(j))
FROM (SELECT assoc.find('Task', :'options') AS j OFFSET 0) s \gset
\o
\if :complete
\! awk '$1 == "VmHWM:" { peak = $2 } $1 == "RssShmem:" { shared = $2 } END { print (peak - shared) * 1024 }' /proc/$BACKEND/status
\endif

\set a random(1, 200)
\set b random(1, 20)
\set level random(1, 3)
SELECT compare(:a), compare(:b);
SELECT compare_kept(:a), compare_kept(:b);
SELECT compare_kept(:a), compare_kept(:b);
SELECT compare_kept(:a), compare_kept(:b);
\if :level = 1
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT compare(:b);
SELECT compare(:a);
SELECT compare(:b), compare_kept(:b), compare_kept(:a);
END;
\endif

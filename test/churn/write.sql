\set a random(1, 200)
\set b random(1, 20)
\set w random(1, 2000)
\set what random(1, 8)
\if :what = 1
UPDATE makers SET name = name || 'x' WHERE id = :b;
\elif :what = 2
UPDATE makers SET slot = slot + 1, name = left(name, 9) WHERE id IN (:a, :b);
\elif :what = 3
UPDATE wares SET note = repeat('n' || :w, 1 + :w % 90), at = :b WHERE id BETWEEN :w AND :w + 3;
\elif :what = 4
BEGIN;
DELETE FROM wares WHERE id BETWEEN :w AND :w + 20;
INSERT INTO wares SELECT g, 1 + (g + :a) % 200, g % 17, 'again' FROM generate_series(:w + 20, :w, -1) g ON CONFLICT DO NOTHING;
END;
\elif :what = 5
DELETE FROM makers WHERE id = :a;
INSERT INTO makers VALUES (:a, 'new', :b) ON CONFLICT DO NOTHING;
\elif :what = 6
BEGIN;
UPDATE makers SET id = -id WHERE id = :a;
SAVEPOINT s;
UPDATE wares SET maker_id = :b WHERE id = :w;
SELECT compare(:b);
ROLLBACK TO s;
SELECT compare(:a), compare(:b), compare_kept(:a), compare_kept(:b);
ROLLBACK;
\elif :what = 7
DELETE FROM uses WHERE maker_id = :b;
INSERT INTO uses SELECT :b, g, 'r' FROM generate_series(:w - 4, :w) g ON CONFLICT DO NOTHING;
\else
DELETE FROM wares WHERE id > 1900;
INSERT INTO wares SELECT g, 1 + g % 200, g % 5, 'tail' FROM generate_series(1901, 2000) g ON CONFLICT DO NOTHING;
\endif

-- Tables for readers that compare loads with SQL while rows, pages and files of the tables change under them.
CREATE EXTENSION pg_associations;
SET client_min_messages = warning;
CREATE TABLE makers (id int PRIMARY KEY, name text, slot int);
CREATE INDEX makers_slot ON makers (slot);
CREATE TABLE wares (id bigint PRIMARY KEY, maker_id int, at int, note text) WITH (fillfactor = 80);
CREATE INDEX wares_at ON wares (maker_id, at DESC, id);
CREATE TABLE uses (maker_id int, ware_id bigint, role text, PRIMARY KEY (maker_id, ware_id));
CREATE INDEX ON uses (ware_id);
INSERT INTO makers SELECT g, 'm' || g, g FROM generate_series(1, 200) g;
INSERT INTO wares SELECT g, 1 + g % 200, g % 17, repeat('w' || g, 40) FROM generate_series(1, 2000) g;
INSERT INTO uses SELECT 1 + g % 200, 1 + (g * 7919) % 2000, 'r' || g FROM generate_series(1, 2000) g ON CONFLICT DO NOTHING;
\o /dev/null
SELECT assoc.adopt('makers', 'Maker'), assoc.adopt('wares', 'Ware'), assoc.adopt('uses', 'Use');
SELECT assoc.has_many('Maker', 'Ware', alias => 'wares', foreign_key => 'maker_id', inverse => 'maker', options => '{"constraints": false}');
SELECT assoc.belongs_to_many('Maker', 'Ware', through => 'Use', alias => 'used', inverse => 'users', foreign_key => 'maker_id', other_key => 'ware_id', options => '{"constraints": false}');
\o

CREATE FUNCTION must_be(maker int, given jsonb, wanted jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF given IS DISTINCT FROM wanted THEN
    RAISE EXCEPTION 'maker % differs', maker USING DETAIL = 'given ' || coalesce(given::text, 'NULL') || E'\nwanted ' || coalesce(wanted::text, 'NULL');
  END IF;
END $$;

-- A load beside SQL, under the one snapshot of the calling statement.
CREATE FUNCTION compare(maker int) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
  given jsonb := assoc.find_by_pk('Maker', maker, '{"include": [{"association": "wares", "order": [["at", "DESC"]], "limit": 3}, {"association": "used", "through": {"attributes": ["role"]}, "include": ["maker"]}]}');
  wanted jsonb := (SELECT to_jsonb(m) || jsonb_build_object(
    'wares', (SELECT coalesce(jsonb_agg(to_jsonb(w) ORDER BY at DESC, id), '[]') FROM (SELECT * FROM wares WHERE maker_id = m.id ORDER BY at DESC, id LIMIT 3) w),
    'used', (SELECT coalesce(jsonb_agg(to_jsonb(w) || jsonb_build_object('Use', jsonb_build_object('role', u.role), 'maker', (SELECT to_jsonb(x) FROM makers x WHERE x.id = w.maker_id)) ORDER BY w.id), '[]')
      FROM uses u JOIN wares w ON w.id = u.ware_id WHERE u.maker_id = m.id))
    FROM makers m WHERE m.id = maker);
BEGIN
  PERFORM must_be(maker, given, wanted);
END $$;

-- The same where documents may be kept: asked for several times, so that some are handed out again.
CREATE FUNCTION compare_kept(maker int) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
  given jsonb := assoc.find_by_pk('Maker', maker, '{"include": ["wares", "used"]}');
  wanted jsonb := (SELECT to_jsonb(m) || jsonb_build_object(
    'wares', (SELECT coalesce(jsonb_agg(to_jsonb(w) ORDER BY w.id), '[]') FROM wares w WHERE w.maker_id = m.id),
    'used', (SELECT coalesce(jsonb_agg(to_jsonb(w) || jsonb_build_object('Use', to_jsonb(u)) ORDER BY w.id), '[]')
      FROM uses u JOIN wares w ON w.id = u.ware_id WHERE u.maker_id = m.id))
    FROM makers m WHERE m.id = maker);
BEGIN
  PERFORM must_be(maker, given, wanted);
END $$;

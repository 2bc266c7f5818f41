-- assoc.stat_loads: what the session has loaded, by shape
SET client_min_messages = warning;
SET pg_associations.probe = on;
CREATE SCHEMA load_watch;
SET search_path = load_watch;
SELECT assoc.define('User', '[["name", "text"]]', '{"timestamps": false}') ->> 'model',
  assoc.define('Project', '[["title", "text"]]', '{"timestamps": false}') ->> 'model',
  assoc.belongs_to_many('User', 'Project', inverse => 'users', through_attributes => '[["role", "text"]]') ->> 'through';
SELECT assoc.create('User', '{"name": "Ann", "projects": [{"title": "Moon"}, {"title": "Mars"}]}') IS NOT NULL;
CREATE VIEW seen AS
  SELECT model, kind, association, options, calls, rows, statements, source, total_time > 0 AND max_time <= total_time
    AND mean_time <= max_time AS timed
  FROM assoc.stat_loads WHERE relation IN ('users'::regclass, 'projects'::regclass) ORDER BY model, kind, association, options;
-- what a write returns is a load too
SELECT * FROM seen;
SELECT user_with_projects(1) IS NOT NULL FROM generate_series(1, 3);
SELECT user_get_projects(1) IS NOT NULL;
SELECT assoc.find_by_pk('User', 1, '{"include": ["projects"]}') IS NOT NULL;
SELECT assoc.find_by_pk('User', 7) IS NULL;
SELECT count(*) FROM assoc.find('Project');
-- of a stream, the rows that were read ahead
SELECT d ->> 'title' FROM assoc.find('Project', '{"order": ["title"]}') d LIMIT 1;
-- values do not make another shape
SELECT jsonb_array_length(assoc.find_all('User', jsonb_build_object('where', jsonb_build_object('name', n))))
  FROM unnest('{Ann,Bob,Cid}'::text[]) n;
SELECT assoc.count('User'), assoc.count('User', '{"where": {"name": "Ann"}}'), user_count_projects(1), assoc.sum('User', 'id');
SELECT assoc.find_page('User', '{"order": ["name"], "limit": 1}') ->> 'next' IS NULL;
SELECT * FROM seen;
-- one that fails is not counted
SELECT assoc.find_all('User', '{"where": {"$name$": {"like": {"param": "p"}}}}');
SELECT count(*) FROM seen WHERE options::text LIKE '%param%';
SET pg_associations.track = off;
SELECT assoc.find_one('User', '{"order": ["id"]}') IS NOT NULL;
SELECT count(*) FROM seen WHERE options -> 'order' = '["id"]' AND calls > 0;
RESET pg_associations.track;
-- the loads of another role: not shown, unless one has its rights or may read all statistics
CREATE ROLE watch_owner;
CREATE ROLE watch_reader;
GRANT USAGE ON SCHEMA load_watch TO watch_owner, watch_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA load_watch TO watch_owner, watch_reader;
CREATE FUNCTION secret() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = load_watch
  AS $$ SELECT assoc.count('User', '{"where": {"name": "secret"}}') $$;
ALTER FUNCTION secret() OWNER TO watch_owner;
SET ROLE watch_reader;
SELECT secret();
SELECT count(*) FROM assoc.stat_loads;
SELECT role, kind, calls FROM assoc.stat_loads WHERE role = 'watch_owner'::regrole;
RESET ROLE;
GRANT pg_read_all_stats TO watch_reader;
SET ROLE watch_reader;
SELECT role, kind, calls FROM assoc.stat_loads WHERE role = 'watch_owner'::regrole;
-- who may not change the server's settings does not fill its log
SET pg_associations.log_min_duration = 0;
RESET ROLE;
-- a table that is gone
DROP TABLE users CASCADE;
SELECT count(*) FROM assoc.stat_loads WHERE model IS NULL AND kind = 'aggregate';
-- many shapes: the ones not asked for longest give way
SELECT count(assoc.find_all('Project', jsonb_build_object('limit', 1, 'attributes', jsonb_build_array(jsonb_build_array('id', 'a' || n)))))
  FROM generate_series(1, 300) n;
SELECT count(*) FROM assoc.stat_loads;
DROP SCHEMA load_watch CASCADE;
DROP OWNED BY watch_owner, watch_reader;
DROP ROLE watch_owner, watch_reader;

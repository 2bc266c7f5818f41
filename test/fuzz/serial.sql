-- Is every result of calls that run at the same time that of some serial order of them?
--
-- A round makes random rows, and has two to four sessions at READ COMMITTED make one random call each, in a
-- transaction of its own that goes on for a while, in a random order.  Others hold single rows meanwhile, so that
-- calls stop at places of their own.  Then the calls are made one after the other, in each order that there is, until
-- their answers and the rows are the same.  A round of which no order is found, or that has a deadlock, is noted.
--
-- The rows and calls are those of verbs.sql.  Runs in a schema "serial", which is first in search_path; needs dblink.
\ir verbs.sql
-- without documents, and links in an order of their own
DELETE FROM topics WHERE name IN ('ranks', 'steps');
DELETE FROM tables WHERE name IN ('ranks', 'steps');

-- sessions: those that call, and those that only hold a row
CREATE TABLE sessions (no int PRIMARY KEY, pid int, holds boolean, call text, phase text, answer text, ends text, ended int);
CREATE SEQUENCE ended;
CREATE TABLE rounds (no int, explained boolean, deadlocks int, start jsonb, calls text, rows jsonb);
CREATE FUNCTION some_row_to_hold() RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT pick(ARRAY[
    format('SELECT ''''::text FROM %s WHERE id = %s FOR UPDATE', pick('{users,projects,tags,tasks,profiles}'::text[]), some_id()),
    format('SELECT ''''::text FROM user_projects WHERE user_id = %s AND project_id = %s FOR UPDATE', some_id(), some_id()),
    format('SELECT ''''::text FROM members WHERE user_id = %s AND project_id = %s FOR UPDATE', some_id(), some_id()),
    format('SELECT ''''::text FROM friends WHERE user_id = %s AND friend_id = %s FOR UPDATE', some_id(), some_id())]) $$;
CREATE PROCEDURE connect(connection text) LANGUAGE plpgsql AS $$
BEGIN
  FOR s IN 1 .. 6 LOOP
    PERFORM dblink_connect('s' || s, connection);
    PERFORM dblink_exec('s' || s, 'SET search_path = serial, public');
    PERFORM dblink_exec('s' || s, 'SET deadlock_timeout = ''50ms''');
    PERFORM dblink_exec('s' || s, 'SET client_min_messages = error');
    INSERT INTO sessions (no, pid, holds) SELECT s, pid, s > 4 FROM dblink('s' || s, 'SELECT pg_backend_pid()') AS p (pid int);
  END LOOP;
END $$;
-- wait until each session that runs has answered or waits for another one
CREATE PROCEDURE settle() LANGUAGE plpgsql AS $$
DECLARE
  s sessions;
  busy boolean := true;
  got text;
BEGIN
  WHILE busy LOOP
    busy := false;
    FOR s IN SELECT * FROM sessions WHERE phase = 'runs' LOOP
      IF dblink_is_busy('s' || s.no) = 0 THEN
        SELECT r.a INTO got FROM dblink_get_result('s' || s.no) AS r (a text);
        PERFORM FROM dblink_get_result('s' || s.no) AS r (a text);
        UPDATE sessions SET phase = 'done', answer = got WHERE no = s.no;
      ELSIF cardinality(pg_blocking_pids(s.pid)) = 0 THEN
        busy := true;
      END IF;
    END LOOP;
    PERFORM pg_sleep(CASE WHEN busy THEN 0.0002 ELSE 0 END);
  END LOOP;
END $$;
CREATE PROCEDURE step(s sessions) LANGUAGE plpgsql AS $$
BEGIN
  IF s.phase = 'done' THEN
    PERFORM dblink_exec('s' || s.no, s.ends);
    UPDATE sessions SET phase = 'over', ended = nextval('ended') WHERE no = s.no;
  ELSE
    PERFORM dblink_exec('s' || s.no, 'BEGIN');
    IF s.holds THEN
      PERFORM dblink_send_query('s' || s.no, s.call);
    ELSE
      PERFORM dblink_send_query('s' || s.no, format('SELECT serial.answer(%L)', s.call));
    END IF;
    UPDATE sessions SET phase = 'runs' WHERE no = s.no;
  END IF;
END $$;
-- the calls one after the other; what they leave is taken back
CREATE FUNCTION is_explained_by(start jsonb, sequence int[], rows jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  same boolean := true;
  s int;
BEGIN
  BEGIN
    CALL put_rows(start);
    FOREACH s IN ARRAY sequence LOOP
      same := same AND (SELECT answer(call) IS NOT DISTINCT FROM sessions.answer FROM sessions WHERE no = s);
      EXIT WHEN NOT same;
    END LOOP;
    same := same AND shown_rows() = rows;
    RAISE EXCEPTION USING errcode = 'UE000';
  EXCEPTION WHEN SQLSTATE 'UE000' THEN
    RETURN same;
  END;
END $$;
CREATE FUNCTION sequences(numbers int[]) RETURNS SETOF int[] LANGUAGE sql AS $$
  WITH RECURSIVE p (seq) AS (SELECT '{}'::int[] UNION ALL SELECT seq || n FROM p, unnest(numbers) n WHERE n <> ALL (seq))
  SELECT seq FROM p WHERE cardinality(seq) = cardinality(numbers) $$;
CREATE PROCEDURE run_round(number int) LANGUAGE plpgsql AS $$
DECLARE
  first jsonb := make_rows();
  last jsonb;
  s sessions;
  n int := pick('{2,2,3,3,4}'::int[]);
  sequence int[];
  same boolean := false;
BEGIN
  CALL put_rows(first);
  UPDATE topic SET name = (SELECT name FROM topics ORDER BY random() LIMIT 1);
  UPDATE sessions SET phase = CASE WHEN holds OR no <= n THEN 'new' ELSE 'absent' END, answer = NULL,
    call = CASE WHEN holds THEN some_row_to_hold() ELSE some_call() END, ends = CASE WHEN random() < 0.1 OR holds THEN 'ROLLBACK' ELSE 'COMMIT' END;
  COMMIT;
  LOOP
    CALL settle();
    SELECT * INTO s FROM sessions WHERE phase IN ('new', 'done') ORDER BY random() LIMIT 1;
    EXIT WHEN NOT FOUND AND NOT EXISTS (SELECT FROM sessions WHERE phase = 'runs');
    IF s.no IS NOT NULL THEN
      CALL step(s);
    END IF;
    COMMIT;
  END LOOP;
  last := shown_rows();
  FOR sequence IN SELECT * FROM sequences(ARRAY(SELECT no FROM sessions WHERE phase = 'over' AND NOT holds AND ends = 'COMMIT' ORDER BY ended)) LOOP
    same := is_explained_by(first, sequence, last);
    EXIT WHEN same;
  END LOOP;
  INSERT INTO rounds SELECT number, same, count(*) FILTER (WHERE answer LIKE '40%'),
    first, string_agg(format('%s %s -> %s', ends, call, answer), E'\n' ORDER BY no) FILTER (WHERE NOT holds), last FROM sessions WHERE phase = 'over';
  COMMIT;
END $$;

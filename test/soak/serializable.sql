\set user random(1, 10)
\set verb random(1, 3)
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT user_count_projects(:user);
SELECT soak.call(CASE WHEN :user <= 4 THEN 'set' ELSE (ARRAY['add', 'set', 'remove'])[:verb] END, 'User', :user, 'projects', ids) FROM soak.some(1, 12, 6) ids;
END;

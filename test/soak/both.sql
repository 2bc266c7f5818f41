-- the same links from both sides
\set user random(11, 20)
\set project random(1, 12)
\set side random(1, 2)
\set verb random(1, 3)
SELECT soak.call((ARRAY['add', 'set', 'remove'])[:verb], 'User', :user, 'projects', ids, CASE WHEN :verb < 3 THEN soak.payload(ids) END) FROM soak.some(1, 12, 6) ids WHERE :side = 1;
-- a set from this side would take away links of users who have them from theirs alone
SELECT soak.call(CASE :verb WHEN 1 THEN 'add' ELSE 'remove' END, 'Project', :project, 'users', ids, CASE WHEN :verb = 1 THEN soak.payload(ids) END) FROM soak.some(11, 20, 6) ids WHERE :side = 2;

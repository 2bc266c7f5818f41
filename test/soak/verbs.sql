-- all verbs of users that are written from this side alone
\set user random(5, 10)
\set verb random(1, 3)
SELECT soak.call((ARRAY['add', 'set', 'remove'])[:verb], 'User', :user, 'projects', ids, CASE WHEN :verb < 3 THEN soak.payload(ids) END) FROM soak.some(1, 12, 6) ids;

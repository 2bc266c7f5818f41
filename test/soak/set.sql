-- sets of few users, so that they meet
\set user random(1, 4)
SELECT soak.call('set', 'User', :user, 'projects', ids, soak.payload(ids)) FROM soak.some(1, 12, 8) ids;

-- sets from both sides, of users and projects that nobody else touches
\set user random(21, 24)
\set project random(13, 16)
\set side random(1, 2)
SELECT soak.call('set', 'User', :user, 'projects', ids, soak.payload(ids)) FROM soak.some(13, 16, 4) ids WHERE :side = 1;
SELECT soak.call('set', 'Project', :project, 'users', ids, soak.payload(ids)) FROM soak.some(21, 24, 4) ids WHERE :side = 2;

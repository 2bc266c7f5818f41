-- children that several parents want, from both sides
\set project random(1, 6)
\set task random(1, 20)
\set verb random(1, 6)
SELECT soak.call((ARRAY['add', 'set', 'remove'])[:verb], 'Project', :project, 'tasks', soak.some(1, 20, 8)) WHERE :verb <= 3;
SELECT soak.call('set', 'Task', :task, 'project', ARRAY[:project]) WHERE :verb = 4;
SELECT soak.call('remove', 'Task', :task, 'project', ARRAY[:project, :project % 6 + 1]) WHERE :verb = 5;
SELECT soak.call('set', 'Task', :task, 'project', '{}') WHERE :verb = 6;

// Every public function of schema assoc is called with parameters as the driver
// sends them: text without a type. A function that has no call here is missed by
// the last test.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { connect, team } = require('./database');

const called = new Set();
const like = (pattern) => (answer) => assert.match(answer, pattern);
const equal = (expected) => (answer) => assert.deepEqual(answer, expected);
const has = (...keys) => (answer) => assert.deepEqual(keys.filter((key) => !(key in answer)), []);
const ids = (rows) => rows.map((row) => row.id);
const page = (expected, next, previous) => (answer) =>
  assert.deepEqual([ids(answer.rows), typeof answer.next === 'string', 'previous' in answer ? typeof answer.previous === 'string' : undefined], [expected, next, previous]);
const diff = (what) => equal({ added: [], updated: [], removed: [], unchanged: [], ...what });

// [function, parameters, check of the answer], in an order in which they make sense
const declaring = [
  ['define', ['Task', { title: 'text' }], has('model', 'table', 'attributes')],
  ['define', ['Task', { title: 'text' }, null], (made) => assert.equal(made.created, false)],
  ['define', ['Task', { title: 'text' }, { comment: 'work' }, true], has('changed')],
  ['define', ['Tag'], has('model')],
  ['define', ['Account', {}], has('model')],
  ['define', ['Step', {}, { paranoid: true }], has('model')],
  ['adopt', ['notes'], (made) => assert.equal(made.created, false)],
  ['adopt', ['notes', 'notes', {}, false], has('model')],
  ['belongs_to', ['Task', 'User'], has('accessors')],
  ['has_many', ['User', 'Task', null, null, null, null, { position: 'place', counter: 'tasks_count' }], has('accessors')],
  ['has_one', ['User', 'Account', null, null, 'account', null, {}, null], has('accessors')],
  ['belongs_to_many', ['Project', 'Tag', 'ProjectTag', null, null, null, null, 'tags', 'projects', { weight: 'int' }, null, null], has('through')],
  ['rename_association', ['Project', 'tags', 'labels', null, false], has('accessors')],
  ['rename_association', ['Project', 'labels', 'tags', null, false], has('accessors')],
  ['rename_model', ['Tag', 'Tag', true], has('statements')],
  ['move_model', ['Account', 'papers', true], has('statements')],
  ['drop_association', ['Project', 'tags', 'true', true], has('associations', 'tables')],
  ['forget', ['Tag'], equal('')],
  ['validate', ['User', { email: 'nowhere' }], (failures) => assert.equal(failures.length, 2)],
  ['validate', ['User', { email: 'nowhere' }, { update: true }], (failures) => assert.equal(failures.length, 1)],
  ['declarations', ['functions'], like(/assoc\./)],
  ['diagram', [], like(/erDiagram/)],
  ['diagram', ['dot', 'functions'], like(/digraph/)],
  ['diagram', ['svg', 'functions', ['User']], like(/<svg/)],
  ['describe', ['User'], has('attributes', 'associations')],
  ['describe', [], has('models')],
  ['typescript', [], like(/interface User /)],
  ['typescript', ['User', { include: 'projects' }, 'Doc'], like(/interface Doc /)],
  ['json_schema', ['User'], has('properties')],
  ['json_schema', ['User', 'create'], has('required')],
  ['json_schema', ['User', { attributes: ['id'] }], has('required')],
  ['version', [], like(/^\d/)],
  ['help', [], like(/declare/)],
  ['help', ['find'], like(/assoc\.find/)],
  ['help_topics', [], like(/declare/)],
  ['detach', ['functions', true], like(/FUNCTION functions\.keep_updated_at/)],
  ['pluralize', ['person'], equal('people')],
  ['singularize', ['projects'], equal('project')],
  ['snake_case', ['UserProject'], equal('user_project')],
  ['discover', ['functions', false], like(/^\(exists,/)],
  ['discover', [], () => {}],
  ['discover_plan', ['functions', '%s_ref', null, null], () => {}],
  ['discover_names', ['[["a", "b"], ["a", "b"]]', ['c'], ['d']], () => {}],
  ['discover_after_both', ['user_project', ['user'], ['project']], equal(true)],
  ['discover_undo', ['functions'], equal(undefined)],
  ['discover_run', ['SELECT 1'], () => {}],
  ['discover_verbs', ['none'], () => {}],
  ['discover_accessors_fit', ['functions'], () => {}],
  ['keep_links_body', ['functions.tasks', 'insert'], like(/RETURN NULL/)],
  ['recount', ['User', 'tasks'], equal('0')],
  ['recount', ['User', 'tasks', true], equal('0')],
  ['accessor_is_ours', [1, 1, 'projects'], () => {}],
  ['declared_lost', ['functions.users'], () => {}],
  ['index_covers', [1, '{1}'], () => {}],
  ['accessor_names', ['users', 'projects', 'project', false], () => {}],
  ['sync', ['functions', false, false, true], equal(undefined)],
  ['sync_obstacles', ['functions'], equal(undefined)],
  ['call_name', ['my.schema', 'User'], equal('"my.schema".User')]
];

const writing = [
  ['create', ['User', { name: 'Alice', email: 'alice@example.com' }], has('id', 'created_at')],
  ['create', ['User', { name: 'Bob', projects: [{ title: 'Billing', through: { role: 'admin' } }] }, { attributes: ['id'] }],
    (row) => assert.deepEqual([row.id, row.projects[0].UserProject.role], [4, 'admin'])],
  ['bulk_create', ['Project', JSON.stringify([{ title: 'One' }, { title: 'Two' }])],
    (rows) => assert.deepEqual(rows.map((row) => row.title), ['One', 'Two'])],
  ['create_in', ['User', 1, 'projects', { title: 'Deep' }, { role: 'viewer' }],
    (row) => assert.deepEqual([row.title, row.UserProject.role], ['Deep', 'viewer'])],
  ['add', ['User', 1, 'projects', 1], diff({ added: [1] })],
  ['add', ['User', '1', 'projects', '[1, 2]', { role: 'admin' }], diff({ added: [2], updated: [1] })],
  ['add', ['User', 1, 'projects', JSON.stringify([{ id: 3, through: { role: 'viewer' } }, 2])],
    diff({ added: [3], unchanged: [2] })],
  ['has', ['User', 1, 'projects', '[1, 2, 3]'], equal(true)],
  ['has', ['User', 1, 'projects', 4], equal(false)],
  ['remove', ['User', 1, 'projects', '[3, 4]'], diff({ removed: [3] })],
  ['set', ['User', 1, 'projects', '[2, 3]', null], diff({ added: [3], removed: [1, 8], unchanged: [2] })],
  ['set', ['User', 2, 'projects', '[2]', null, { dry_run: true }], diff({ added: [2] })],
  ['set', ['User', 2, 'projects', '[2]'], diff({ added: [2] })],
  ['toggle', ['User', 3, 'projects', '[1, 2]', { role: 'viewer' }], diff({ added: [1, 2] })],
  ['toggle', ['User', '3', 'projects', '2'], diff({ removed: [2] })],
  ['update_link', ['User', 3, 'projects', '[1]', { role: 'admin' }], diff({ updated: [1] })],
  ['move', ['User', 3, 'projects', '[1]', 4], diff({ added: [1], removed: [1] })],
  ['create_in', ['User', 1, 'tasks', { title: 'first' }], has('place')],
  ['create_in', ['User', 1, 'tasks', { title: 'second' }], has('place')],
  ['reorder', ['User', 1, 'tasks', '[2]', { to: 1 }], diff({ updated: [1, 2] })],
  ['reorder', ['User', '1', 'tasks', '2', { by: -1 }], diff({ unchanged: [1, 2] })],
  ['clear', ['User', 4, 'projects'], diff({ removed: [1, 5] })],
  ['set_many', ['User', 'projects', JSON.stringify([{ id: 4, projects: [5] }, { id: '3', projects: [] }])],
    (diffs) => assert.deepEqual(diffs.map(({ source, added }) => [source, added]), [[4, [5]], [3, []]])],
  ['set_many', ['User', 'projects', JSON.stringify([{ id: 4, projects: [] }]), { dry_run: true }],
    (diffs) => assert.deepEqual(diffs.map(({ source, removed }) => [source, removed]), [[4, [5]]])],
  ['merge', ['User', 4, 3, { dry_run: true }], (report) => assert.deepEqual([report.deleted, report.dry_run], [true, true])],
  ['merge', ['User', '4', '3', { dry_run: true, delete: false }], (report) => assert.equal(report.deleted, false)],
  ['upsert', ['User', { email: 'alice@example.com', name: 'Alice' }, { attributes: ['id'] }], equal({ id: 3 })],
  ['upsert', ['User', { id: 3, name: 'Alice' }], has('id', 'created_at')],
  ['find_or_create', ['User', { name: 'Bob' }, { attributes: ['id'] }], equal({ row: { id: 4 }, created: false })],
  ['find_or_create', ['User', null, { where: { name: 'Alice' }, defaults: {}, attributes: ['id'] }], equal({ row: { id: 3 }, created: false })],
  ['update', ['Project', { description: 'later' }, { where: { title: 'Two' } }], equal({ count: 1, keys: [7] })],
  ['update_many', ['Project', JSON.stringify([{ id: 7, description: 'much later' }])], equal({ count: 1, keys: [7] })],
  ['save', ['Project', { id: 7, title: 'Two' }, { dry_run: true }], equal({ count: 1, keys: [7], changes: [] })],
  ['destroy', ['Project', { where: { title: 'One' } }], equal({ count: 1, keys: [6] })],
  ['restore', ['Step', { all: true }], equal({ count: 0, keys: [] })]
];

const only = { attributes: ['id'] };
const reading = [
  ['find_by_pk', ['User', 1, { attributes: ['id', 'name'] }], equal({ id: 1, name: 'John Doe' })],
  ['find_by_pk', ['User', '1', { where: { name: { param: 'n' } }, attributes: ['id'] }, { n: 'nobody' }], equal(null)],
  ['find_by_pk', ['User', 99], equal(null)],
  ['find_by_pk_json', ['User', 1, only, null], equal({ id: 1 })],
  ['find_one', ['User', { ...only, where: { name: { startsWith: 'Jane' } } }], equal({ id: 2 })],
  ['find_one', ['User', { where: { id: 99 } }], equal(null)],
  ['find_one_json', ['User', only], equal({ id: 1 })],
  ['find_all', ['User', { ...only, order: [['id', 'DESC']], limit: 2 }], equal([{ id: 4 }, { id: 3 }])],
  ['find_all', ['User', { where: { id: 99 } }, {}], equal([])],
  ['find_all_json', ['User', { ...only, where: { id: [1, 2] } }], equal([{ id: 1 }, { id: 2 }])],
  ['find', ['User', { ...only, where: { id: 2 } }], equal({ id: 2 })],
  ['find_json', ['User', { ...only, where: { id: 2 } }], equal({ id: 2 })],
  ['get', ['User', 1, 'projects', only], (rows) => assert.deepEqual(ids(rows), [2, 3])],
  ['get', ['User', 99, 'projects'], equal([])],
  ['get_json', ['User', 2, 'projects', only], (rows) => assert.deepEqual(ids(rows), [2])],
  // bigint comes as text: JavaScript's numbers do not hold all of them
  ['count_of', ['User', 1, 'projects'], equal('2')],
  ['count_of', ['User', 1, 'projects', { where: { title: 'Website Redesign' } }], equal('1')],
  ['count', ['User', null], equal('4')],
  ['count', ['User', { where: { name: { like: 'J%' } } }], equal('2')],
  ['explain', ['User', { include: ['projects'] }], like(/functions\.users/)],
  ['session_loads', [], (row) => assert.ok(row.length > 0)],
  ['explain', ['User', { where: { id: { param: 'id' } } }, true, { id: 1 }, null], like(/functions\.users/)],
  ['sql', ['User', { where: { id: 1 } }], like(/SELECT/)],
  ['find_many', ['User', '[2, 99, "1", 2]', only], equal([{ id: 2 }, null, { id: 1 }, { id: 2 }])],
  ['find_many_json', ['User', '[99]', null, {}], equal([null])],
  ['find_page', ['User', { ...only, limit: 1 }], page([1], true)],
  ['find_page', ['User', { ...only, limit: 1, after: { param: 'after' } }, { after: [1] }], page([2], true, true)],
  ['find_page_json', ['User', { ...only, limit: 5, after: [3] }], page([4], false, true)],
  ['find_and_count_all', ['User', { ...only, limit: 1 }], equal({ count: 4, rows: [{ id: 1 }] })],
  ['find_and_count_all_json', ['User', { ...only, where: { id: 99 } }, null], equal({ count: 0, rows: [] })],
  ['sum', ['User', 'id'], equal('10')],
  ['avg', ['User', 'id', { where: { id: { lte: 2 } } }], equal('1.5000000000000000')],
  ['min', ['User', 'name'], equal('Alice')],
  ['max', ['User', 'id', null, {}], equal(4)],
  ['aggregate', ['User', { attributes: [{ count: '*', as: 'n' }] }], equal([{ n: 4 }])],
  ['aggregate_json', ['User', { attributes: [{ max: 'id', as: 'n' }] }], equal([{ n: 4 }])],
  ['find_for_update', ['User', { ...only, where: { id: 1 } }], equal({ id: 1 })],
  ['find_for_update', ['User', { ...only, where: { id: 1 } }, 'share', 'nowait', null], equal({ id: 1 })]
];

async function run(t, db, calls) {
  for (const [name, parameters, check] of calls) {
    await t.test(`${name}(${JSON.stringify(parameters).slice(1, -1)})`, async () => {
      called.add(name);
      const places = parameters.map((_, i) => `$${i + 1}`);
      check(await db.value(`assoc.${name}(${places})`, ...parameters));
    });
  }
}

test('functions by name', async (t) => {
  const db = await team('functions');
  t.after(() => db.end());
  await db.query('CREATE TABLE notes (id int PRIMARY KEY)');
  await db.query('CREATE TABLE papers (id bigint PRIMARY KEY, user_id bigint, created_at timestamptz, updated_at timestamptz)');
  await run(t, db, declaring);
  await run(t, db, writing);
  await run(t, db, reading);
});

test('check', async (t) => {
  const db = await connect();
  t.after(() => db.end());
  called.add('check');
  const { fields } = await db.query('SELECT * FROM assoc.check()');
  assert.deepEqual(fields.map((field) => field.name), ['severity', 'object', 'problem', 'fix']);
});

test('loads of a server that has not preloaded the library', async (t) => {
  const db = await connect();
  t.after(() => db.end());
  called.add('server_loads');
  await assert.rejects(db.query('SELECT * FROM assoc.server_loads()'), { code: '55000' });
});

test('accessors', async (t) => {
  const db = await team('accessors');
  t.after(() => db.end());
  const titles = (user) => user.projects.map((p) => p.title);

  assert.deepEqual(await db.value('user_add_project($1, $2)', 1, 1), { added: [1], updated: [], removed: [], unchanged: [] });
  assert.deepEqual((await db.value('user_add_projects($1, $2)', '1', [2, 3])).added, [2, 3]);
  assert.deepEqual((await db.value('user_add_projects($1, $2, $3)', 1, [1, '2'], { role: 'admin' })).updated, [1, 2]);
  // one payload for each id
  assert.deepEqual((await db.value('user_add_projects($1, $2, $3)', 1, [1, 2],
    JSON.stringify([{ role: 'viewer' }, { role: 'admin' }]))).updated, [1]);
  assert.equal(await db.value('user_has_project($1, $2)', 1, 2), true);
  assert.equal(await db.value('user_has_projects($1, $2)', 1, [1, 2, 4]), false);
  assert.equal(await db.value('user_has_projects($1, $2)', 1, []), true);
  assert.equal(await db.value('user_count_projects($1)', 1), '3');
  assert.equal(await db.value('user_count_projects($1, $2)', 1, { where: { id: 1 } }), '1');
  assert.deepEqual(titles(await db.value('user_with_projects($1)', 1)), ['Sequelize Tutorial', 'Website Redesign', 'API Development']);
  assert.deepEqual(await db.value('user_with_projects($1, $2)', 1,
    { attributes: ['name'], include: [{ association: 'projects', attributes: ['id'], through: { attributes: ['role'] }, limit: 1 }] }),
  { name: 'John Doe', projects: [{ id: 1, UserProject: { role: 'viewer' } }] });
  assert.equal(await db.value('user_with_projects($1)', 99), null);
  const { rows } = await db.query('SELECT users_with_projects($1) AS "user"', [{ order: [['id', 'DESC']] }]);
  assert.deepEqual(rows.map(({ user }) => [user.id, user.projects.length]), [[2, 0], [1, 3]]);
  assert.deepEqual(ids(await db.value('user_get_projects($1, $2)', 1, { attributes: ['id'] })), [1, 2, 3]);
  assert.deepEqual((await db.value('user_remove_project($1, $2)', 1, 3)).removed, [3]);
  assert.deepEqual((await db.value('user_remove_projects($1, $2)', 1, [2, 4])).removed, [2]);
  assert.deepEqual(await db.value('user_set_projects($1, $2)', 1, [4, 2]), { added: [2, 4], updated: [], removed: [1], unchanged: [] });
  assert.deepEqual((await db.value('user_set_projects($1, $2, $3)', 1, [4], { role: 'developer' })),
    { added: [], updated: [4], removed: [2], unchanged: [] });
  assert.deepEqual((await db.value('user_set_projects($1, $2)', 1, [])).removed, [4]);
  const made = await db.value('user_create_project($1, $2, $3)', 1, { title: 'Fresh', description: null }, { role: 'admin' });
  assert.deepEqual([made.title, made.description, made.UserProject.role], ['Fresh', null, 'admin']);
  assert.equal((await db.value('user_create_project($1, $2)', 1, { title: 'Plain' })).UserProject.role, null);
  assert.deepEqual(ids(await db.value('project_get_users($1, $2)', made.id, { where: { name: 'John Doe' } })), [1]);
});

test('every public function has been called', async (t) => {
  const db = await connect();
  t.after(() => db.end());
  const { rows } = await db.query(`
    SELECT DISTINCT proname FROM pg_proc
    WHERE pronamespace = 'assoc'::regnamespace
      AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
      AND proname !~ '^(load|link|accessor|relation|registry)_'	-- called by the accessors, by check() of them, by a type and by sync()
      AND proname <> 'declare_on_workers'	-- an error but on Citus: test citus
      -- what describe, typescript and json_schema are made of is called by them
      AND (obj_description(oid, 'pg_proc') NOT LIKE 'Internal: %' OR proname ~ '^(discover|sync|call|index|help)_')
      AND has_function_privilege('public', oid, 'EXECUTE')
    ORDER BY 1`);
  assert.deepEqual(rows.map((row) => row.proname).filter((name) => !called.has(name)), []);
});

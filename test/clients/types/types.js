// What assoc.typescript and assoc.json_schema say, beside what loads give and writes take: the TypeScript is compiled
// by tsc --strict together with real documents, and the documents are validated by ajv.
'use strict';

const assert = require('node:assert/strict');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { test } = require('node:test');
const Ajv = require('ajv/dist/2020');
const formats = require('ajv-formats');
const { Client } = require('pg');
const ts = require('typescript');

const declarations = `
  CREATE EXTENSION IF NOT EXISTS pg_associations;
  DROP SCHEMA IF EXISTS types CASCADE;
  CREATE SCHEMA types;
  SET search_path = types;
  CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"');
  CREATE TYPE place AS (x integer, names text[]);
  CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 0 AND 100);
  SELECT assoc.define('User', '[
    ["name", {"type": "varchar(20)", "allowNull": false, "validate": {"len": [2, 15], "is": "^[A-Z]"}}],
    ["email", {"type": "text", "unique": true, "validate": {"isEmail": true, "notIn": ["root@example.com"]}}],
    ["password", {"type": "text", "hidden": true}],
    ["mood", "mood"], ["place", "place"], ["meta", "jsonb"], ["tags", {"type": "text[]", "validate": {"len": [1, 3]}}],
    ["score", {"type": "bigint", "json": "string"}], ["percent", "percent"], ["ratio", "float8"],
    ["price", {"type": "numeric(10,2)", "validate": {"min": 0.5}}], ["born", "date"], ["seen", "timestamp"], ["guid", "uuid"],
    ["role", {"type": "text", "allowNull": false, "default": "reader", "validate": {"isIn": ["reader", "writer"]}}],
    ["a key", "integer"], ["flag", "boolean"], ["bossId", "bigint"]]', '{"underscored": false}');
  SELECT assoc.define('Project', '[["title", {"type": "text", "allowNull": false, "validate": {"notEmpty": true}}], ["budget", "numeric"]]', '{"timestamps": false}');
  SELECT assoc.define('Task', '[["title", "text"], ["at", {"type": "timestamptz", "default": {"sql": "now()"}, "allowNull": false}]]', '{"timestamps": false, "paranoid": true}');
  SELECT assoc.define('Seat', '[["row", {"type": "integer", "primaryKey": true}], ["place", {"type": "integer", "primaryKey": true}]]', '{"timestamps": false}');
  SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users', through_attributes => '[["role", "text"], ["since", "date"]]');
  SELECT assoc.has_many('Project', 'Task', inverse => 'project', options => '{"accessors": {"returns": "json"}}');
  SELECT assoc.belongs_to('User', 'User', alias => 'boss', foreign_key => 'bossId', inverse => 'staff');
  SELECT assoc.define('Order', '[["userId", {"type": "bigint", "allowNull": false}], ["total", "integer"]]', '{"timestamps": false}');
  SELECT assoc.belongs_to('Order', 'User', foreign_key => 'userId', inverse => 'orders');
  SELECT assoc.belongs_to_many('User', 'Seat', inverse => 'visitors');
  SELECT assoc.has_many('User', 'Task', alias => 'todo', foreign_key => 'todoOf', inverse => 'doer', options => '{"position": "rank"}');
  SELECT assoc.has_one('User', 'Task', alias => 'current', foreign_key => 'currentOf', inverse => 'worker');
  CREATE TABLE old_notes (id integer PRIMARY KEY, "user" bigint REFERENCES users, body text);
  SELECT assoc.adopt('old_notes');
  SELECT assoc.has_many('User', 'old_notes', foreign_key => 'user', alias => 'notes', inverse => 'author');
  CREATE VIEW busy AS SELECT id, name FROM users;
  SELECT assoc.adopt('busy', options => '{"key": ["id"], "scopes": {"short": {"attributes": ["name"]}}}');`;

// [model, options]: what comes out must be what is said
const loads = [
  ['User', {}],
  ['User', { bigint: 'string', include: ['projects', 'boss'] }],
  ['User', { include: [{ all: true }] }],
  ['User', { attributes: ['name', ['email', 'mail'], 'password', { count: 'projects', as: 'n' }, { count: 'projects', where: { title: 'Moon' }, as: 'moons' },
    { sum: ['projects', 'budget'], as: 'budget' }, { max: ['projects', 'through', 'since'], as: 'last' }] }],
  ['User', { attributes: { exclude: ['meta', 'created_at'] }, include: ['projects.tasks', 'orders'] }],
  ['User', { attributes: ['id'], include: [{ association: 'boss', attributes: ['name'], required: true }] }],
  ['User', { attributes: ['id'], include: [{ association: 'staff', recursive: true, attributes: ['name'], include: ['projects'] }] }],
  ['User', { attributes: ['id'], include: [{ association: 'boss', recursive: true, attributes: ['name'] }] }],
  ['User', { attributes: ['id'], include: [{ association: 'projects', as: 'mine', page: true, limit: 1, attributes: ['title'],
    through: { as: 'membership', attributes: ['role'] } }, { association: 'projects', attributes: ['title'], through: { flatten: true, attributes: ['since'] } }] }],
  ['User', { attributes: ['id'], include: [{ association: 'projects', page: true, limit: 1, after: null, attributes: ['title'] }] }],
  ['User', { attributes: ['id'], include: [{ association: 'projects', attributes: [], required: true }, 'seats', 'current', 'notes'] }],
  ['User', { attributes: ['id'], include: [{ association: 'projects', values: 'title' }, { association: 'projects', as: 'roles', values: ['through', 'role'] },
    { association: 'boss', values: 'name' }, { association: 'projects', as: 'ids', values: 'id', page: true, limit: 1 }] }],
  ['Order', { include: ['user'] }],
  ['Order', { include: [{ association: 'user', attributes: ['name'], where: { name: 'Ann' }, required: false }] }],
  ['Task', { include: ['project', 'worker'] }],
  ['Project', { include: ['users'] }],
  ['Seat', { include: ['visitors'] }],
  ['old_notes', { include: ['author'] }],
  ['busy', {}],
  ['busy', { scope: 'short' }]
];

const users = [
  { name: 'Ann', email: 'ann@example.com', mood: 'it\'s "ok"', place: { x: 1, names: ['a', null] }, meta: { a: [1, null] }, tags: ['x', null], score: '9007199254740993',
    percent: 50, ratio: 0.5, price: '1.25', born: '1990-01-01', seen: '2024-01-01T10:00:00', guid: '00000000-0000-4000-8000-000000000000', role: 'writer', 'a key': 3, flag: true,
    projects: [{ title: 'Moon', budget: 10, tasks: [{ title: 'fly' }], through: { role: 'admin', since: '2024-01-01' } }, { title: 'Mars' }],
    orders: [{ total: 3 }, {}], seats: [{ row: 1, place: 2 }], current: { create: { title: 'now' } }, notes: [{ id: 1, body: 'x' }] },
  { name: 'Bob', boss: { connect: 1 }, projects: { connect: [{ id: 2, through: { role: 'viewer' } }] }, seats: { connect: { row: 1, place: 2 } } },
  { name: 'Cid', boss: { connect: { id: 2 } }, staff: [{ name: 'Dan' }] }
];

const value = async (db, call, ...values) =>
  (await db.query({ text: `SELECT ${call}`, values: values.map((v) => (typeof v === 'object' && v !== null ? JSON.stringify(v) : v)), rowMode: 'array' })).rows[0]?.[0];

// The messages of tsc --strict about these files; names end in .ts
function compile(files) {
  const folder = mkdtempSync(join(tmpdir(), 'types-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text);
    }
    const program = ts.createProgram(Object.keys(files).map((name) => join(folder, name)), {
      strict: true, noEmit: true, exactOptionalPropertyTypes: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext, types: []
    });
    return ts.getPreEmitDiagnostics(program).map((d) => `${d.file?.fileName.split('/').pop()}:${d.file?.getLineAndCharacterOfPosition(d.start).line + 1} ${ts.flattenDiagnosticMessageText(d.messageText, '\n')}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('types', async (t) => {
  const db = new Client();
  await db.connect();
  t.after(() => db.end());
  await db.query("SET client_min_messages = error; SET timezone = 'UTC'");
  await db.query(declarations);
  for (const user of users) {
    await value(db, 'assoc.create($1, $2)', 'User', user);
  }
  const schema = await value(db, 'assoc.typescript()');
  const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
  formats(ajv);

  await t.test('documents have the type of their load, and no other', async () => {
    const right = [];
    const wrong = [];
    for (const [number, [model, options]] of loads.entries()) {
      const rows = await value(db, 'assoc.find_all($1, $2)', model, options);
      assert.ok(rows.length > 0, `${model} ${JSON.stringify(options)} finds rows`);
      const type = await value(db, 'assoc.typescript($1, $2, $3)', model, options, `Doc${number}`);
      right.push(`${type}\nexport const rows${number}: Doc${number}[] = ${JSON.stringify(rows)};`);
      // a key less, a key more, and every value that is no unknown another
      for (const key of Object.keys(rows[0])) {
        const { [key]: gone, ...rest } = rows[0];
        wrong.push(`${type}\nexport const row: Doc${number} = ${JSON.stringify(rest)};`);
        if (gone !== null && !(key === 'meta')) {
          wrong.push(`${type}\nexport const row: Doc${number} = ${JSON.stringify({ ...rest, [key]: { wrong: 1 } })};`);
        }
      }
      wrong.push(`${type}\nexport const row: Doc${number} = ${JSON.stringify({ ...rows[0], more: 1 })};`);
    }
    const files = Object.fromEntries(wrong.map((text, number) => [`wrong${number}.ts`, text]));
    const messages = compile({ ...files, 'right.ts': right.join('\n') });
    assert.deepEqual(messages.filter((message) => message.startsWith('right.ts')), []);
    const refused = new Set(messages.map((message) => message.split(':')[0]));
    assert.deepEqual(Object.keys(files).filter((name) => !refused.has(name)).map((name) => files[name]), []);
  });

  await t.test('a to-one association that is always there is not null', async () => {
    assert.match(await value(db, 'assoc.typescript($1, $2)', 'Order', { include: ['user'] }), /\n {2}};\n}\n$/);
    assert.match(await value(db, 'assoc.typescript($1, $2)', 'Order', { include: [{ association: 'user', where: { name: 'Ann' }, required: false }] }), /\n {2}} \| null;\n}\n$/);
    assert.match(schema, /interface OrderAssociations {\n {2}user: User;\n}/);
  });

  await t.test('what was written is what may be written', () => {
    const uses = `import type { UserCreate, UserUpdate, User, UserAssociations, UserAccessors, UserKey, SeatKey, Diff } from './schema.js';
export const created: UserCreate[] = ${JSON.stringify(users)};
export const changed: UserUpdate = { name: 'Eve', born: new Date(), projects: { update: { id: 1, data: { title: 'x' }, through: { role: 'viewer' } }, disconnect: [2] }, boss: { set: null } };
export const full = (user: User & Pick<UserAssociations, 'projects' | 'boss'>): string =>
  user.projects.map((project) => project.title + (project.UserProject.role ?? '')).join() + (user.boss?.name ?? '');
export async function page(db: UserAccessors): Promise<string | undefined> {
  const user = db.user_with_projects(1, { include: ['projects.tasks'] });
  const moved: Diff<number> = db.user_reorder_todo(1, [2], { before: 1 });
  const diff: Diff<number> = db.user_add_projects(1, [1, '2'], { role: 'admin' });
  const seats: Diff<SeatKey> = db.user_add_seat(1, { row: 1, place: 2 });
  const key: UserKey = diff.added[0] ?? 0;
  return user?.projects[0]?.title ?? String(key + seats.added.length + moved.updated.length);
}
`;
    const wrong = ["{ name: 1 }", "{}", "{ name: 'x', role: 5 }", "{ name: 'x', mood: 'glad' }", "{ name: 'x', nme: 'y' }",
      "{ name: 'x', projects: [{}] }", "{ name: 'x', projects: { conect: 1 } }", "{ name: 'x', seats: { connect: { row: 1 } } }", "{ name: 'x', orders: [{ total: true }] }"];
    const files = Object.fromEntries(wrong.map((text, number) =>
      [`wrong${number}.ts`, `import type { UserCreate } from './schema.js';\nexport const wrong: UserCreate = ${text};\n`]));
    const messages = compile({ 'schema.ts': schema, 'uses.ts': uses, ...files });
    assert.deepEqual(messages.filter((message) => !message.startsWith('wrong')), []);
    assert.deepEqual(wrong.filter((text, number) => !messages.some((message) => message.startsWith(`wrong${number}.ts:2`))), []);
  });

  await t.test('what a load prints may be saved, and what is not there may not', async () => {
    const shown = await value(db, 'assoc.find_all($1, $2)', 'User', { include: ['projects', 'boss', 'seats', 'current', 'notes', { association: 'orders' }] });
    assert.deepEqual((await value(db, 'assoc.save($1, $2)', 'User', shown)).changes, []);
    const changed = { ...shown[0], flag: false, projects: [{ ...shown[0].projects[0], UserProject: { role: 'viewer' } }, { title: 'Pluto', through: { role: 'admin' } }], boss: null };
    assert.ok((await value(db, 'assoc.save($1, $2, $3)', 'User', changed, { dry_run: true })).changes.length > 3);
    const nested = { projects: { replace: changed.projects }, boss: { replace: { id: 2, name: 'Bea' } } };
    assert.equal((await value(db, 'assoc.update($1, $2, $3)', 'User', nested, { where: { id: 1 }, dry_run: true })).count, 1);
    const validate = ajv.compile(await value(db, 'assoc.json_schema($1, $2)', 'User', 'save'));
    for (const document of [...shown, changed, {}]) {
      assert.ok(validate(document), `${ajv.errorsText(validate.errors)} ${JSON.stringify(document)}`);
    }
    for (const document of [{ nme: 'x' }, { name: 'x' }, { projects: {} }, { projects: [{ titel: 'x' }] }, { projects: [{ UserProject: { rle: 'x' } }] }, { boss: [] },
      { boss: { nme: 'x' } }, { orders: [{ through: {} }] }, { projects: [{ tasks: [{ at: 'x' }] }] }]) {
      assert.ok(!validate(document), JSON.stringify(document));
    }
    const uses = `import type { UserSave, UserUpdate, User, UserAssociations } from './schema.js';
export const shown: UserSave[] = ${JSON.stringify(shown)};
export const changed: UserSave = ${JSON.stringify(changed)};
export const nested: UserUpdate = ${JSON.stringify(nested)};
export const renamed = (user: User & Pick<UserAssociations, 'projects' | 'boss' | 'seats' | 'notes'>): UserSave => ({ ...user, name: 'Eve' });
`;
    const wrong = ["{ nme: 'x' }", "{ id: true }", "{ projects: {} }", "{ projects: [{ titel: 'x' }] }", "{ projects: [{ UserProject: { rle: 'x' } }] }", "{ boss: [] }",
      "{ orders: [{ UserProject: {} }] }", "{ name: null }"];
    const files = Object.fromEntries(wrong.map((text, number) =>
      [`wrong${number}.ts`, `import type { UserSave } from './schema.js';\nexport const wrong: UserSave = ${text};\n`]));
    const messages = compile({ 'schema.ts': schema, 'uses.ts': uses, ...files });
    assert.deepEqual(messages.filter((message) => !message.startsWith('wrong')), []);
    assert.deepEqual(wrong.filter((text, number) => !messages.some((message) => message.startsWith(`wrong${number}.ts:2`))), []);
  });

  await t.test('documents are valid by the schema of their load, and by no other', async () => {
    for (const [model, options] of loads) {
      const rows = await value(db, 'assoc.find_all($1, $2)', model, options);
      const validate = ajv.compile(await value(db, 'assoc.json_schema($1, $2)', model, options));
      for (const row of rows) {
        assert.ok(validate(row), `${model} ${JSON.stringify(options)} ${ajv.errorsText(validate.errors)} ${JSON.stringify(row)}`);
      }
      for (const key of Object.keys(rows[0])) {
        const { [key]: gone, ...rest } = rows[0];
        assert.ok(!validate(rest), `${model} without ${key}`);
      }
      assert.ok(!validate({ ...rows[0], more: 1 }), `${model} with more`);
    }
    const row = ajv.compile(await value(db, 'assoc.json_schema($1)', 'User'));
    assert.ok(row(await value(db, 'assoc.find_by_pk($1, $2)', 'User', 1)), ajv.errorsText(row.errors));
  });

  await t.test('data is valid by the schema where assoc.validate finds nothing', async () => {
    const create = ajv.compile(await value(db, 'assoc.json_schema($1, $2)', 'User', 'create'));
    const update = ajv.compile(await value(db, 'assoc.json_schema($1, $2)', 'User', 'update'));
    const samples = [
      {}, { name: 'Eve' }, { name: 'E' }, { name: 'eve' }, { name: null }, { name: 'Evelyn of the long name' }, { name: 'Eve', email: 'nowhere' }, { name: 'Eve', email: null },
      { name: 'Eve', email: 'root@example.com' }, { name: 'Eve', role: 'admin' }, { name: 'Eve', role: null }, { name: 'Eve', role: 'reader' }, { name: 'Eve', price: 0.1 },
      { name: 'Eve', price: 0.5 }, { name: 'Eve', price: null }, { name: 'Eve', tags: [] }, { name: 'Eve', tags: ['a'] }, { name: 'Eve', tags: ['a', 'b', 'c', 'd'] },
      { name: 'Eve', mood: 'glad' }, { name: 'Eve', mood: 'sad' }, { name: 'Eve', flag: 'perhaps' }, { name: 'Eve', 'a key': 3000000000 }, { name: 'Eve', nme: 'x' }, { name: 'Eve', born: '2000-13-01' },
      { name: 'Eve', guid: 'x' }, { name: 'Eve', place: { x: 1 } }, { name: 'Eve', place: { z: 1 } }
    ];
    for (const data of samples) {
      let failures;
      try {
        failures = (await value(db, 'assoc.validate($1, $2)', 'User', data)).length;
      } catch (error) {
        failures = 1;   // an attribute or a field that there is not
      }
      assert.equal(create(data), failures === 0, `${JSON.stringify(data)} ${ajv.errorsText(create.errors)}`);
    }
    const project = ajv.compile(await value(db, 'assoc.json_schema($1, $2)', 'Project', 'create'));
    assert.ok(!project({}) && !project({ title: ' ' }) && project({ title: 'x', budget: null }), 'what must be given');
    assert.ok(update({ email: 'eve@example.com' }), 'an update need not name all');
    assert.ok(!update({ email: 'nowhere' }) && !update({}), 'an update is checked too');
  });

  await t.test('with bigint as string', async () => {
    await db.query("SET pg_associations.bigint = 'string'");
    const options = { attributes: ['id', { count: 'projects', as: 'n' }], include: ['projects'] };
    const rows = await value(db, 'assoc.find_all($1, $2)', 'User', options);
    const type = await value(db, 'assoc.typescript($1, $2)', 'User', options);
    assert.match(type, /id: string;\n {2}n: string;/);
    assert.deepEqual(compile({ 'doc.ts': `${type}\nexport const rows: UserDocument[] = ${JSON.stringify(rows)};` }), []);
    assert.match(await value(db, 'assoc.typescript()'), /type UserKey = string;/);
    await db.query('RESET pg_associations.bigint');
  });

  await t.test('describe is for everybody', async () => {
    await db.query('DROP ROLE IF EXISTS types_nobody; CREATE ROLE types_nobody; GRANT USAGE ON SCHEMA types TO types_nobody; SET ROLE types_nobody');
    const described = await value(db, 'assoc.describe($1)', 'User');
    await db.query('RESET ROLE; REVOKE USAGE ON SCHEMA types FROM types_nobody; DROP ROLE types_nobody');
    assert.deepEqual(described.attributes.slice(0, 3).map((a) => a.name), ['id', 'name', 'email']);
    assert.deepEqual(described.associations.map((a) => a.alias), ['boss', 'current', 'notes', 'orders', 'projects', 'seats', 'staff', 'todo']);
    const all = await value(db, 'assoc.describe(schema => $1)', 'types');
    assert.deepEqual(all.models.map((m) => m.model), ['Order', 'Project', 'Seat', 'Task', 'User', 'UserProject', 'UserSeat', 'busy', 'old_notes']);
  });
});

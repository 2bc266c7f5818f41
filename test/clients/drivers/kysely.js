'use strict';

const assert = require('node:assert/strict');

const { Kysely, PostgresDialect, sql } = require('kysely');
const { Pool } = require('pg');
const db = new Kysely({ dialect: new PostgresDialect({ pool: new Pool() }) });

async function main() {

const { rows: [{ user }] } = await sql`SELECT user_with_projects(${1}) AS user`.execute(db);
await sql`SELECT user_add_projects(${2}, ${[1, 2]})`.execute(db);
// an array for a jsonb argument has to be text
await sql`SELECT assoc.bulk_create('Project', ${JSON.stringify([{ title: 'Venus' }])})`.execute(db);
const { rows: [{ users }] } = await sql`SELECT assoc.find_all('User', ${{ include: ['projects'] }}) AS users`.execute(db);

assert.deepEqual([user.name, users.map((u) => u.projects.length)], ['Ann', [2, 2]]);

await db.transaction().execute(async (trx) => {
  await sql`SELECT assoc.create('User', ${{ name: 'Cid', projects: { connect: [1] } }})`.execute(trx);
});

await assert.rejects(sql`SELECT assoc.create('User', ${{ email: 'nowhere' }})`.execute(db), (error) =>
  error.code === '23514' && JSON.parse(error.detail).length === 2);
await db.destroy();

}

main();

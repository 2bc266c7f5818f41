// What JavaScript's values become on the way in, and PostgreSQL's on the way out.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { connect, team } = require('./database');

test('values', async (t) => {
  const db = await connect('vals');
  t.after(() => db.end());
  await db.value('assoc.define($1, $2, $3)', 'Thing', {
    id: { type: 'bigint', primaryKey: true },
    flag: 'boolean', amount: 'numeric(30,10)', ratio: 'float8', at: 'timestamptz', day: 'date', tags: 'text[]',
    doc: 'jsonb', raw: 'bytea', word: 'text', safe: { type: 'bigint', json: 'string' }
  }, { timestamps: false });
  await db.value('assoc.define($1, $2, $3)', 'Part', { size: 'bigint' }, { timestamps: false });
  await db.value('assoc.has_many($1, $2)', 'Thing', 'Part');
  await db.value('assoc.create($1, $2)', 'Thing', {
    id: 1, flag: true, amount: '12345678901234567890.0123456789', ratio: 0.1, at: new Date('2024-02-29T12:30:00.123Z'),
    day: '2024-02-29', tags: ['a', 'b,"c"'], doc: { a: [1, null, 'x'] }, raw: '\\x00ff', word: 'Grüße 🎉 "quoted" \\ \n', safe: 7
  });

  await t.test('are what they were', async () => {
    const thing = await db.value('assoc.find_by_pk($1, $2)', 'Thing', 1);
    assert.deepEqual({ ...thing, amount: null }, {
      id: 1, flag: true, amount: null, ratio: 0.1, at: '2024-02-29T12:30:00.123+00:00', day: '2024-02-29',
      tags: ['a', 'b,"c"'], doc: { a: [1, null, 'x'] }, raw: '\\x00ff', word: 'Grüße 🎉 "quoted" \\ \n', safe: '7'
    });
    assert.equal(new Date(thing.at).getTime(), Date.UTC(2024, 1, 29, 12, 30, 0, 123));
    assert.match(await db.value('assoc.find_by_pk($1, $2)::text', 'Thing', 1), /"amount": 12345678901234567890.0123456789/);
  });

  await t.test('that JavaScript cannot hold', async () => {
    const big = '9007199254740993';
    await db.value('assoc.create($1, $2)', 'Thing', { id: big, parts: [{ size: big }] });
    const text = await db.value('assoc.find_by_pk($1, $2, $3)', 'Thing', big,
      { bigint: 'string', attributes: ['id', 'safe'], include: [{ association: 'parts', attributes: ['size'] }] });
    assert.deepEqual(text, { id: big, safe: null, parts: [{ size: big }] });
    const number = await db.value('assoc.find_by_pk($1, $2, $3)', 'Thing', big, { attributes: ['id'] });
    assert.notEqual(String(number.id), big, 'as a number it is rounded by JSON.parse');
    // what came out as text goes in as text
    assert.equal(await db.value('assoc.count($1, $2)', 'Thing', { where: { id: text.id } }), '1');
    assert.deepEqual((await db.value('thing_get_parts($1, $2)', text.id, { bigint: 'string', attributes: ['size'] })),
      [{ size: big }]);
    assert.equal(await db.value('assoc.find_by_pk($1, $2)', 'Thing', 9007199254740993n) !== null, true, 'a BigInt is a key');
  });

  await t.test('in where', async () => {
    const where = async (condition) => db.value('assoc.count($1, $2)', 'Thing', { where: condition });
    assert.equal(await where({ at: { gte: new Date('2024-02-29T12:30:00.123Z') } }), '1');
    assert.equal(await where({ at: { gt: new Date('2024-02-29T12:30:00.123Z') } }), '0');
    assert.equal(await where({ flag: true, ratio: 0.1, amount: '12345678901234567890.0123456789' }), '1');
    assert.equal(await where({ tags: { contains: ['a'] } }), '1');
    assert.equal(await where({ flag: null }), '1');
    // JSON.stringify leaves undefined out, so this asks for everything
    assert.equal(await where({ word: undefined }), '2');
    assert.equal(await where({ 'doc.a': { contains: [1] } }), '1');
    assert.equal(await where({ word: { substring: '🎉 "quoted"' } }), '1');
  });

  await t.test('json keeps the declared order of keys', async () => {
    // an object loses it on its way into jsonb, an array does not
    await db.value('assoc.define($1, $2, $3)', 'Ordered', JSON.stringify([
      { name: 'title', type: 'text' }, { name: 'at', type: 'date' }, { name: 'a', type: 'int' }]), { timestamps: false });
    await db.value('assoc.create($1, $2)', 'Ordered', { a: 1 });
    assert.deepEqual(Object.keys(await db.value('assoc.find_by_pk_json($1, $2)', 'Ordered', 1)), ['id', 'title', 'at', 'a']);
  });
});

test('arrays', async (t) => {
  const db = await team('arrays');
  t.after(() => db.end());
  // For an array the driver writes PostgreSQL's array, which is right for accessors.
  assert.deepEqual((await db.value('user_add_projects($1, $2)', 1, [1, 2])).added, [1, 2]);
  // A document that is an array is text for the driver.
  assert.deepEqual((await db.value('assoc.add($1, $2, $3, $4)', 'User', 1, 'projects', JSON.stringify([2, 3]))).added, [3]);
  assert.equal((await db.failure('assoc.add($1, $2, $3, $4)', 'User', 1, 'projects', [2, 3])).code, '22P02');
  assert.equal((await db.failure('user_add_projects($1, $2)', 1, ['one'])).code, '22P02');
});

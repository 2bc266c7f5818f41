// Pages forward and back through a client whose numbers are doubles: cursors are
// texts, and stand in a URL as they are.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { connect } = require('./database');

// The ids of all pages in turn; more pages than rows are an endless loop.
async function walk(db, options, key, first) {
  const pages = [];
  let page = first;
  while (page[key] !== null && page[key] !== undefined && pages.length < 20) {
    assert.match(page[key], /^[A-Za-z0-9_-]+$/);
    const cursor = new URL(`http://app/films?${key}=${page[key]}`).searchParams.get(key);
    page = await db.value('assoc.find_page($1, $2)', 'Film', { ...options, [key === 'next' ? 'after' : 'before']: cursor });
    pages.push(page.rows.map((row) => row.id));
  }
  return [pages, page];
}

test('cursors', async (t) => {
  const db = await connect('cursors');
  t.after(() => db.end());
  await db.value('assoc.define($1, $2)', 'Film', { title: 'text', score: 'numeric', seen: 'bigint', weight: 'float8', at: 'timestamptz' });
  await db.value('assoc.define($1, $2)', 'Rating', { stars: 'integer' });
  await db.value('assoc.has_many($1, $2)', 'Film', 'Rating');
  await db.value('assoc.bulk_create($1, $2)', 'Film', JSON.stringify([1, 2, 3, 4, 5].map((i) => ({
    title: `film ${i}`, score: '0.12345678901234567890', seen: `${9007199254740991n + BigInt(i)}`, weight: 0.1 + 0.2, at: '2024-01-02T03:04:05.123456Z',
    ratings: [{ stars: 3 }, { stars: 3 }, { stars: 4 }] }))));
  for (const by of [{ avg: ['ratings', 'stars'] }, 'score', 'seen', 'weight', 'at']) {
    for (const direction of ['ASC', 'DESC']) {
      await t.test(`by ${JSON.stringify(by)} ${direction}`, async () => {
        const options = { attributes: ['id'], order: [{ by, direction }], limit: 1 };
        const first = await db.value('assoc.find_page($1, $2)', 'Film', options);
        const all = (await db.value('assoc.find_all($1, $2)', 'Film', { ...options, limit: null })).map((row) => row.id);
        const [onward, last] = await walk(db, options, 'next', first);
        assert.deepEqual([first.rows[0].id, ...onward.flat()], all);
        const [back] = await walk(db, options, 'previous', last);
        assert.deepEqual(back.flat(), all.slice(0, -1).reverse());
      });
    }
  }
});

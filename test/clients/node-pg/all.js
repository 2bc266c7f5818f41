// Everything, one after the other, on the database of PGDATABASE.
'use strict';

const { test } = require('node:test');
const { connect } = require('./database');

test('the extension', async () => {
  const db = await connect();
  await db.query('CREATE EXTENSION IF NOT EXISTS pg_associations');
  await db.end();
});

require('./tutorial');
require('./functions');
require('./values');
require('./cursors');
require('./errors');
require('./sessions');

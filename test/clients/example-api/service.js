// Starts a service of examples/api and ends it after use.
'use strict';

const { spawn } = require('node:child_process');
const net = require('node:net');
const { setTimeout: sleep } = require('node:timers/promises');

// use(its address), while COMMAND serves in the current folder
async function withService([command, ...words], use, options = {}) {
  const folder = process.env.PGHOST;
  const between = folder?.startsWith('/') ? await relay(folder) : null;
  const server = between ? { PGHOST: '127.0.0.1', PGPORT: String(between.address().port) } : {};
  const port = await freePort();
  const service = spawn(command, words, { ...options, env: { ...process.env, ...server, PORT: String(port) }, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await answering(`http://localhost:${port}`, service);
    await use(`http://localhost:${port}`);
    console.log('ok');
  } finally {
    service.kill();
    between?.close();
  }
}

// The test's server listens at a Unix socket; not every driver speaks through one.
function relay(folder) {
  const server = net.createServer((client) => {
    const socket = net.connect(`${folder}/.s.PGSQL.${process.env.PGPORT ?? 5432}`);
    client.pipe(socket).pipe(client);
    for (const end of [client, socket]) end.on('error', () => { client.destroy(); socket.destroy(); });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function freePort() {
  const server = await new Promise((resolve) => { const it = net.createServer().listen(0, '127.0.0.1', () => resolve(it)); });
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answering(base, service) {
  while (service.exitCode === null) {
    if (await fetch(base).catch(() => null)) return;
    await sleep(100);
  }
  throw new Error('it does not start');
}

module.exports = { withService };

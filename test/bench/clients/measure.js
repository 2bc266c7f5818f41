// measure.js ROUNDS SECONDS: requests a second from one process of Node.js, four at a time over four connections. Round by
// round each library has its turn, so that what disturbs the machine disturbs all alike; a figure is the median. Prints
// CSV as test/bench/report.pl reads it.
'use strict';

const assert = require('node:assert/strict');
const { connections, libraries } = require('./libraries.js');

const [rounds, seconds] = process.argv.slice(2).map(Number);
const works = { user: 'a user with 10 projects, by id', page: 'a page of 20 users with projects' };
const users = 10000;

// What a service sends
const sent = (result) => (typeof result === 'string' ? result : JSON.stringify(result));

// The titles of a load, whichever shape and order the library gives them
function titles(result) {
  const list = [JSON.parse(sent(result))].flat();
  return list.map((user) => [user.name, (user.projects ?? user.links).map((it) => (it.project ?? it).title).sort()]);
}

async function checkAll(opened) {
  for (const [work, argument] of [['user', 77], ['page', 40]]) {
    const expected = titles(await opened['SQL by hand'][work](argument));
    for (const [name, library] of Object.entries(opened)) {
      assert.deepEqual(titles(await library[work](argument)), expected, `${name}: ${work}`);
    }
  }
}

// Seconds that one request takes, all connections taken together
async function timeOf(load, next) {
  const start = process.hrtime.bigint();
  const end = start + BigInt(Math.round(seconds * 1e9));
  let done = 0;
  const worker = async () => {
    while (process.hrtime.bigint() < end) {
      sent(await load(next()));
      done++;
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return Number(process.hrtime.bigint() - start) / 1e9 / done;
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function measure(opened, work) {
  let turn = 0;
  const next = work === 'user' ? () => (turn++ * 7919) % users + 1 : () => (turn++ % 25) * 20;
  const times = Object.fromEntries(Object.keys(opened).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, library] of Object.entries(opened)) {
      times[name].push(await timeOf(library[work], next));
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

async function main() {
  const opened = {};
  for (const [name, open] of Object.entries(libraries)) {
    opened[name] = await open();
  }
  await checkAll(opened);
  console.log('title,against,unit,ours,fastest,other,ratio,at_least,reached');
  for (const [work, title] of Object.entries(works)) {
    const { ours, ...others } = await measure(opened, work);
    for (const [name, other] of Object.entries(others)) {
      console.log(`"${title}","${name}",s,${ours},as documented,${other},${(other / ours).toFixed(2)},,`);
    }
  }
  await Promise.all(Object.values(opened).map((library) => library.end()));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

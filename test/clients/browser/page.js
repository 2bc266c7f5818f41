// The page of examples/api and the diagrams, in Chromium.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const puppeteer = require('puppeteer-core');
const { withService } = require('../example-api/service.js');

const sql = (text) => execFileSync('psql', ['-XAtqc', text], { encoding: 'utf8' });
const texts = (page, selector) => page.$$eval(selector, (elements) => elements.map((element) => element.textContent.trim()));
const until = (page, condition, ...values) => page.waitForFunction(condition, { timeout: 10000 }, ...values);

async function fill(page, values) {
  for (const [name, value] of Object.entries(values)) {
    await page.$eval(`#form [name=${name}]`, (input, text) => { input.value = text; }, value);
  }
  await page.click('#form button');
}

async function usePage(page, base) {
  await page.goto(base);
  await fill(page, { name: 'x', email: 'nowhere' });
  await until(page, () => document.querySelector('#form [data-for=email]').textContent !== '');
  assert.deepEqual(await texts(page, '#form .error'), ['has 2 to 40 letters', 'is no address', '']);

  await fill(page, { name: 'Ann', email: 'ann@example.com', project: 'Moon' });
  await until(page, () => document.querySelectorAll('#users li').length === 1);
  assert.deepEqual(await texts(page, '#users li small'), ['Moon (viewer)']);
  assert.deepEqual(await texts(page, '#form .error'), ['', '', '']);
  await fill(page, { name: 'Bob', email: 'ann@example.com' });
  await until(page, () => document.querySelector('#form [data-for=email]').textContent !== '');

  for (let i = 0; i < 11; i++) sql(`SELECT assoc.create('team.User', '{"name": "User ${i}", "email": "user${i}@example.com"}')`);
  await page.type('#filter', 'U');
  await until(page, () => document.querySelectorAll('#users li').length === 10);
  await page.click('#more');
  await until(page, () => document.querySelectorAll('#users li').length === 11);
  assert.equal(await page.$eval('#more', (button) => button.hidden), true);

  const link = async (project) => {
    await page.$eval('#users li [name=project]', (input, text) => { input.value = text; }, project);
    await page.select('#users li select', 'admin');
    await page.click('#users li button');
  };
  await link('99');
  await until(page, () => document.querySelector('#users li .error').textContent !== '');
  assert.match((await texts(page, '#users li .error'))[0], /99/);
  await link('1');
  await until(page, () => document.querySelector('#users li small').textContent === 'Moon (admin)');
}

// Labels of a picture that lie on one another or outside
const clashes = (page, selector) => page.evaluate((selected) => {
  const svg = document.querySelector('svg').getBoundingClientRect();
  const boxes = [...document.querySelectorAll(selected)].map((element) => [element.textContent, element.getBoundingClientRect()]);
  const outside = boxes.filter(([, b]) => b.left < svg.left - 1 || b.right > svg.right + 1 || b.top < svg.top - 1 || b.bottom > svg.bottom + 1);
  const crossing = boxes.flatMap(([text, a], i) => boxes.slice(i + 1)
    .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4)
    .map(([other]) => `${text} x ${other}`));
  return [...outside.map(([text]) => text), ...crossing];
}, selector);

async function mermaid(page, schema) {
  const text = sql(`SELECT assoc.diagram('mermaid', '${schema}')`);
  await page.setContent(`<pre class="mermaid"></pre>`);
  await page.addScriptTag({ path: 'mermaid.min.js' });
  const svg = await page.evaluate(async (source) => (await window.mermaid.render('drawn', source)).svg, text);
  for (const model of JSON.parse(sql(`SELECT assoc.describe(NULL, '${schema}')`)).models.map((it) => it.model)) {
    assert.ok(svg.includes(model), `Mermaid draws ${model}`);
  }
}

async function picture(page, svg) {
  await page.setContent(`<!doctype html><body style="margin:0">${svg}`);
  assert.deepEqual(await clashes(page, 'svg text'), []);
}

async function main() {
  sql("SELECT assoc.discover('blog', apply => true)");
  const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium-headless-shell', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => { throw error; });
    await withService(['node', 'server.js'], (base) => usePage(page, base), { cwd: '../../../examples/api/node' });
    for (const schema of ['team', 'blog']) {
      await mermaid(page, schema);
      await picture(page, sql(`SELECT assoc.diagram('svg', '${schema}')`));
      const drawn = execFileSync('dot', ['-Tsvg'], { input: sql(`SELECT assoc.diagram('dot', '${schema}')`), encoding: 'utf8' });
      await picture(page, drawn.slice(drawn.indexOf('<svg')));
    }
    for (const chart of ['performance', 'performance-clients']) {
      await picture(page, readFileSync(`../../../docs/${chart}.svg`, 'utf8'));
    }
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

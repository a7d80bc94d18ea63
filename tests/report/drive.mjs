// Drives the page of `report` in headless Chromium. The only argument is a task as JSON; what was found goes to standard output.
import assert from 'node:assert/strict';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const task = JSON.parse(process.argv[2]);
const { chromium } = await import(pathToFileURL(path.join(task.playwright, 'index.mjs')));
const { wanted } = task;

// As root Chromium starts only without its own sandbox; the page is ours.
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const browser = await chromium.launch({ executablePath: task.chromium, args });
const faults = [];
const found = {};

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) faults.push(`console: ${m.text()}`); });
  page.on('pageerror', (e) => faults.push(`error: ${e.stack}`));
  page.on('request', (r) => { if (!r.url().startsWith('file:')) faults.push(`request: ${r.url()}`); });
  await page.goto(pathToFileURL(task.page).href);
  await page.waitForSelector('html[data-ready]');
  return page;
}

const text = (page, selector) => page.locator(selector).innerText();

/** Waits until a text stands in an element. */
async function says(page, selector, part) {
  await page.waitForFunction(([s, p]) => document.querySelector(s)?.textContent.includes(p), [selector, part], { timeout: 10000 })
    .catch(async () => assert.fail(`'${part}' is not in ${selector}: ${await page.locator(selector).first().innerText()}`));
}

/** Pixels of the first canvas that are not blank. */
const painted = (page, selector) => page.evaluate((s) => {
  const canvas = document.querySelector(`${s} canvas`);
  if (!canvas) return 0;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 3; i < data.length; i += 4) count += data[i] > 0;
  return count;
}, selector);

/** Names of what a keyboard or a screen reader meets, which must not be empty. */
const unnamed = (page) => page.evaluate(() => [...document.querySelectorAll('a, button, input, select, [role=img], [role=group], [role=region]')]
  .filter((e) => e.checkVisibility() && !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length))
  .map((e) => e.outerHTML.slice(0, 200)));

async function charts(page) {
  await page.locator('#cards .card').first().scrollIntoViewIfNeeded();
  await page.waitForSelector('#cards .card canvas');
  assert.ok(await painted(page, '#cards .card') > 500, 'the first chart is blank');
  assert.deepEqual(await unnamed(page), []);
}

async function choosers(page) {
  await page.fill('#search', 'parse');
  await says(page, '#count', "1 chart fit 'parse'");
  await page.fill('#search', 'no such thing');
  await says(page, '#count', '0 charts');
  await page.fill('#search', '');
  await says(page, '#count', '5 charts');
  await page.selectOption('#machine', wanted.machines[1]);
  await says(page, '#count', '1 chart');
  assert.ok(!(await text(page, '#changes')).includes(wanted.machines[0]));
  await page.selectOption('#machine', '');
  await page.selectOption('#branch', 'feature');
  await says(page, '#summary', '33 of 33 commits of feature measured');
  await page.selectOption('#branch', 'main');
  await says(page, '#summary', '30 of 30 commits of main measured');
  await page.selectOption('#order', 'big');
  await says(page, '#cards .card:first-child', 'parse/large');
  await page.goBack();
  assert.equal(await page.inputValue('#order'), '');
}

async function tooltip(page) {
  await page.fill('#search', 'print');
  await says(page, '#count', '1 chart');
  const over = page.locator('#cards .card .u-over');
  await over.scrollIntoViewIfNeeded();
  const box = await over.boundingBox();
  await page.mouse.move(box.x + box.width - 2, box.y + box.height / 2);
  await page.waitForSelector('#tip:not([hidden])');
  const tip = await text(page, '#tip');
  for (const part of [wanted.head.slice(0, 8), '2024-01-31', wanted.author, 'change 29', wanted.machines[0], '2.', ' ms', '± 20 us', 'n = 20']) {
    assert.ok(tip.includes(part), `'${part}' is not in the tooltip: ${tip}`);
  }
  await page.mouse.move(5, 5);
  await page.fill('#search', '');
  await says(page, '#count', '5 charts');
}

async function links(page) {
  const hrefs = await page.$$eval('a', (all) => all.map((a) => a.getAttribute('href')));
  assert.ok(hrefs.includes(wanted.link), `${wanted.link} is not among ${hrefs}`);
  for (const href of hrefs) assert.match(href, /^(#|https:\/\/github\.com\/example\/widgets\/commit\/[0-9a-f]{40}$)/);
}

async function detail(page) {
  await page.locator('#cards .card a', { hasText: 'print' }).click();
  await page.waitForSelector('#detail:not([hidden]) canvas');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'detail-title', 'the heading has the focus');
  assert.ok(await painted(page, '#large') > 2000, 'the large chart is blank');
  await page.focus('#large');
  await page.keyboard.press('End');
  await says(page, '#live', wanted.head.slice(0, 8));
  await page.keyboard.press('ArrowLeft');
  await says(page, '#live', 'change 28');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#tip.pinned');
  await page.keyboard.press('Escape');
  assert.ok(!(await page.isVisible('#tip')));
  await page.click('#detail summary');
  await page.locator('#detail details tbody tr').nth(29).waitFor();
  assert.equal(await page.locator('#detail details tbody tr').count(), 30);
  assert.deepEqual(await unnamed(page), []);
  // The address leads to the same view.
  await page.reload();
  await says(page, '#detail-title', 'print');
  await page.click('#back');
  assert.ok(await page.isVisible('#cards'));
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'print', 'the focus returns');
}

/** Names that are HTML stand there as text, and did nothing. */
async function harmless(page) {
  const all = await text(page, '#cards');
  for (const name of wanted.names) assert.ok(all.includes(name), `${name} is not shown`);
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await page.locator('svg[onload]').count(), 0);
}

async function whole() {
  const page = await open({ colorScheme: 'light' });
  await says(page, '#changes', 'change 18');
  await says(page, '#changes', wanted.accepted);
  await says(page, '#accepted', 'parse*');
  for (const step of [charts, choosers, links, tooltip, detail, harmless]) await step(page);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
  await page.click('#theme');
  await page.click('#theme');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(ground, 'rgb(13, 17, 23)');
  for (const scheme of ['light', 'dark']) {
    const view = await open({ colorScheme: scheme });
    await view.locator('#charts').scrollIntoViewIfNeeded();
    await view.waitForSelector('#cards canvas');
    await view.evaluate(() => scrollTo(0, 0));
    found[scheme] = path.join(task.kept, `${scheme}.png`);
    await view.screenshot({ path: found[scheme], fullPage: true });
  }
  // Without script the page still says what it is.
  const bare = await browser.newContext({ javaScriptEnabled: false });
  const plain = await bare.newPage();
  await plain.goto(pathToFileURL(task.page).href);
  assert.ok((await text(plain, 'main')).includes('need its script'));
}

async function comparison() {
  const page = await open();
  assert.ok((await text(page, '#beside')).includes('improvement'));
  await page.locator('#beside a', { hasText: wanted.name }).first().click();
  await says(page, '#detail-title', wanted.name);
}

async function odd() {
  const page = await open();
  await says(page, '#count', wanted.count);
  if (wanted.text) await says(page, 'main', wanted.text);
  if (wanted.drawn) await charts(page);
  if (wanted.cards) assert.ok(await page.locator('.card').count() <= wanted.cards, 'too many cards at once');
  if (wanted.fits) assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the window');
  if (wanted.search) {
    await page.fill('#search', wanted.search[0]);
    await says(page, '#count', wanted.search[1]);
  }
}

try {
  await { whole, comparison, odd }[task.mode]();
  assert.deepEqual(faults, []);
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(found));

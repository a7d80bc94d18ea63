// Elements. All text goes in as text: nothing of it is ever read as HTML.

const byId = (id) => document.getElementById(id);

/** An element with attributes and children; strings become text, null and false nothing. */
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'on') Object.entries(value).forEach(([event, handler]) => made.addEventListener(event, handler));
    else if (value !== null && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== false && child !== undefined));
  return made;
}

/** Text of other people: with its own direction, which does not turn what stands beside it. */
const foreign = (text) => el('bdi', {}, text);

/** A short commit id, as a link where it is known where commits are shown. */
function commitLink(id) {
  const short = id.slice(0, 8);
  if (!LINKS) return el('span', { class: 'commit', title: id }, short);
  return el('a', { class: 'commit', href: LINKS + id, title: id, rel: 'noreferrer noopener', target: '_blank' }, short);
}

/** Whether a change is good, bad or neither, as a class. */
const toneOf = (step) =>
  step.accepted ? 'dim' : step.verdict === 'regression' ? 'bad' : step.verdict === 'improvement' ? 'good' : 'strong';

/** The colour that the style gives to a name. */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A table that scrolls by itself, and by keyboard. Heads: [title, class]; rows: arrays of nodes. */
function table(heads, rows, caption) {
  const cell = (node, i) => el('td', { class: heads[i][1] ?? null }, node);
  return el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    el('table', {},
      el('thead', {}, el('tr', {}, heads.map(([title, kind]) => el('th', { scope: 'col', class: kind === 'r' ? 'r' : null }, title)))),
      el('tbody', {}, rows.map((row) => el('tr', {}, row.map(cell))))));
}

/** A list that shows its first entries, and a button for the rest. `make` draws so many of them. */
function partly(count, first, make) {
  const box = el('div');
  const draw = (shown) => {
    box.replaceChildren(make(shown));
    if (shown < count) {
      const more = () => { draw(Math.min(count, shown * 10)); box.querySelector('tr:nth-last-child(1)')?.scrollIntoView({ block: 'nearest' }); };
      box.append(el('p', {}, el('button', { type: 'button', on: { click: more } }, `Show more of ${countText(count, 'row')}`)));
    }
  };
  draw(Math.min(count, first));
  return box;
}

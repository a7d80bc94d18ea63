// The list of charts. Cards come as one scrolls, and only those that are near are drawn.

const BATCH = 60;

/** A link to the chart itself. */
function chartLink(chart) {
  return el('a', { href: hashOf({ ...STATE, show: chart.key }), title: chart.benchmark }, foreign(chart.branch.short(chart)));
}

/** The lines of a chart on the chosen machine. */
const linesOf = (chart, machine) => chart.lines.filter((line) => machine === null || line.machine === machine);

/** What is drawn, for those who do not see it. */
function summaryOf(chart, lines) {
  const one = (line) => {
    const first = line.ends ? `from ${valueText(line.ends[0], chart.scale)} to ${valueText(line.ends[1], chart.scale)}` : 'no value';
    return `${DATA.machines[line.machine]}: ${first}, ${countText(line.steps.length, 'change')}`;
  };
  return `${chart.benchmark}, ${chart.metric}. ${lines.map(one).join('; ')}`;
}

const direction = (chart) => ({ lower: 'lower is better', higher: 'higher is better' })[chart.better] ?? '';

/** What a line says in words: its newest value and its last change. */
function lineFacts(chart, line, several) {
  const step = line.steps.at(-1);
  return el('span', {},
    several && el('span', { class: `swatch s${line.colour % COLOURS}` }), several && foreign(DATA.machines[line.machine]), several && ' ',
    el('strong', {}, line.ends ? valueText(line.ends[1], chart.scale) : 'no value'),
    step && el('span', { class: toneOf(step) }, ` ${changeText(step.change)}`));
}

function notesOf(lines) {
  const other = lines.find((line) => line.otherUnit !== null);
  const failed = new Set(lines.flatMap((line) => line.failed)).size;
  const texts = [
    other ? `older points in '${other.otherUnit}' are left out` : null,
    failed > 0 ? `failed at ${countText(failed, 'commit')}` : null,
  ].filter(Boolean);
  return texts.length ? el('p', { class: 'warn help' }, texts.join('; ')) : null;
}

const CARDS = {
  list: byId('cards'),
  charts: [],
  shown: 0,
  machine: null,
  drawn: new Map(),

  /** Shows these charts from the first on. */
  show(charts, machine) {
    this.clear();
    Object.assign(this, { charts, machine, shown: 0 });
    this.list.replaceChildren();
    this.more();
  },

  clear() {
    this.watch.disconnect();
    this.drawn.forEach((made) => made.destroy());
    this.drawn.clear();
  },

  more() {
    const next = this.charts.slice(this.shown, this.shown + BATCH);
    this.shown += next.length;
    for (const chart of next) {
      const card = this.card(chart);
      this.list.append(card);
      this.watch.observe(card);
    }
    byId('more').hidden = this.shown >= this.charts.length;
  },

  card(chart) {
    const lines = linesOf(chart, this.machine);
    const empty = lines.every((line) => line.ends === null);
    const box = el('div', { class: empty ? 'plot none' : 'plot', role: 'img', 'aria-label': summaryOf(chart, lines) });
    const shown = lines.slice(0, 6).map((line) => lineFacts(chart, line, chart.lines.length > 1));
    const card = el('li', { class: 'card' },
      el('h3', {}, chartLink(chart)),
      el('div', { class: 'facts' }, el('span', { class: 'dim' }, foreign(chart.metric), chart.suite === 'default' ? null : [' · ', foreign(chart.suite)]), ...shown,
        lines.length > shown.length && el('span', { class: 'dim' }, `and ${lines.length - shown.length} more`)),
      notesOf(lines), box);
    card.chart = chart;
    card.draw = () => { if (!empty) this.drawn.set(card, plot(box, chart, lines, { tip: TIP })); };
    return card;
  },

  /** Gives the focus to the link of a chart, as far as it is shown. */
  focus(chart) {
    [...this.list.children].find((card) => card.chart === chart)?.querySelector('a').focus();
  },

  /** Draws everything anew, in the colours of now. */
  redraw() {
    for (const [card, made] of [...this.drawn]) {
      made.destroy();
      card.draw();
    }
  },

  resize() {
    this.drawn.forEach((made, card) => made.setSize({ width: Math.max(card.querySelector('.plot').clientWidth, 50), height: 150 }));
  },
};

CARDS.watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const made = CARDS.drawn.get(target);
    if (isIntersecting && !made) target.draw();
    if (!isIntersecting && made) {
      made.destroy();
      CARDS.drawn.delete(target);
    }
  }
}, { rootMargin: '400px' });

new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting) && CARDS.shown < CARDS.charts.length) CARDS.more();
}, { rootMargin: '600px' }).observe(byId('more'));
byId('more').addEventListener('click', () => CARDS.more());

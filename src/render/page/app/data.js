// The facts of the page, as src/render/page/data.rs writes them; columns are unpacked when they are drawn.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUE_OF = new Uint8Array(128);
for (let i = 0; i < 64; i++) VALUE_OF[DIGITS.charCodeAt(i)] = i;

/** A packed column: differences, zigzagged, five bits a character. Arithmetic instead of shifts: up to 2^51. */
function integers(text) {
  const out = [];
  let before = 0, rest = 0, size = 1;
  for (let i = 0; i < text.length; i++) {
    const digit = VALUE_OF[text.charCodeAt(i)];
    rest += (digit & 31) * size;
    size *= 32;
    if (digit & 32) continue;
    before += rest % 2 ? -(rest + 1) / 2 : rest / 2;
    out.push(before);
    rest = 0;
    size = 1;
  }
  return out;
}

/** A packed column of optional integers; null where none is known. */
function optional(text) {
  return text === '' ? null : integers(text).map((v) => (v === 0 ? null : v - 1));
}

const DATA = JSON.parse(document.getElementById('data').textContent);
const TIMES = integers(DATA.times);
const AUTHORS = integers(DATA.by);
const LINKS = /^https?:\/\//.test(DATA.url ?? '') ? DATA.url : null;

/** A commit by its place in the page. */
function commitAt(place) {
  return { id: DATA.ids[place], time: TIMES[place], author: DATA.authors[AUTHORS[place]], subject: DATA.subjects[place] };
}

/** One series: what it is called, and its points when they are asked for. */
class Line {
  constructor([names, columns, exponent, values, steps, ends, otherUnit], branch) {
    Object.assign(this, { columns, exponent, packed: values, ends, otherUnit, branch });
    [this.benchmark, this.metric, this.better, this.suite] = [0, 1, 3, 4].map((i) => DATA.texts[names[i]]);
    [this.unit, this.scale] = DATA.units[names[2]];
    this.machine = names[5];
    this.steps = steps.map(([index, before, level, change, verdict, unmeasured, accepted]) => ({
      index, before, level, change, verdict, unmeasured, accepted: branch.accepted[accepted] ?? null, line: this,
    }));
  }

  /** The same machine has the same colour in every chart. */
  get colour() { return this.machine; }

  column(i) { return DATA.columns[this.columns[i]]; }

  /** Places of the points among the commits of the branch. */
  get at() { return integers(this.column(0)); }

  get failed() { return integers(this.column(4)); }

  points() {
    const unit = 10 ** Math.abs(this.exponent);
    const scaled = this.exponent < 0 ? (v) => v / unit : (v) => v * unit;
    const spread = optional(this.column(3));
    return {
      at: this.at,
      values: integers(this.packed).map(scaled),
      n: optional(this.column(1)),
      runs: this.column(2) === '' ? null : integers(this.column(2)),
      spread: spread && spread.map((v) => (v === null ? null : scaled(v))),
    };
  }

  /** Place of the first point of a step's level among the commits of the branch. */
  placeOf(step) {
    this.places ??= this.at;
    return this.places[step.index];
  }
}

/** What all names begin with, up to a separator; nothing where it is short, or would leave nothing of a name. */
function sharedPrefix(names) {
  if (new Set(names).size < 2) return '';
  let prefix = names[0];
  for (const name of names) {
    while (!name.startsWith(prefix)) prefix = prefix.slice(0, -1);
  }
  const end = Math.max(...['/', '.', ':', ' '].map((mark) => prefix.lastIndexOf(mark))) + 1;
  return end >= 10 && names.every((name) => name.length > end) ? prefix.slice(0, end) : '';
}

/** A branch with its charts: one for each benchmark, metric, unit and suite, with a line for each machine. */
class Branch {
  constructor(raw) {
    Object.assign(this, { name: raw.name, tip: raw.tip, walked: raw.walked, notes: raw.notes });
    this.commits = integers(raw.commits);
    this.distances = integers(raw.distances);
    this.twins = new Map(raw.twins);
    this.accepted = raw.accepted.map(([commit, what, reason, who, said, until]) => ({ commit, what, reason, who, said, until }));
    this.charts = [];
    let last = null;
    for (const one of raw.series) {
      const line = new Line(one, this);
      const key = [line.benchmark, line.metric, line.unit, line.suite].join('\n');
      if (!last || last.key !== key) {
        last = { key, branch: this, lines: [], words: key.toLowerCase() };
        for (const name of ['benchmark', 'metric', 'unit', 'scale', 'suite', 'better']) last[name] = line[name];
        this.charts.push(last);
      }
      last.lines.push(line);
    }
    this.prefix = sharedPrefix(this.charts.map((chart) => chart.benchmark));
  }

  /** The name of a benchmark without what all names of the branch begin with. */
  short(chart) { return this.prefix ? '…' + chart.benchmark.slice(this.prefix.length) : chart.benchmark; }

  commit(place) { return commitAt(this.commits[place]); }

  /** Commits between the measured commit at a place and the one before it. */
  unmeasured(place) {
    return place > 0 ? this.distances[place - 1] - this.distances[place] - 1 : 0;
  }
}

const BRANCHES = DATA.branches.map((raw) => {
  let made = null;
  return () => (made ??= new Branch(raw));
});

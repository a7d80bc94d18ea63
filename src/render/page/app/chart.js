// One chart: uPlot over the commits of a branch, with change points, levels, accepted changes and failures.

/** So many lines have a colour of their own; further ones are dashed. */
const COLOURS = 8;

/** A line is broken where this many times as many commits as usual have no value of it (and ten at least), or a tenth of all. */
const GAP = 5;

/** The values of a line over the places from..to: a number, undefined = goes on, null = gap. */
function spreadOut(points, failed, from, to) {
  const out = new Array(to - from + 1).fill(undefined);
  const steps = [];
  points.at.forEach((at, i) => {
    out[at - from] = points.values[i];
    if (i > 0) steps.push(at - points.at[i - 1]);
  });
  const usual = [...steps].sort((a, b) => a - b)[steps.length >> 1] ?? 1;
  steps.forEach((step, i) => {
    if (step > Math.max(10, Math.min(GAP * usual, out.length / 10))) out[points.at[i] + 1 - from] = null;
  });
  for (const at of failed) {
    if (at >= from && at <= to && out[at - from] === undefined) out[at - from] = null;
  }
  return out;
}

/** The range of the axis: noise of less than 2 % of the level does not fill the height. */
function rangeOf(least, greatest) {
  if (least === null || greatest === null) return [0, 1];
  const middle = least / 2 + greatest / 2;
  const half = Math.max((greatest / 2 - least / 2) * 1.1, Math.abs(middle) * 0.01) || 1;
  return [middle - half, middle + half];
}

/** Labels of the value axis, all in the unit of the greatest. */
function labels(splits, increment, scale) {
  const greatest = Math.max(...splits.map(Math.abs));
  const [suffix, size] = greatest > 0 ? stepOf(greatest, scale) : scale[0];
  let places = 0;
  while (places < 12 && Math.abs((increment / size) * 10 ** places - Math.round((increment / size) * 10 ** places)) > 1e-6) places++;
  const large = greatest / size >= 1e6 || greatest / size < 1e-4;
  return splits.map((v) => (v === 0 ? '0' : (large ? (v / size).toExponential(2) : (v / size).toFixed(places)) + suffix));
}

/** What a chart knows of its lines, unpacked once. */
function unpack(chart, lines) {
  const drawn = lines.map((line) => ({ line, points: line.points(), failed: line.failed }));
  const all = drawn.flatMap(({ points, failed }) => [points.at[0], points.at.at(-1), failed[0], failed.at(-1)]);
  const places = all.filter((at) => at !== undefined);
  const [from, to] = [Math.min(...places), Math.max(...places)];
  return { chart, branch: chart.branch, drawn, from, to };
}

/** Draws lines of a chart into a box; `large` has a zoom and more labels. */
function plot(box, chart, lines, { large = false, tip }) {
  const facts = unpack(chart, lines);
  const { drawn, from, to, branch } = facts;
  const places = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const data = [places, ...drawn.map(({ points, failed }) => spreadOut(points, failed, from, to))];
  const ink = colour('--dim'), grid = colour('--grid');
  const dense = to - from > 300;
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 4 }, font: '11px system-ui, sans-serif' };
  const day = (place) => (Number.isInteger(place) && place >= from && place <= to ? dayText(branch.commit(place).time) : '');
  const options = {
    width: Math.max(box.clientWidth, 50),
    height: large ? 380 : 150,
    legend: { show: false },
    padding: [8, 34, 0, 0],
    cursor: {
      y: false,
      drag: { x: large, y: false, setScale: large },
      points: { size: 7 },
      dataIdx: (u, series, index) => (series === 0 ? index : snapped(u.data[series], snap(facts, index))),
    },
    scales: { x: { time: false, range: (u, a, b) => (a === b ? [a - 1, b + 1] : [a, b]) }, y: { range: (u, a, b) => rangeOf(a, b) } },
    axes: [
      { ...axis, size: 26, space: 90, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000], values: (u, splits) => splits.map(day) },
      { ...axis, size: 84, space: large ? 40 : 30, values: (u, splits, i, space, increment) => labels(splits, increment, chart.scale) },
    ],
    series: [{}, ...drawn.map(({ line, points }) => ({
      stroke: colour(`--c${line.colour % COLOURS}`),
      width: dense ? 1 : 1.5,
      dash: line.colour >= COLOURS ? [6, 3] : undefined,
      points: { show: points.at.length === 1 || (!dense && points.at.length <= (large ? 200 : 60)), size: 4, width: 1 },
    }))],
    hooks: {
      drawClear: [(u) => marks(u, facts)],
      draw: [(u) => failures(u, facts)],
      setCursor: [(u) => tip?.moved(u, facts)],
    },
  };
  const made = new uPlot(options, data, box);
  made.facts = facts;
  return made;
}

/** The index of the nearest place that any line has something to say of, within a thirtieth of what there is; else null. */
function snap(facts, index) {
  if (!facts.known) {
    facts.known = new Uint8Array(facts.to - facts.from + 1);
    for (const { points, failed } of facts.drawn) [...points.at, ...failed].forEach((at) => { facts.known[at - facts.from] = 1; });
  }
  const reach = Math.max(2, Math.ceil(facts.known.length / 30));
  for (let away = 0; away <= reach; away++) {
    if (facts.known[index - away]) return index - away;
    if (facts.known[index + away]) return index + away;
  }
  return null;
}

const snapped = (values, index) => (index !== null && typeof values[index] === 'number' ? index : null);

/** With more lines than this, change points are ticks at the top: dashed lines would hide the curves. */
const FEW = 3;

/** Change points as dashed lines; where there is one line only, its levels too. */
function marks(u, { drawn }) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = devicePixelRatio * (drawn.length > FEW ? 2 : 1);
  const foot = drawn.length > FEW ? 10 * devicePixelRatio : bbox.height;
  for (const { line, points } of drawn) {
    line.steps.forEach((step, i) => {
      const x = Math.round(u.valToPos(points.at[step.index] - 0.5, 'x', true));
      ctx.strokeStyle = colour(step.accepted ? '--dim' : step.verdict === 'regression' ? '--bad' : step.verdict === 'improvement' ? '--good' : '--dim');
      if (drawn.length <= FEW) ctx.setLineDash(step.accepted ? [2 * devicePixelRatio, 5 * devicePixelRatio] : [5 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + foot);
      ctx.stroke();
      if (drawn.length > 1) return;
      ctx.setLineDash([]);
      const end = line.steps[i + 1]?.index ?? points.at.length;
      const begin = i === 0 ? 0 : null;
      level(u, points, step.index, end - 1, step.level);
      if (begin !== null) level(u, points, begin, step.index - 1, step.before);
    });
  }
  ctx.restore();
}

function level(u, points, from, to, value) {
  const { ctx } = u;
  const y = u.valToPos(value, 'y', true);
  ctx.strokeStyle = colour('--line');
  ctx.beginPath();
  ctx.moveTo(u.valToPos(points.at[from], 'x', true), y);
  ctx.lineTo(u.valToPos(points.at[to], 'x', true), y);
  ctx.stroke();
}

/** A cross at the foot of the chart where the benchmark failed. */
function failures(u, { drawn }) {
  const { ctx, bbox } = u;
  const size = 3 * devicePixelRatio, y = bbox.top + bbox.height - 2 * size;
  ctx.save();
  ctx.strokeStyle = colour('--bad');
  ctx.lineWidth = 1.5 * devicePixelRatio;
  for (const { failed } of drawn) {
    for (const at of failed) {
      const x = u.valToPos(at, 'x', true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x - size, y - size); ctx.lineTo(x + size, y + size);
      ctx.moveTo(x + size, y - size); ctx.lineTo(x - size, y + size);
      ctx.stroke();
    }
  }
  ctx.restore();
}

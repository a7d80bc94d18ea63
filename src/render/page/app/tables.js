// Tables: what changed, what was accepted, the points of one chart.

/** Rows that are shown at first. */
const FIRST = 15;

const placeOf = (step) => step.line.placeOf(step);
const commitOf = (step) => step.line.branch.commit(placeOf(step));

/** The steps of some charts, the newest first. */
function stepsOf(charts, machine) {
  const lines = charts.flatMap((chart) => chart.lines.filter((line) => machine === null || line.machine === machine).map((line) => [chart, line]));
  const steps = lines.flatMap(([chart, line]) => line.steps.map((step) => ({ chart, step, place: line.placeOf(step) })));
  return steps.sort((a, b) => b.place - a.place || Math.abs(b.step.change ?? 0) - Math.abs(a.step.change ?? 0));
}

function stepsTable(steps, named) {
  const several = DATA.machines.length > 1;
  const heads = [['commit', 'fixed'], ['date', 'fixed'], ...(named ? [['benchmark', 'text']] : []), ...(several ? [['machine', 'text']] : []),
    ['before', 'r'], ['after', 'r'], ['change', 'r'], ['author'], ['subject', 'text']];
  const row = ({ chart, step }) => {
    const commit = commitOf(step);
    const range = step.unmeasured > 0 ? ` or one of ${step.unmeasured.toLocaleString('en')} unmeasured before it` : '';
    return [
      commitLink(commit.id),
      dayText(commit.time),
      ...(named ? [[chartLink(chart), ' ', el('span', { class: 'dim' }, foreign(chart.metric))]] : []),
      ...(several ? [foreign(DATA.machines[step.line.machine])] : []),
      valueText(step.before, chart.scale),
      valueText(step.level, chart.scale),
      el('span', { class: toneOf(step) }, changeText(step.change)),
      foreign(commit.author),
      [foreign(commit.subject), el('span', { class: 'dim' }, range), step.accepted && el('span', { class: 'dim' }, ' accepted: ', foreign(step.accepted.reason))],
    ];
  };
  return partly(steps.length, FIRST, (shown) => table(heads, steps.slice(0, shown).map(row), 'changes'));
}

function acceptedTable(accepted) {
  const heads = [['at', 'fixed'], ['benchmarks', 'text'], ['reason', 'text'], ['who'], ['on', 'fixed'], ['until', 'fixed']];
  const row = (a) => [commitLink(DATA.ids[a.commit]), foreign(a.what), foreign(a.reason), foreign(a.who || MISSING), a.said, a.until || MISSING];
  return partly(accepted.length, FIRST, (shown) => table(heads, accepted.slice(0, shown).map(row), 'accepted changes'));
}

/** Every commit of a chart, the newest first, with the value of each line. */
function pointsTable(facts) {
  const places = [...new Set(facts.drawn.flatMap(({ points, failed }) => [...points.at, ...failed]))].sort((a, b) => b - a);
  const heads = [['commit', 'fixed'], ['date', 'fixed'], ...facts.drawn.map(({ line }) => [facts.drawn.length > 1 ? DATA.machines[line.machine] : 'value', 'r']),
    ['author'], ['subject', 'text']];
  const row = (place) => {
    const found = factsAt(facts, place);
    const value = ({ line }) => {
      const of = found.rows.find((r) => r.line === line);
      return of ? [of.text, ' ', el('span', { class: 'dim' }, of.more)] : MISSING;
    };
    return [commitLink(found.commit.id), dayText(found.commit.time), ...facts.drawn.map(value), foreign(found.commit.author), foreign(found.commit.subject)];
  };
  return partly(places.length, 50, (shown) => table(heads, places.slice(0, shown).map(row), 'values'));
}

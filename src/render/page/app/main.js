// What is shown: kept in the address, so that a link leads to the same view.

const STATE = { branch: '', machine: '', q: '', order: '', show: '' };

function hashOf(state) {
  const set = Object.entries(state).filter(([, value]) => value !== '');
  return '#' + (set.length ? new URLSearchParams(set) : 'all=');
}

function readHash() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const key of Object.keys(STATE)) STATE[key] = given.get(key) ?? '';
}

/** The machine that is chosen, as its number; null for all. */
const chosenMachine = () => {
  const at = DATA.machines.indexOf(STATE.machine);
  return at < 0 ? null : at;
};

const chosenBranch = () => {
  const at = Math.max(0, DATA.branches.findIndex((raw) => raw.name === STATE.branch));
  return BRANCHES[at]?.() ?? null;
};

function fitting(branch, machine) {
  const words = STATE.q.toLowerCase().split(/\s+/).filter(Boolean);
  return branch.charts.filter((chart) => linesOf(chart, machine).length > 0 && words.every((word) => chart.words.includes(word)));
}

function ordered(charts, machine) {
  if (STATE.order === '') return charts;
  const steps = (chart) => linesOf(chart, machine).flatMap((line) => line.steps);
  const size = (step) => Math.abs(Math.log(Math.max(1 + (step.change ?? 0), 1e-9)));
  const rank = STATE.order === 'new' ? (chart) => Math.max(-1, ...steps(chart).map(placeOf)) : (chart) => Math.max(-1, ...steps(chart).map(size));
  return charts.map((chart) => [rank(chart), chart]).sort((a, b) => b[0] - a[0]).map(([, chart]) => chart);
}

function summary(branch) {
  if (!branch) return ['Nothing is here to be shown.'];
  const benchmarks = new Set(branch.charts.map((chart) => chart.benchmark)).size;
  const lines = branch.charts.reduce((sum, chart) => sum + chart.lines.length, 0);
  const parts = [`${branch.commits.length.toLocaleString('en')} of ${countText(branch.walked, 'commit')} of `, foreign(branch.name),
    ` measured: ${countText(lines, 'series', 'series')} of ${countText(benchmarks, 'benchmark')}.`];
  if (branch.prefix) parts.push(' All names begin with ', el('span', { class: 'name' }, foreign(branch.prefix)), ', shown as ….');
  if (branch.commits.length === 0) return [...parts, ' Record a run with git bench record, or fetch those of others with git bench pull.'];
  const last = branch.commit(branch.commits.length - 1);
  return [...parts, ' The newest is ', commitLink(last.id), ` of ${dayText(last.time)}, `, foreign(last.author), ': ', foreign(last.subject), '.'];
}

function overview(branch, machine) {
  const charts = branch ? ordered(fitting(branch, machine), machine) : [];
  byId('summary').replaceChildren(...summary(branch));
  byId('notes').replaceChildren(...(branch?.notes ?? []).map((note) => el('p', { class: 'warn' }, note)));
  const steps = stepsOf(charts, machine);
  byId('changes').replaceChildren(steps.length ? stepsTable(steps, true) : el('p', { class: 'dim' }, 'No level has changed.'));
  const accepted = branch?.accepted ?? [];
  byId('accepted').parentElement.hidden = accepted.length === 0;
  byId('accepted').replaceChildren(acceptedTable(accepted));
  byId('count').textContent = `${countText(charts.length, 'chart')}${STATE.q ? ` fit '${STATE.q}'` : ''}`;
  CARDS.show(charts, machine);
}

function choices(select, names, all) {
  select.replaceChildren(...(all ? [el('option', { value: '' }, all)] : []), ...names.map((name) => el('option', { value: name }, name)));
  select.parentElement.hidden = names.length + (all ? 1 : 0) < 2;
}

let current = '';

function render() {
  readHash();
  TIP.hide(true);
  const branch = chosenBranch(), machine = chosenMachine();
  byId('branch').value = branch?.name ?? '';
  byId('machine').value = machine === null ? '' : DATA.machines[machine];
  byId('order').value = STATE.order;
  if (document.activeElement !== byId('search')) byId('search').value = STATE.q;
  const chart = STATE.show === '' ? null : branch?.charts.find((one) => one.key === STATE.show && linesOf(one, machine).length > 0);
  byId('overview').hidden = Boolean(chart);
  if (byId('beside')) byId('beside').hidden = Boolean(chart);
  if (chart) {
    DETAIL.show(chart, machine);
    return;
  }
  const closed = DETAIL.chart;
  DETAIL.close();
  const wanted = JSON.stringify({ ...STATE, show: '' });
  if (wanted !== current) {
    current = wanted;
    overview(branch, machine);
  }
  if (closed && document.activeElement !== byId('search')) CARDS.focus(closed);
}

function go(change) {
  const next = hashOf({ ...STATE, ...change });
  if (next !== location.hash) location.hash = next;
}

/** Names in the comparison lead to their charts. */
function linkComparison(branch) {
  const charts = new Map(branch?.charts.map((chart) => [`${chart.benchmark}\n${chart.metric}`, chart]));
  for (const name of document.querySelectorAll('#beside td .name')) {
    const chart = charts.get(`${name.textContent}\n${name.closest('td').nextElementSibling?.textContent}`);
    if (chart) name.replaceChildren(chartLink(chart));
  }
}

const THEMES = { '': 'as the system', light: 'light', dark: 'dark' };
const system = matchMedia('(prefers-color-scheme: dark)');
let theme = '';

function dress() {
  document.documentElement.dataset.theme = theme || (system.matches ? 'dark' : 'light');
  byId('theme').textContent = `Theme: ${THEMES[theme]}`;
  CARDS.redraw();
  if (DETAIL.made) DETAIL.draw();
}

function begin() {
  choices(byId('branch'), DATA.branches.map((raw) => raw.name));
  choices(byId('machine'), DATA.machines, 'all machines');
  byId('theme').addEventListener('click', () => {
    theme = { '': 'light', light: 'dark', dark: '' }[theme];
    dress();
  });
  system.addEventListener('change', dress);
  byId('bar').addEventListener('submit', (event) => event.preventDefault());
  for (const id of ['branch', 'machine', 'order']) {
    byId(id).addEventListener('change', (event) => go({ [id]: event.target.value, ...(id === 'branch' && event.target.selectedIndex === 0 ? { branch: '' } : {}) }));
  }
  let waiting = 0;
  byId('search').addEventListener('input', (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => go({ q: event.target.value.trim(), show: '' }), 120);
  });
  document.querySelector('.skip').addEventListener('click', (event) => {
    event.preventDefault();
    byId('charts').focus();
    byId('charts').scrollIntoView();
  });
  addEventListener('hashchange', render);
  new ResizeObserver(() => { CARDS.resize(); DETAIL.resize(); }).observe(document.querySelector('main'));
  dress();
  render();
  linkComparison(chosenBranch());
  document.documentElement.dataset.ready = 'true';
}

begin();

// The tooltip of all charts: the commit under the cursor, and what each machine measured there.

/** What is known of a place of a chart: a heading for the commit, a row for each line that has a value there. */
function factsAt({ chart, branch, drawn }, place) {
  const rows = [];
  for (const { line, points, failed } of drawn) {
    const i = points.at.indexOf(place);
    if (i >= 0) {
      const spread = points.spread?.[i] ?? null, n = points.n?.[i] ?? null, runs = points.runs?.[i] ?? 1;
      const more = [
        spread === null ? null : `± ${valueText(spread, chart.scale)}`,
        n === null ? null : `n = ${n.toLocaleString('en')}`,
        runs > 1 ? `${runs} runs` : null,
      ].filter(Boolean);
      const step = line.steps.find((s) => s.index === i) ?? null;
      rows.push({ line, text: valueText(points.values[i], chart.scale), more: more.join(', '), step });
    } else if (failed.includes(place)) {
      rows.push({ line, text: 'failed', more: '', step: null });
    }
  }
  return { commit: branch.commit(place), rows, twin: branch.twins.get(place) ?? null, unmeasured: branch.unmeasured(place) };
}

function stepText(step) {
  const change = `${step.accepted ? 'accepted ' : ''}${step.verdict} ${changeText(step.change)}`;
  return step.accepted ? `${change} (${step.accepted.reason})` : change;
}

/** The same in one sentence, for those who hear the page. */
function sentence(found) {
  const rows = found.rows.map((r) => `${DATA.machines[r.line.machine]}: ${r.text} ${r.more}${r.step ? `, ${stepText(r.step)}` : ''}`);
  const { commit } = found;
  return `${dayText(commit.time)}, ${commit.id.slice(0, 8)}, ${commit.author}: ${commit.subject}. ${rows.join('; ') || 'no value'}`;
}

const TIP = {
  box: byId('tip'),
  pinned: false,

  show(found, x, y) {
    const { commit } = found;
    this.box.replaceChildren(
      el('p', {}, commitLink(commit.id), ' ', el('span', { class: 'dim' }, dayText(commit.time)), ' ', foreign(commit.author)),
      el('p', { class: 'subject' }, foreign(commit.subject)),
      ...found.rows.map((row) => el('p', {},
        el('span', { class: `swatch s${row.line.colour % COLOURS}` }),
        el('span', { class: 'dim' }, foreign(DATA.machines[row.line.machine])), ' ', el('strong', {}, row.text), ' ', row.more,
        row.step && el('span', { class: toneOf(row.step) }, ` ${stepText(row.step)}`))),
      found.twin ? el('p', { class: 'dim' }, `measured as ${found.twin.slice(0, 8)}, which has the same tree`) : '',
      found.unmeasured > 0 ? el('p', { class: 'dim' }, `${countText(found.unmeasured, 'commit')} before it not measured`) : '');
    this.box.hidden = false;
    const { width, height } = this.box.getBoundingClientRect();
    const left = x + 16 + width > innerWidth ? x - 16 - width : x + 16;
    this.box.style.left = `${Math.max(4, left)}px`;
    this.box.style.top = `${Math.max(4, Math.min(y + 12, innerHeight - height - 4))}px`;
  },

  hide(always = false) {
    if (this.pinned && !always) return;
    this.pinned = false;
    this.box.classList.remove('pinned');
    this.box.hidden = true;
  },

  pin() {
    if (this.box.hidden) return;
    this.pinned = true;
    this.box.classList.add('pinned');
  },

  /** Called by a chart whenever its cursor moves. */
  moved(u, facts) {
    if (this.pinned) return;
    const index = u.cursor.left < 0 || u.cursor.idx === null || u.cursor.idx === undefined ? null : snap(facts, u.cursor.idx);
    if (index === null) return this.hide();
    const found = factsAt(facts, facts.from + index);
    u.place = facts.from + index;
    const frame = u.over.getBoundingClientRect();
    this.show(found, frame.left + u.cursor.left, frame.top + Math.max(u.cursor.top, 0));
  },
};

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') TIP.hide(true);
});
document.addEventListener('pointerdown', (event) => {
  if (TIP.pinned && !TIP.box.contains(event.target)) TIP.hide(true);
});
addEventListener('scroll', () => TIP.hide(true), { passive: true });

// One chart, large: with a cursor for the keyboard, a zoom, its changes and its values as tables.

const DETAIL = {
  box: byId('detail'),
  made: null,

  close() {
    this.made?.destroy();
    Object.assign(this, { made: null, chart: null });
    this.box.hidden = true;
    this.box.replaceChildren();
  },

  show(chart, machine) {
    this.close();
    const lines = linesOf(chart, machine);
    const empty = lines.every((line) => line.ends === null);
    const title = el('h2', { id: 'detail-title', tabindex: -1 }, foreign(chart.benchmark));
    const about = [foreign(chart.metric), direction(chart), chart.suite === 'default' ? '' : ['suite ', foreign(chart.suite)]].filter((part) => part !== '');
    this.plot = el('div', {
      class: empty ? 'plot none' : 'plot large', id: 'large', tabindex: 0, role: 'group', 'aria-roledescription': 'chart',
      'aria-label': summaryOf(chart, lines), on: { keydown: (event) => this.key(event), click: () => TIP.pin(), blur: () => TIP.hide() },
    });
    const steps = stepsOf([{ ...chart, lines }], machine);
    this.box.append(
      el('p', {}, el('a', { id: 'back', href: hashOf({ ...STATE, show: '' }) }, '← All charts')),
      title,
      el('p', { class: 'dim' }, about.flatMap((part, i) => (i ? [' · ', part] : [part]))),
      el('ul', { class: 'legend' }, lines.map((line) => el('li', {}, lineFacts(chart, line, true)))),
      notesOf(lines) ?? '',
      this.plot,
      empty ? '' : el('p', { class: 'dim help' }, 'Arrow keys move from commit to commit, Enter or a click keeps the tooltip, Escape lets it go. Drag to zoom, double click for the whole. Dashed lines, or ticks at the top, are change points.'),
      steps.length ? el('h3', {}, 'Changes') : '', steps.length ? stepsTable(steps, false) : '',
      el('details', { on: { toggle: (event) => this.values(event.target) } }, el('summary', {}, 'All values as a table')));
    this.box.hidden = false;
    Object.assign(this, { chart, lines });
    if (!empty) this.draw();
    title.focus({ preventScroll: true });
    scrollTo(0, 0);
  },

  draw() {
    this.made?.destroy();
    this.made = plot(this.plot, this.chart, this.lines, { large: true, tip: TIP });
  },

  values(details) {
    if (details.open && details.children.length === 1) details.append(pointsTable(unpack(this.chart, this.lines)));
  },

  /** Moves the cursor to the next commit that has a value. */
  key(event) {
    const u = this.made;
    if (!u) return;
    const { from, drawn } = u.facts;
    const places = [...new Set(drawn.flatMap(({ points, failed }) => [...points.at, ...failed]))].sort((a, b) => a - b);
    const now = places.indexOf(u.place ?? -1);
    const moves = { ArrowLeft: now < 0 ? places.length - 1 : now - 1, ArrowRight: now + 1, Home: 0, End: places.length - 1 };
    if (event.key === 'Enter') {
      TIP.pin();
      TIP.box.querySelector('a')?.focus();
    }
    if (!(event.key in moves)) return;
    event.preventDefault();
    TIP.hide(true);
    const place = places[Math.min(Math.max(moves[event.key], 0), places.length - 1)];
    const values = u.data.slice(1).map((column) => column[place - from]).filter((v) => typeof v === 'number');
    u.setCursor({ left: u.valToPos(place, 'x'), top: values.length ? u.valToPos(values[0], 'y') : 10 });
    u.place = place;
    byId('live').textContent = sentence(factsAt(u.facts, place));
  },

  resize() {
    this.made?.setSize({ width: Math.max(this.plot.clientWidth, 50), height: 380 });
  },
};

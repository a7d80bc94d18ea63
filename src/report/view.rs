//! What a person reads, before any number became text: renderers decide how it looks.

/// A page: blocks from top to bottom.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The blocks in reading order.
    pub blocks: Vec<Block>,
}

/// One block of a page.
#[derive(Clone, Debug)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A line made of cells, written one after the other without separator.
    Line(Vec<Cell>),
    /// A table.
    Table(Table),
    /// Text that stands as it is (a text diff, a payload), escaped for the medium but not folded.
    Verbatim(String),
    /// A series as a chart over its points, `None` = not measured. Text renderers draw it with block characters.
    Chart {
        /// What is drawn.
        title: String,
        /// Unit of the values.
        unit: String,
        /// One value a commit, oldest first.
        values: Vec<Option<f64>>,
        /// Positions of change points: index of the first value of the new level.
        marks: Vec<usize>,
    },
    /// Quantities side by side as bars from zero.
    Bars {
        /// What is drawn.
        title: String,
        /// Unit of the values.
        unit: String,
        /// Name and value of each bar.
        bars: Vec<(String, f64)>,
    },
    /// Blocks that Markdown and HTML fold under a summary, and text prints only when asked for everything.
    Folded {
        /// The line that stays visible.
        summary: String,
        /// What is folded.
        blocks: Vec<Block>,
    },
}

/// A table. CSV writes every table of a view, text and Markdown draw them.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Heads of the columns.
    pub columns: Vec<Column>,
    /// The rows; each as long as `columns`.
    pub rows: Vec<Row>,
}

/// A row: its cells.
pub type Row = Vec<Cell>;

/// Head of a column.
#[derive(Clone, Debug)]
pub struct Column {
    /// The title.
    pub title: String,
    /// Where the cells stand.
    pub align: Align,
    /// Columns with a higher number are left out first where the terminal is too narrow; 0 = never.
    pub shed: u8,
    /// Left out rather than cut: commands to copy.
    pub whole: bool,
}

impl Column {
    /// A column of text that is never left out.
    pub fn left(title: &str) -> Self {
        Self { title: title.into(), align: Align::Left, shed: 0, whole: false }
    }

    /// A column of numbers that is never left out.
    pub fn right(title: &str) -> Self {
        Self { title: title.into(), align: Align::Right, shed: 0, whole: false }
    }

    /// Sets when the column is left out on a narrow terminal.
    #[must_use]
    pub fn shed(mut self, rank: u8) -> Self {
        self.shed = rank;
        self
    }

    /// Is left out rather than cut.
    #[must_use]
    pub fn whole(mut self) -> Self {
        self.whole = true;
        self
    }
}

/// Where the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    Left,
    /// At the right edge.
    Right,
}

/// What a cell means; the renderer chooses the colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// Better than before.
    Good,
    /// Worse than before.
    Bad,
    /// To be looked at.
    Warn,
    /// Of less weight.
    Dim,
    /// Of more weight.
    Strong,
    /// A commit id.
    Commit,
    /// The name of a benchmark, a branch, a file.
    Name,
}

/// One value before it became text.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Text of ours or of other people; always escaped.
    Text(String, Tone),
    /// A measured value in its unit (unit may be empty); written with four significant digits and a scaled unit.
    Value(f64, String, Tone),
    /// A change as a ratio, 0.05 = 5 % more: `+5.0 %`.
    Change(f64, Tone),
    /// A share or a spread as a ratio, 0.05 = `5.0 %`, without sign.
    Share(f64, Tone),
    /// A factor, 1.02 = 2 % more than the other: `1.02x`.
    Ratio(f64, Tone),
    /// A number without unit, written in full (counts, ids, ratios that must be exact).
    Number(f64, Tone),
    /// Seconds, written as `1h 02m`, `12.3 s`, `4.5 ms`.
    Duration(f64, Tone),
    /// Bytes, written as `1.3 MB`.
    Bytes(u64, Tone),
    /// A full commit id, shortened to 8 digits for people, in full for CSV.
    Commit(String),
    /// A small curve; `None` = not measured.
    Spark(Vec<Option<f64>>),
    /// Nothing is known: empty in CSV, `-` for people.
    Missing,
}

impl Cell {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into(), Tone::Plain)
    }

    /// Text of less weight.
    pub fn dim(text: impl Into<String>) -> Self {
        Self::Text(text.into(), Tone::Dim)
    }

    /// The name of something.
    pub fn name(text: impl Into<String>) -> Self {
        Self::Text(text.into(), Tone::Name)
    }

    /// The text, or [`Cell::Missing`].
    pub fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Missing, Self::text)
    }
}

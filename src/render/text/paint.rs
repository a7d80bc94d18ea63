//! Colours by tone, and lines folded at spaces.

use unicode_width::UnicodeWidthChar;

use crate::report::Tone;

/// Whether there are colours.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    /// Whether ANSI sequences are written.
    pub(super) colour: bool,
}

impl Paint {
    /// The text in the colour of its tone; only the 8 standard colours, which themes keep readable on any ground.
    pub(super) fn tone(self, text: &str, tone: Tone) -> String {
        let code = match tone {
            _ if !self.colour || text.is_empty() => "",
            Tone::Plain => "",
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Warn => "35",
            Tone::Dim => "2",
            Tone::Strong => "1",
            Tone::Commit => "33",
            Tone::Name => "36",
        };
        if code.is_empty() { text.to_owned() } else { format!("\x1b[{code}m{text}\x1b[0m") }
    }
}

/// Spans, already escaped, written one after the other on as many lines as it takes, folded at spaces; what follows is
/// indented by two more than the first line.
pub(super) fn wrap(spans: &[(String, Tone)], width: usize, paint: Paint) -> Vec<String> {
    let chars: Vec<(char, Tone)> = spans.iter().flat_map(|(text, tone)| text.chars().map(|c| (c, *tone))).collect();
    let indent = chars.iter().take_while(|(c, _)| *c == ' ').count();
    let hanging = if width < 20 { 0 } else { (indent + 2).min(width / 2) };
    let mut lines = Vec::new();
    let mut rest = chars.as_slice();
    loop {
        let (lead, indent) = if lines.is_empty() { (0, indent) } else { (hanging, 0) };
        let fits = prefix(rest, width.saturating_sub(lead));
        let end = if fits == rest.len() { fits } else { break_before(rest, fits, indent).max(1) };
        let (line, next) = rest.split_at(end);
        lines.push(format!("{}{}", " ".repeat(lead), painted(trimmed_end(line), paint)));
        let skip = next.iter().take_while(|(c, _)| *c == ' ').count();
        rest = &next[skip..];
        if rest.is_empty() {
            return lines;
        }
    }
}

/// How many characters fit into the room.
fn prefix(chars: &[(char, Tone)], room: usize) -> usize {
    let mut used = 0;
    chars
        .iter()
        .take_while(|(c, _)| {
            used += c.width().unwrap_or(0);
            used <= room
        })
        .count()
}

/// Where a line ends that may have `fits` characters: at its last space behind the indent, else in the middle of a word.
fn break_before(chars: &[(char, Tone)], fits: usize, indent: usize) -> usize {
    (indent + 1..=fits).rev().find(|i| chars[*i].0 == ' ').unwrap_or(fits)
}

fn trimmed_end(chars: &[(char, Tone)]) -> &[(char, Tone)] {
    &chars[..chars.iter().rposition(|(c, _)| *c != ' ').map_or(0, |i| i + 1)]
}

fn painted(chars: &[(char, Tone)], paint: Paint) -> String {
    let run = |run: &[(char, Tone)]| paint.tone(&run.iter().map(|(c, _)| c).collect::<String>(), run[0].1);
    chars.chunk_by(|a, b| a.1 == b.1).map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fold_at_spaces_and_keep_their_tone() {
        let plain = Paint { colour: false };
        let spans = [("  one two ".to_owned(), Tone::Plain), ("three four".to_owned(), Tone::Bad)];
        assert_eq!(wrap(&spans, 24, plain), ["  one two three four"]);
        assert_eq!(wrap(&spans, 20, plain), ["  one two three four"]);
        assert_eq!(
            wrap(&[("a".repeat(50), Tone::Plain)], 40, plain),
            ["a".repeat(40), format!("  {}", "a".repeat(10))]
        );
        let long = [("word ".repeat(8), Tone::Plain), ("end".to_owned(), Tone::Bad)];
        assert_eq!(
            wrap(&long, 24, Paint { colour: true }),
            ["word word word word word", "  word word word \x1b[31mend\x1b[0m"]
        );
        assert_eq!(wrap(&[], 40, plain), [""]);
    }
}

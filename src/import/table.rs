//! Rows of a CSV file, as RFC 4180 has them.

/// One row: where it begins, its bytes, its cells without quotes.
#[derive(Debug, PartialEq)]
pub(super) struct Row<'a> {
    /// Number of its first line, from 1.
    pub line: usize,
    /// The row as it stands, without the line end.
    pub raw: &'a str,
    /// The cells, white space around them cut.
    pub cells: Vec<String>,
}

/// The separator of a header line: the one of `;`, tab and comma that it holds most of outside quotes.
pub(super) fn separator(header: &str) -> char {
    let count = |separator: char| {
        let mut quoted = false;
        let outside = |c: &char| {
            quoted ^= *c == '"';
            !quoted && *c == separator
        };
        header.chars().filter(outside).count()
    };
    [',', ';', '\t'].into_iter().rev().max_by_key(|c| count(*c)).unwrap_or(',')
}

/// The rows of a text, empty lines left out. A quote that is not closed ends with the text.
pub(super) fn rows(text: &str, separator: char) -> impl Iterator<Item = Row<'_>> {
    let mut rest = text;
    let mut line = 1;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (cells, used) = row(rest, separator);
            let raw = rest[..used].trim_end_matches(['\n', '\r']);
            let begin = line;
            line += rest[..used].matches('\n').count();
            rest = &rest[used..];
            if !raw.trim().is_empty() {
                return Some(Row { line: begin, raw, cells });
            }
        }
        None
    })
}

/// The cells of the first row and how many bytes it takes, line end included.
fn row(text: &str, separator: char) -> (Vec<String>, usize) {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.char_indices().peekable();
    let mut used = text.len();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' if quoted && chars.next_if(|next| next.1 == '"').is_some() => cell.push('"'),
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            '\n' if !quoted => {
                used = at + 1;
                break;
            }
            c if c == separator && !quoted => cells.push(std::mem::take(&mut cell).trim().to_owned()),
            c => cell.push(c),
        }
    }
    cells.push(cell.trim().to_owned());
    (cells, used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_line_ends_are_read() {
        let text = "a,\"b \"\"x\"\", c\",d\r\n\n\"two\nlines\" ,e\n1, 2";
        let found: Vec<_> = rows(text, ',').map(|r| (r.line, r.cells)).collect();
        let cells = |list: &[&str]| list.iter().map(|s| s.to_string()).collect::<Vec<_>>();
        assert_eq!(
            found,
            [(1, cells(&["a", "b \"x\", c", "d"])), (3, cells(&["two\nlines", "e"])), (5, cells(&["1", "2"]))]
        );
    }

    #[test]
    fn the_header_says_the_separator() {
        assert_eq!(
            (separator("a,b"), separator("a;\"b,c,d\";e"), separator("a\tb"), separator("a")),
            (',', ';', '\t', ',')
        );
    }
}

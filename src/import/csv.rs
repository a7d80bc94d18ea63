//! Comma separated values as in RFC 4180: quotes around fields, doubled inside; a quoted field may run over lines.

/// The rows with the number of the line on which each begins; empty lines are passed over.
pub fn rows(text: &str, separator: char) -> Vec<(usize, Vec<String>)> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut begin, mut quoted, mut any) = (1, 1, false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted || field.is_empty() => (quoted, any) = (!quoted, true),
            '\n' if !quoted => {
                if any || !row.is_empty() || !field.is_empty() {
                    row.push(std::mem::take(&mut field));
                    rows.push((begin, std::mem::take(&mut row)));
                }
                (begin, any) = (line, false);
            }
            c if c == separator && !quoted => row.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    if any || !row.is_empty() || !field.is_empty() {
        row.push(field);
        rows.push((begin, row));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_separators_and_lines() {
        let rows = rows("a,\"b,\"\"c\"\"\nd\"\n\n1,,\n\"\"", ',');
        let want = [(1, vec!["a", "b,\"c\"\nd"]), (4, vec!["1", "", ""]), (5, vec![""])];
        assert_eq!(rows, want.map(|(line, row)| (line, row.into_iter().map(str::to_owned).collect())));
    }
}

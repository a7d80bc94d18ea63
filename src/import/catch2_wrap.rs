//! Names that Catch2 broke over lines.

/// The width at which Catch2 breaks the lines of a heading.
const WIDTH: usize = 79;

/// Test case and sections out of the lines of a heading: the case stands at the margin, a section is indented. A line goes
/// on with the one above where its first word had no room there, indented as Catch2 does it: behind the first `: `.
pub fn heading(lines: &[String]) -> Vec<String> {
    let mut path: Vec<String> = Vec::new();
    let (mut room, mut hang) = (0, 0);
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        let first = line.split_whitespace().next().map_or(0, |word| word.chars().count());
        let indent = line.len() - line.trim_start().len();
        match path.last_mut() {
            Some(last) if indent == 0 || (indent == hang && room <= first) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => {
                hang = line.find(": ").map_or(indent, |at| at + 2);
                path.push(line.trim().to_owned());
            }
        }
        room = WIDTH.saturating_sub(line.trim_end().chars().count());
    }
    path
}

/// The name of a benchmark out of the lines over which it was broken; `width` is that of the column.
pub fn name(parts: &[String], width: usize) -> String {
    let (mut name, mut full) = (String::new(), false);
    for part in parts.iter().filter(|part| !part.is_empty()) {
        match name.chars().next_back() {
            None => {}
            // Inside of a word, with a hyphen that is not its own.
            Some('-') if full => _ = name.pop(),
            // Lines are broken behind these too, with no space there.
            Some('/' | '\\' | '=' | '&' | '*' | '+' | '-' | '.') => {}
            Some(_) => name.push(' '),
        }
        name.push_str(part);
        full = part.chars().count() + 2 >= width;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_go_on_where_the_next_word_had_no_room() {
        let long = "a test case with quite a long name that has to go on in the second line of";
        let given = "  Given: words that fill the line up to the place where it has to be broken in";
        let lines = [long, "the heading", "  section", given, "         two", "  another"].map(str::to_owned);
        let want = [&format!("{long} the heading"), "section", &format!("{} two", given.trim()), "another"];
        assert_eq!(heading(&lines), want);
    }

    #[test]
    fn names_are_put_together_again() {
        let parts = |parts: [&str; 2]| name(&parts.map(str::to_owned), 12);
        assert_eq!(parts(["two", "words"]), "two words");
        assert_eq!(parts(["a/", "b"]), "a/b");
        assert_eq!(parts(["abcdefghi-", "jkl"]), "abcdefghijkl");
    }
}

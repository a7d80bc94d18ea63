//! XML of test reports as a small tree.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

/// Elements deeper than this are refused: no report nests so deep.
const MAX_DEPTH: usize = 100;

/// One element with its attributes, its own text and its child elements.
#[derive(Clone, Debug, Default)]
pub struct Element {
    /// Name without a prefix.
    pub name: String,
    /// Attributes in file order, entities resolved.
    pub attributes: Vec<(String, String)>,
    /// Text and CDATA directly inside, joined.
    pub text: String,
    /// Child elements in file order.
    pub children: Vec<Element>,
}

impl Element {
    /// The value of an attribute; `None` where it is absent.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first child element with this name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The finite number in an attribute; commas between thousands are passed over.
    pub fn number(&self, name: &str) -> Option<f64> {
        let text = self.attribute(name)?.trim().replace(',', "");
        text.parse().ok().filter(|v: &f64| v.is_finite())
    }
}

/// The name of the root element; `None` where the text does not begin as XML does.
pub fn root(text: &str) -> Option<String> {
    if !text.trim_start().starts_with('<') {
        return None;
    }
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) | Event::Empty(start) => return Some(local_name(&start)),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
            Event::Text(text) if text.trim().is_empty() => {}
            _ => return None,
        }
    }
}

/// The root element. Elements named in `skip` are left out with all that is in them (raw output is large).
///
/// # Errors
/// What is wrong, with its line.
pub fn parse(text: &str, skip: &[&str]) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut open: Vec<Element> = vec![Element::default()];
    let mut skipped = 0usize;
    loop {
        let event = reader.read_event().map_err(|e| format!("line {}: {e}", line(text, reader.error_position())))?;
        match event {
            Event::Start(start) => {
                if skipped > 0 || skip.contains(&start.local_name().as_ref()) {
                    skipped += 1;
                } else if open.len() > MAX_DEPTH {
                    return Err(format!("line {}: elements nest too deep", line(text, reader.buffer_position())));
                } else {
                    open.push(element(&start));
                }
            }
            Event::Empty(start) if skipped == 0 && !skip.contains(&start.local_name().as_ref()) => {
                close(&mut open, element(&start));
            }
            Event::End(_) if skipped > 0 => skipped -= 1,
            Event::End(_) => {
                if let Some(done) = open.pop() {
                    close(&mut open, done);
                }
            }
            Event::Text(text) if skipped == 0 => add(&mut open, &text),
            Event::CData(data) if skipped == 0 => add(&mut open, &data),
            Event::GeneralRef(reference) if skipped == 0 => {
                let named = quick_xml::escape::resolve_predefined_entity(&reference);
                match (reference.resolve_char_ref(), named) {
                    (Ok(Some(c)), _) => add(&mut open, c.encode_utf8(&mut [0; 4])),
                    (_, Some(text)) => add(&mut open, text),
                    _ => add(&mut open, &format!("&{};", &*reference)),
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if open.len() > 1 || skipped > 0 {
        let name = open.last().map(|e| e.name.clone()).unwrap_or_default();
        return Err(format!("end of file: '<{name}>' is not closed, the file is cut short"));
    }
    open.pop().and_then(|top| top.children.into_iter().next()).ok_or_else(|| "there is no element".into())
}

fn line(text: &str, at: u64) -> usize {
    text.bytes().take(at as usize).filter(|b| *b == b'\n').count() + 1
}

fn local_name(start: &BytesStart) -> String {
    start.local_name().as_ref().to_owned()
}

fn element(start: &BytesStart) -> Element {
    let mut found = Element { name: local_name(start), ..Element::default() };
    for attribute in start.attributes().with_checks(false).flatten() {
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_or_else(|_| attribute.value.clone().into_owned(), |v| v.into_owned());
        found.attributes.push((attribute.key.local_name().as_ref().to_owned(), value));
    }
    found
}

fn close(open: &mut [Element], done: Element) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(done);
    }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(inside) = open.last_mut() {
        inside.text.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_with_entities_and_cdata() {
        let text = "<?xml version=\"1.0\"?><!-- x --><r a=\"&lt;&#252;\ny\"><s>out<t/></s>a &amp; b<![CDATA[<c>]]></r>";
        let tree = parse(text, &["s"]).unwrap();
        assert_eq!((tree.attribute("a"), tree.text.as_str()), (Some("<ü y"), "a & b<c>"));
        assert!(tree.children.is_empty());
        assert_eq!(root(text).as_deref(), Some("r"));
    }

    #[test]
    fn cut_and_crossed_files_are_named_by_their_line() {
        assert_eq!(parse("<a>\n<b>", &[]).unwrap_err(), "end of file: '<b>' is not closed, the file is cut short");
        assert!(parse("<a>\n</b>", &[]).unwrap_err().starts_with("line 2: "));
        assert!(parse(&"<a>".repeat(1000), &[]).is_err());
    }
}

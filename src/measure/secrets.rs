//! Secrets in command lines, told by their names and their forms. What is hidden becomes `***`.

use super::telling::{FORMS, plain_name, secret_name};

/// What stands where a secret stood.
pub(super) const HIDDEN: &str = "***";

/// The arguments of a command with its secrets hidden: values of options and variables with telling names
/// (`--token=X`, `--password X`, `API_KEY=X`, `-u user:X`, `Authorization: Bearer X`), known tokens (AWS, GitHub, GitLab,
/// Slack, Google, npm, PyPI, Hugging Face, Stripe, JWT), credentials in URLs, signatures in their queries, private keys.
/// Also inside of one argument, such as a script for `sh -c`.
pub fn hide_secrets(args: &[String]) -> Vec<String> {
    let mut next = Next::Plain;
    args.iter()
        .map(|arg| {
            let expected = std::mem::replace(&mut next, Next::Plain);
            if expected.hides(arg) {
                return HIDDEN.to_owned();
            }
            next = announces(arg);
            hide_secrets_in(arg)
        })
        .collect()
}

/// A text with its secrets hidden, by the rules of [`hide_secrets`]; the words of the text are its arguments.
pub fn hide_secrets_in(text: &str) -> String {
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY") {
        return HIDDEN.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut next = Next::Plain;
    for piece in text.split_inclusive(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`')) {
        let end = piece.char_indices().next_back().filter(|(_, c)| c.is_whitespace() || matches!(c, '"' | '\'' | '`'));
        let (word, gap) = piece.split_at(end.map_or(piece.len(), |(i, _)| i));
        if word.is_empty() {
            out.push_str(gap);
            continue;
        }
        let expected = std::mem::replace(&mut next, Next::Plain);
        let scheme = ["bearer", "basic", "token"].iter().any(|s| word.eq_ignore_ascii_case(s));
        if expected == Next::Header && scheme {
            next = Next::Header;
            out.push_str(word);
        } else if expected.hides(word) {
            out.push_str(HIDDEN);
        } else {
            next = if scheme && word.eq_ignore_ascii_case("bearer") { Next::Header } else { announces(word) };
            out.push_str(&hide_word(word));
        }
        out.push_str(gap);
    }
    out
}

/// The secrets themselves, of arguments and of environment variables with telling names, longest first: so that they can be
/// hidden where a command repeats them. Short ones are left out, which other words would be mistaken for.
pub fn secret_values(args: &[String], variables: &[(String, String)]) -> Vec<String> {
    let of_args = args.iter().zip(hide_secrets(args)).filter_map(|(arg, hidden)| {
        let (before, after) = hidden.split_once(HIDDEN)?;
        let after = after.rsplit_once(HIDDEN).map_or(after, |(_, after)| after);
        arg.strip_prefix(before)?.strip_suffix(after)
    });
    let of_variables = variables.iter().filter(|(name, _)| secret_name(name)).map(|(_, value)| value.as_str());
    let telling = |value: &&str| {
        let letters = value.bytes().all(|b| b.is_ascii_alphabetic());
        value.len() >= if letters { 12 } else { 8 } && !value.starts_with('/') && !value.contains(char::is_whitespace)
    };
    let mut values: Vec<String> = of_args.chain(of_variables).filter(telling).map(str::to_owned).collect();
    values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    values.dedup();
    values
}

/// What a word says of the one after it.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    Plain,
    /// It is the value of a secret option.
    Value,
    /// It is the value of a secret header, or the scheme before it.
    Header,
    /// It may be `user:password`.
    User,
}

impl Next {
    fn hides(self, word: &str) -> bool {
        match self {
            Self::Plain => false,
            Self::Value => !word.starts_with('-'),
            Self::Header => true,
            Self::User => word.contains(':') && !word.contains("://"),
        }
    }
}

fn announces(word: &str) -> Next {
    if word.starts_with('-') && !word.contains('=') {
        if word == "-u" || word == "--user" || word == "--proxy-user" {
            return Next::User;
        }
        return if secret_name(word) { Next::Value } else { Next::Plain };
    }
    match word.strip_suffix(':') {
        Some(name) if secret_name(name) && (name.contains('-') || plain_name(name)) => Next::Header,
        _ => Next::Plain,
    }
}

/// Hides what a single word shows: `NAME=secret`, `name:secret`, `https://user:secret@host/?token=secret`.
fn hide_word(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for piece in word.split_inclusive(['?', '&', ';', ',']) {
        let (body, end) = match piece.strip_suffix(['?', '&', ';', ',']) {
            Some(body) => piece.split_at(body.len()),
            None => (piece, ""),
        };
        match body.split_once('=') {
            Some((name, value)) if secret_name(name) && !value.trim_matches('=').is_empty() => {
                out.push_str(&format!("{name}={HIDDEN}"));
            }
            Some((name, value)) if !name.contains("://") => {
                out.push_str(&format!("{name}={}", hide_value(value)));
            }
            _ => out.push_str(&hide_value(body)),
        }
        out.push_str(end);
    }
    out
}

fn hide_value(value: &str) -> String {
    if let Some((scheme, rest)) = value.split_once("://") {
        if rest.starts_with("hooks.slack.com/") || rest.starts_with("discord.com/api/webhooks/") {
            let host = rest.split('/').next().unwrap_or_default();
            return format!("{scheme}://{host}/{HIDDEN}");
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if let Some((user, host)) = authority.rsplit_once('@')
            && (user.contains(':') || scheme.ends_with("http") || scheme.ends_with("https"))
        {
            return format!("{scheme}://{HIDDEN}@{host}{}", hide_forms(path));
        }
    } else if let Some((name, rest)) = value.split_once(':')
        && secret_name(name)
        && plain_name(name)
        && !rest.is_empty()
    {
        return format!("{name}:{HIDDEN}");
    }
    hide_forms(value)
}

/// Hides tokens that are known by how they begin, at the beginning of a word.
fn hide_forms(text: &str) -> String {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        let known = FORMS.iter().any(|(begin, least)| word.len() >= begin.len() + least && word.starts_with(begin));
        out.push_str(if known { HIDDEN } else { word });
        // The parts of a JWT are joined by dots.
        let dots = if known && word.starts_with("eyJ") {
            after.find(|c| !part(c) && c != '.').unwrap_or(after.len())
        } else {
            0
        };
        let after = &after[dots..];
        let gap = after.chars().next().map_or(0, char::len_utf8);
        out.push_str(&after[..gap]);
        rest = &after[gap..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_the_rest_stays() {
        for (text, want) in [
            ("curl --token=abc -o x", "curl --token=*** -o x"),
            ("app --password hunter2 --verbose", "app --password *** --verbose"),
            ("app --password --verbose", "app --password --verbose"),
            ("env AWS_SECRET_ACCESS_KEY=a/b+c== ./run", "env AWS_SECRET_ACCESS_KEY=*** ./run"),
            ("x AKIAIOSFODNN7EXAMPLE y", "x *** y"),
            ("git clone https://me:tok@github.com/a/b", "git clone https://***@github.com/a/b"),
            ("git clone https://ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaa@github.com/a", "git clone https://***@github.com/a"),
            ("git clone ssh://git@github.com/a/b.git", "git clone ssh://git@github.com/a/b.git"),
            ("get https://h/p?sig=abc%2F&n=1", "get https://h/p?sig=***&n=1"),
            ("get --url=https://u:p@h/p?n=1", "get --url=https://***@h/p?n=1"),
            ("curl -u me:pw http://h", "curl -u *** http://h"),
            ("sh -c \"curl -H 'Authorization: Bearer abc.def' x\"", "sh -c \"curl -H 'Authorization: Bearer ***' x\""),
            ("curl -H 'X-Api-Key: abc' x", "curl -H 'X-Api-Key: ***' x"),
            ("AccountName=a;AccountKey=abc==;End=x", "AccountName=a;AccountKey=***;End=x"),
            ("say eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIi.c2ln, ok", "say ***, ok"),
            ("post https://hooks.slack.com/services/T0/B0/abc", "post https://hooks.slack.com/***"),
            ("cfg api_key:abc", "cfg api_key:***"),
            (
                "llm --max-tokens=100 --tokenizer=bert --token-file=t.txt PWD=/x --key=id a=b,c=d",
                "llm --max-tokens=100 --tokenizer=bert --token-file=t.txt PWD=/x --key=id a=b,c=d",
            ),
            ("pytest -k 'test_token[a-1]' tests/x.py::test_a", "pytest -k 'test_token[a-1]' tests/x.py::test_a"),
            ("npm run auth:bench token: x", "npm run auth:bench token: x"),
            ("größe=ä  \t'x'", "größe=ä  \t'x'"),
        ] {
            assert_eq!(hide_secrets_in(text), want, "{text}");
            let args: Vec<String> = text.split(' ').map(str::to_owned).collect();
            if !text.contains(['"', '\'']) {
                assert_eq!(hide_secrets(&args).join(" "), want, "{text}");
            }
        }
        assert_eq!(hide_secrets_in("-----BEGIN RSA PRIVATE KEY-----\nMII"), "***");
    }

    #[test]
    fn secrets_themselves_are_told() {
        let args = ["app", "--token=abcd1234", "--password", "hunter2222", "https://u:pass5678@h/x", "--key=short1"];
        let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
        let variables = [("CI_TOKEN", "tok-987654"), ("AUTH", "false"), ("PATH", "/a/b/c/d/e")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(secret_values(&args, &variables), ["hunter2222", "tok-987654", "u:pass5678", "abcd1234"]);
    }
}

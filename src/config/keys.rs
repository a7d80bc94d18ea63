//! The table of scalar keys: help, `git bench config`, the docs and the schema come from it.

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Any text.
    Text,
    /// `true` or `false` (git's spellings too).
    Bool,
    /// A whole number, at least 1.
    Count,
    /// A share: `2%` or `0.02`.
    Share,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of words; in git config and the environment separated by commas.
    List,
}

/// One scalar key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Name in `bench.toml`: table and key.
    pub name: &'static str,
    /// What a value looks like.
    pub shape: Shape,
    /// The default as text; empty = none.
    pub default: &'static str,
    /// What it does, one line.
    pub doc: &'static str,
    /// Whether a committed `bench.toml` may set it.
    pub in_repository: bool,
}

impl Key {
    /// Name in git config: `bench.base`, `bench.check.threshold`.
    pub fn git_name(&self) -> String {
        if self.name.starts_with("bench.") { self.name.to_owned() } else { format!("bench.{}", self.name) }
    }

    /// Name in the environment: `GIT_BENCH_BASE`, `GIT_BENCH_CHECK_THRESHOLD`.
    pub fn env_name(&self) -> String {
        let mut name = String::from("GIT");
        for part in self.git_name().split('.') {
            name.push('_');
            for c in part.chars() {
                if c.is_ascii_uppercase() {
                    name.push('_');
                }
                name.push(c.to_ascii_uppercase());
            }
        }
        name
    }

    /// Whether the text is a value of this key; what was expected, where it is not.
    ///
    /// # Errors
    /// What a value must look like.
    pub fn check(&self, value: &str) -> Result<(), String> {
        let fits = match self.shape {
            Shape::Text | Shape::List => true,
            Shape::Bool => parse_bool(value).is_some(),
            Shape::Count => value.parse::<u64>().is_ok_and(|n| n > 0),
            Shape::Share => parse_share(value).is_some(),
            Shape::Choice(words) => words.contains(&value),
        };
        if fits {
            return Ok(());
        }
        Err(match self.shape {
            Shape::Bool => "true or false".into(),
            Shape::Count => "a whole number, at least 1".into(),
            Shape::Share => "a share such as 2% or 0.02".into(),
            Shape::Choice(words) => words.join(", "),
            Shape::Text | Shape::List => "text".into(),
        })
    }
}

/// git's spellings of a boolean.
pub(super) fn parse_bool(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// `2%` and `0.02` are 0.02; negative and infinite shares are none.
pub(super) fn parse_share(value: &str) -> Option<f64> {
    let value = value.trim();
    let share = match value.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => value.parse().ok()?,
    };
    (share.is_finite() && share >= 0.0).then_some(share)
}

const fn key(name: &'static str, shape: Shape, default: &'static str, doc: &'static str) -> Key {
    Key { name, shape, default, doc, in_repository: true }
}

const fn private(name: &'static str, shape: Shape, default: &'static str, doc: &'static str) -> Key {
    Key { name, shape, default, doc, in_repository: false }
}

/// All scalar keys, sorted by name.
pub static KEYS: &[Key] = &[
    key("bench.attachInput", Shape::Bool, "true", "keep the harness's own file as an attachment of the payload"),
    key(
        "bench.base",
        Shape::Text,
        "",
        "the branch that changes are compared with; default: the remote's default branch",
    ),
    private(
        "bench.config",
        Shape::Text,
        "bench.toml",
        "the file that lists come from, below the root of the work tree",
    ),
    key(
        "bench.environment",
        Shape::List,
        "cloud,instance_type,hardware,gpu_model,gpu_count,cpu_model,cpu_count,os,arch",
        "the facts that identify a machine; only runs of one machine are compared",
    ),
    private("bench.ref", Shape::Text, "refs/notes/bench", "the notes ref that holds the records"),
    private(
        "bench.remote",
        Shape::Text,
        "",
        "the remote to push to and pull from; default: that of the base branch, else origin",
    ),
    key("bench.suite", Shape::Text, "default", "the suite of runs that name none"),
    private(
        "bench.writers",
        Shape::List,
        "",
        "on a server: who may push notes past 'git bench hook', as names or addresses, '*' for any text; default: all",
    ),
    key(
        "check.inconclusive",
        Shape::Choice(&["ok", "fail"]),
        "ok",
        "whether an inconclusive series fails 'check' (exit 3)",
    ),
    key("check.method", Shape::Text, "default", "how a series is judged"),
    key(
        "check.missing",
        Shape::Choice(&["fail", "warn", "ok"]),
        "fail",
        "what 'check' says of series that are missing at HEAD",
    ),
    key("check.threshold", Shape::Share, "2%", "the smallest change that matters"),
    key(
        "check.window",
        Shape::Count,
        "60",
        "points at or behind the base end that are read for noise and change points",
    ),
    private("notify.slack", Shape::Text, "", "an incoming webhook of Slack for 'check --notify'"),
    private("notify.webhook", Shape::Text, "", "a generic webhook for 'check --notify'"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_three_names_and_a_valid_default() {
        for key in KEYS {
            assert!(key.default.is_empty() || key.check(key.default).is_ok(), "{}", key.name);
        }
        assert!(KEYS.is_sorted_by_key(|k| k.name));
        let attach = &KEYS[0];
        assert_eq!(
            (attach.git_name().as_str(), attach.env_name().as_str()),
            ("bench.attachInput", "GIT_BENCH_ATTACH_INPUT")
        );
        let window = KEYS.iter().find(|k| k.name == "check.window").unwrap();
        assert_eq!(window.env_name(), "GIT_BENCH_CHECK_WINDOW");
        assert_eq!(parse_share("2 %"), Some(0.02));
        assert_eq!(parse_share("-1%"), None);
    }
}

//! The layers, read in order; each value remembers where it comes from.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::keys::{KEYS, Key, Shape, parse_bool, parse_share};
use super::lists::{self, Label, Price, RuleEntry, StoreEntry};
use crate::git::{ConfigEntry, Scope};
use crate::{Error, Result};

/// Where a value comes from; later wins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Built in.
    Default,
    /// `bench.toml`.
    File,
    /// git config, with its scope.
    Git(Scope),
    /// An environment variable.
    Environment,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File => "bench.toml",
            Self::Git(Scope::System) => "git config (system)",
            Self::Git(Scope::Global) => "git config (global)",
            Self::Git(Scope::Local) => "git config (local)",
            Self::Git(Scope::Worktree) => "git config (worktree)",
            Self::Git(Scope::Command) => "git -c",
            Self::Environment => "environment",
        })
    }
}

/// What the layers are read from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Source<'a> {
    /// Path (for messages) and text of `bench.toml`, where there is one.
    pub file: Option<(&'a str, &'a str)>,
    /// The values of git config below `bench.`, in git's order.
    pub git: &'a [ConfigEntry],
    /// The environment.
    pub variables: &'a [(String, String)],
}

/// The configuration in force.
#[derive(Clone, Debug, Default)]
pub struct Config {
    values: BTreeMap<&'static str, (String, Origin)>,
    /// Stores: git config's first, then those of `bench.toml`, each in order.
    pub stores: Vec<StoreEntry>,
    /// Rules, in order; later ones win.
    pub rules: Vec<RuleEntry>,
    /// What people call machines.
    pub labels: Vec<Label>,
    /// USD per hour by instance type.
    pub prices: Price,
    /// What was not taken, and why.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads all layers.
    ///
    /// # Errors
    /// [`crate::Kind::Usage`] where `bench.toml` is no TOML, or a value of git config or the environment is wrong.
    pub fn read(source: &Source<'_>) -> Result<Self> {
        let mut config = Self::default();
        for key in KEYS {
            config.values.insert(key.name, (key.default.to_owned(), Origin::Default));
        }
        let mut file_stores = Vec::new();
        if let Some((path, text)) = source.file {
            config.read_file(path, text, &mut file_stores)?;
        }
        config.read_git(source.git)?;
        for (name, value) in source.variables.iter().filter(|(name, _)| name.starts_with("GIT_BENCH_")) {
            if let Some(key) = KEYS.iter().find(|key| key.env_name() == *name) {
                config.set(key, value, Origin::Environment, &format!("the environment variable '{name}'"))?;
            }
        }
        for store in file_stores {
            if !config.stores.iter().any(|known: &StoreEntry| known.name == store.name) {
                config.stores.push(store);
            }
        }
        Ok(config)
    }

    /// The text of a key; empty where it has none.
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", |(value, _)| value.as_str())
    }

    /// The text of a key, where it is not empty.
    pub fn set_text(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// A boolean key.
    pub fn bool(&self, name: &str) -> bool {
        parse_bool(self.text(name)).unwrap_or(false)
    }

    /// A count.
    pub fn count(&self, name: &str) -> usize {
        self.text(name).parse().unwrap_or(1)
    }

    /// A share as a ratio.
    pub fn share(&self, name: &str) -> f64 {
        parse_share(self.text(name)).unwrap_or(0.0)
    }

    /// A list of words.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.text(name).split(',').map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect()
    }

    /// Where the value of a key comes from.
    pub fn origin(&self, name: &str) -> Origin {
        self.values.get(name).map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    fn set(&mut self, key: &'static Key, value: &str, origin: Origin, place: &str) -> Result<()> {
        key.check(value).map_err(|expected| {
            Error::usage(format!("{place} is '{value}': expected {expected}"))
                .hint("git bench config shows every key, its value and where it comes from")
        })?;
        self.values.insert(key.name, (value.to_owned(), origin));
        Ok(())
    }

    fn read_file(&mut self, path: &str, text: &str, stores: &mut Vec<StoreEntry>) -> Result<()> {
        let table: Table = text.parse().map_err(|e: toml::de::Error| {
            let line = e.span().map_or(0, |span| text[..span.start.min(text.len())].lines().count().max(1));
            Error::usage(format!("'{path}' is no valid TOML: line {line}: {}", e.message()))
                .hint("the form is in 'git bench schema config' and docs/config.md")
        })?;
        for (section, value) in &table {
            match (section.as_str(), value) {
                ("bench" | "check" | "notify", Value::Table(entries)) => self.read_section(path, section, entries)?,
                ("store", Value::Array(items)) => {
                    self.read_list(path, items, lists::STORE_FIELDS, stores, lists::store)
                }
                ("rule", Value::Array(items)) => {
                    let mut rules = Vec::new();
                    self.read_list(path, items, lists::RULE_FIELDS, &mut rules, lists::rule);
                    self.rules = rules;
                }
                ("label", Value::Array(items)) => {
                    let mut labels = Vec::new();
                    self.read_list(path, items, lists::LABEL_FIELDS, &mut labels, lists::label);
                    self.labels = labels;
                }
                ("price", Value::Table(entries)) => match lists::prices(entries) {
                    Ok(prices) => self.prices = prices,
                    Err(why) => self.warnings.push(format!("'{path}': {why}")),
                },
                _ => {
                    let known = ["bench", "check", "notify", "store", "rule", "label", "price"];
                    self.unknown(path, section, known.iter().map(|s| (*s).to_owned()));
                }
            }
        }
        Ok(())
    }

    fn read_section(&mut self, path: &str, section: &str, entries: &Table) -> Result<()> {
        for (name, value) in entries {
            let full = format!("{section}.{name}");
            let Some(key) = KEYS.iter().find(|k| k.name == full) else {
                self.unknown(path, &full, KEYS.iter().map(|k| k.name.to_owned()));
                continue;
            };
            if !key.in_repository {
                self.warnings.push(format!(
                    "'{path}' sets '{full}', which a committed file may not; set it by: git config {} VALUE",
                    key.git_name()
                ));
                continue;
            }
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Array(items) if key.shape == Shape::List => {
                    items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
                }
                other => other.to_string(),
            };
            self.set(key, &text, Origin::File, &format!("'{full}' in '{path}'"))?;
        }
        Ok(())
    }

    fn read_list<T>(
        &mut self,
        path: &str,
        items: &[Value],
        fields: &[&str],
        out: &mut Vec<T>,
        read: impl Fn(&Table) -> Result<T, String>,
    ) {
        for item in items {
            let Some(table) = item.as_table() else { continue };
            for name in table.keys().filter(|name| !fields.contains(&name.as_str()) && *name != "endpoint") {
                self.unknown(path, name, fields.iter().map(|f| (*f).to_owned()));
            }
            match read(table) {
                Ok(entry) => out.push(entry),
                Err(why) => self.warnings.push(format!("'{path}': {why}")),
            }
        }
    }

    fn unknown(&mut self, path: &str, name: &str, known: impl Iterator<Item = String>) {
        let nearest = nearest(name, known);
        self.warnings.push(format!("'{path}': unknown key '{name}'{}", did_you_mean(nearest)));
    }

    fn read_git(&mut self, entries: &[ConfigEntry]) -> Result<()> {
        for entry in entries {
            let Some(rest) = entry.key.strip_prefix("bench.") else { continue };
            if let Some(store) = rest.strip_prefix("store.") {
                self.read_git_store(store, &entry.value);
                continue;
            }
            // git writes the last part of a name in lower case.
            match KEYS.iter().find(|k| k.git_name().eq_ignore_ascii_case(&entry.key)) {
                Some(key) => {
                    let place = format!("'{}' in git config", key.git_name());
                    self.set(key, &entry.value, Origin::Git(entry.scope), &place)?;
                }
                None => {
                    let nearest = nearest(&entry.key, KEYS.iter().map(Key::git_name));
                    self.warnings.push(format!("git config: unknown key '{}'{}", entry.key, did_you_mean(nearest)));
                }
            }
        }
        self.stores.retain(|store| !store.url.is_empty());
        Ok(())
    }

    fn read_git_store(&mut self, rest: &str, value: &str) {
        let Some((name, field)) = rest.rsplit_once('.') else { return };
        let at = match self.stores.iter().position(|s| s.name == name) {
            Some(at) => at,
            None => {
                self.stores.push(StoreEntry { name: name.to_owned(), from_git: true, ..StoreEntry::default() });
                self.stores.len() - 1
            }
        };
        let store = &mut self.stores[at];
        match field {
            "url" => store.url = value.to_owned(),
            "region" => store.region = Some(value.to_owned()),
            "account" => store.account = Some(value.to_owned()),
            "endpoint" => store.endpoint = Some(value.to_owned()),
            "when" => store.when.extend(value.split_once('=').map(|(k, v)| (k.trim().to_owned(), v.trim().to_owned()))),
            _ => {
                let known = ["url", "region", "account", "endpoint", "when"].iter().map(|s| (*s).to_owned());
                let nearest = nearest(field, known);
                self.warnings
                    .push(format!("git config: unknown key 'bench.store.{name}.{field}'{}", did_you_mean(nearest)));
            }
        }
    }
}

fn did_you_mean(nearest: Option<String>) -> String {
    nearest.map(|name| format!("; did you mean '{name}'?")).unwrap_or_default()
}

/// The known name that is most like this one, where any is near.
pub(super) fn nearest(name: &str, known: impl Iterator<Item = String>) -> Option<String> {
    known
        .map(|candidate| (strsim::jaro_winkler(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, value: &str) -> ConfigEntry {
        ConfigEntry { scope: Scope::Local, key: key.into(), value: value.into() }
    }

    #[test]
    fn later_layers_win_and_origins_are_known() {
        let git = [entry("bench.base", "develop"), entry("bench.check.window", "20")];
        let vars = [("GIT_BENCH_CHECK_WINDOW".to_owned(), "10".to_owned())];
        let file = "[bench]\nbase = \"main\"\nsuite = \"gpu\"\n[check]\nthreshold = \"5%\"\n";
        let config = Config::read(&Source { file: Some(("bench.toml", file)), git: &git, variables: &vars }).unwrap();
        assert_eq!((config.text("bench.base"), config.text("bench.suite")), ("develop", "gpu"));
        assert_eq!((config.count("check.window"), config.share("check.threshold")), (10, 0.05));
        assert_eq!(config.origin("bench.base"), Origin::Git(Scope::Local));
    }

    #[test]
    fn a_committed_file_may_not_name_hosts_or_hooks() {
        let file = r#"
[bench]
ref = "refs/heads/main"
bse = "main"
[notify]
slack = "https://evil"
[[store]]
name = "a"
url = "file:///etc"
[[store]]
name = "b"
url = "s3://bucket"
endpoint = "http://evil"
[[store]]
name = "c"
url = "s3://bucket"
when = { cloud = "aws" }
"#;
        let config = Config::read(&Source { file: Some(("bench.toml", file)), ..Source::default() }).unwrap();
        assert_eq!(config.stores.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["c"]);
        assert_eq!(config.warnings.len(), 5, "{:#?}", config.warnings);
        assert!(config.warnings.iter().any(|w| w.ends_with("unknown key 'bench.bse'; did you mean 'bench.base'?")));
        assert_eq!(config.text("bench.ref"), "refs/notes/bench");
    }

    #[test]
    fn git_config_stores_come_first_and_replace_whole_entries() {
        let git = [entry("bench.store.c.url", "file:///x"), entry("bench.store.c.when", "cloud=gcp")];
        let file = "[[store]]\nname=\"b\"\nurl=\"s3://b\"\n[[store]]\nname=\"c\"\nurl=\"s3://c\"\nregion=\"r\"\n";
        let config =
            Config::read(&Source { file: Some(("bench.toml", file)), git: &git, ..Source::default() }).unwrap();
        assert_eq!(config.stores[0].url, "file:///x");
        assert_eq!(config.stores[0].region, None);
        assert_eq!(config.stores.len(), 2);
        assert!(!config.stores[0].fits(&crate::model::Facts::new()));
    }

    #[test]
    fn broken_toml_is_an_error_with_its_line() {
        let file = "[bench]\nbase = main\n";
        let error = Config::read(&Source { file: Some(("bench.toml", file)), ..Source::default() }).unwrap_err();
        assert!(error.message.starts_with("'bench.toml' is no valid TOML: line 2:"), "{}", error.message);
    }
}

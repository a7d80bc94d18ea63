//! Every registry is a slice that help, completion, docs and tests derive from: its entries have names and words.

use std::collections::BTreeSet;

use git_bench::config::{Config, KEYS, Source};
use git_bench::export::{COLUMNS, EXPORTERS, PARTITIONED};
use git_bench::git::{ConfigEntry, Scope};
use git_bench::import::IMPORTERS;
use git_bench::model::schema::{KEYWORDS, SCHEMAS};
use git_bench::payload::keys::CHANNELS;
use git_bench::render::{OWN, Options, RENDERERS};
use git_bench::report::Report;
use git_bench::stats::METHODS;
use serde_json::Value;

use crate::common::{children, fixtures};
use crate::samples;

/// Names are unique and of lower case words; every doc is one line without full stop.
fn assert_named(what: &str, entries: &[(&str, &str)]) {
    assert!(!entries.is_empty(), "no {what}");
    let mut seen = BTreeSet::new();
    for (name, doc) in entries {
        assert!(seen.insert(*name), "{what}: '{name}' stands twice");
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        assert!(!name.is_empty() && name.chars().all(plain), "{what}: '{name}' is no name");
        assert!(!doc.trim().is_empty() && !doc.contains('\n'), "{what}: the doc of '{name}' is no line");
    }
}

#[test]
fn readers_are_named_and_sorted_and_have_fixtures() {
    let entries: Vec<_> = IMPORTERS.iter().map(|i| (i.name(), i.doc())).collect();
    assert_named("readers", &entries);
    assert!(IMPORTERS.is_sorted_by_key(|i| i.name()), "readers are sorted by name");
    for reader in IMPORTERS {
        assert!(!reader.example().trim().is_empty(), "'{}' has no example", reader.name());
        let folder = fixtures().join(reader.name());
        let files = if folder.is_dir() { children(&folder).len() } else { 0 };
        assert!(files >= 2, "'{}' has no fixture beside expected.json in {}", reader.name(), folder.display());
    }
}

#[test]
fn methods_are_named_and_the_default_is_one() {
    let entries: Vec<_> = METHODS.iter().map(|m| (m.name(), m.doc())).collect();
    assert_named("methods", &entries);
    let key = KEYS.iter().find(|k| k.name == "check.method").unwrap();
    assert_eq!(METHODS[0].name(), key.default, "the default method comes first");
}

#[test]
fn exports_are_named_and_help_has_them() {
    let entries: Vec<_> = EXPORTERS.iter().map(|e| (e.name(), e.doc())).collect();
    assert_named("exports", &entries);
    let helped: Vec<_> = OWN.iter().filter(|own| own.command == "export").map(|own| (own.name, own.doc)).collect();
    let wanted: Vec<_> = entries.iter().copied().filter(|(name, _)| *name != "csv").collect();
    assert_eq!(helped, wanted, "csv is of all commands");
    let columns: Vec<_> = COLUMNS.iter().map(|c| (c.name, c.doc)).collect();
    assert_named("columns", &columns);
    assert!(PARTITIONED.iter().all(|name| COLUMNS.iter().any(|c| c.name == *name)));
}

#[test]
fn renderers_are_named_and_render_every_report() {
    let entries: Vec<_> = RENDERERS.iter().map(|r| (r.name(), r.doc())).collect();
    assert_named("renderers", &entries);
    let mut names = BTreeSet::new();
    for renderer in RENDERERS {
        for name in [renderer.name()].iter().chain(renderer.aliases()) {
            assert!(names.insert(*name), "'{name}' means two formats");
        }
        for (what, report) in reports() {
            let mut out = Vec::new();
            renderer.render(&*report, &Options::default(), &mut out).unwrap();
            let text = String::from_utf8(out).unwrap_or_else(|_| panic!("{what} as {} is no UTF-8", renderer.name()));
            assert!(text.ends_with('\n'), "{what} as {} does not end its last line", renderer.name());
            let named = what == "listing" || (what == "bisect" && renderer.name() == "csv");
            assert!(text.contains("parse/small") || named, "{what} as {}: {text}", renderer.name());
            assert!(!text.contains("NaN") && !text.contains('\x1b'), "{what} as {}: {text}", renderer.name());
        }
    }
    assert_eq!(RENDERERS[0].name(), "text", "the default comes first");
    for wanted in ["md", "json", "csv"] {
        assert!(names.contains(wanted), "no format '{wanted}'");
    }
}

fn reports() -> Vec<(&'static str, Box<dyn Report>)> {
    vec![
        ("changes", Box::new(samples::changes())),
        ("log", Box::new(samples::log())),
        ("show", Box::new(samples::shown())),
        ("blame", Box::new(samples::blame())),
        ("bisect", Box::new(samples::bisected())),
        ("listing", Box::new(samples::listing())),
    ]
}

#[test]
fn keys_are_sorted_and_have_three_names_and_a_doc() {
    assert!(KEYS.is_sorted_by_key(|k| k.name));
    for key in KEYS {
        assert!(!key.doc.is_empty() && !key.doc.ends_with('.'), "{}", key.name);
        assert!(key.default.is_empty() || key.check(key.default).is_ok(), "the default of {}", key.name);
    }
    for names in [KEYS.iter().map(|k| k.git_name()).collect::<Vec<_>>(), KEYS.iter().map(|k| k.env_name()).collect()] {
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), KEYS.len(), "{names:?}");
    }
}

/// All three layers set every key, each over the one before.
#[test]
fn every_key_is_read_from_git_config_and_the_environment() {
    for key in KEYS {
        // A value that is not the default.
        let mut values = ["true", "false", "7", "3%", "warn", "fail", "ok", "other"].into_iter();
        let value = values.find(|v| key.check(v).is_ok() && *v != key.default).unwrap();
        let git = [ConfigEntry { scope: Scope::Local, key: key.git_name().to_lowercase(), value: value.into() }];
        let config = Config::read(&Source { git: &git, ..Source::default() }).unwrap();
        assert_eq!(config.text(key.name), value, "{} in git config", key.name);
        let variables = [(key.env_name(), value.to_owned())];
        let config = Config::read(&Source { variables: &variables, ..Source::default() }).unwrap();
        assert_eq!(config.text(key.name), value, "{} in the environment", key.name);
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    }
}

/// Nothing in a schema is silently without effect.
#[test]
fn every_keyword_of_the_schemas_is_acted_on() {
    for (name, text) in SCHEMAS {
        let schema: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert_eq!(schema["$id"], format!("{name}.v1.json"), "{name}");
        keywords(name, &schema);
    }
}

fn keywords(place: &str, schema: &Value) {
    let Value::Object(rules) = schema else { return };
    for (keyword, value) in rules {
        assert!(KEYWORDS.contains(&keyword.as_str()), "{place}: nobody acts on '{keyword}'");
        match (keyword.as_str(), value) {
            ("properties" | "$defs", Value::Object(named)) => {
                named.iter().for_each(|(name, schema)| keywords(&format!("{place}.{name}"), schema));
            }
            ("anyOf" | "oneOf" | "prefixItems", Value::Array(list)) => {
                list.iter().for_each(|schema| keywords(&format!("{place}.{keyword}"), schema));
            }
            ("items" | "additionalProperties", schema) => keywords(&format!("{place}.{keyword}"), schema),
            ("$ref", Value::String(target)) => assert!(target.starts_with("#/$defs/"), "{place}: {target}"),
            _ => {}
        }
    }
}

#[test]
fn channels_of_the_schema_are_those_that_have_a_place() {
    let record = crate::schemas::schema("record");
    let listed = record.pointer("/$defs/run/properties/channel/enum").unwrap();
    assert_eq!(*listed, serde_json::json!(CHANNELS));
}

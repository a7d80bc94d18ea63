//! The lists of `bench.toml`: stores, rules, labels, prices.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::model::{Facts, Pattern};

/// A configured store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreEntry {
    /// Its name.
    pub name: String,
    /// Its URL.
    pub url: String,
    /// Region, where the cloud wants one.
    pub region: Option<String>,
    /// Storage account (Azure).
    pub account: Option<String>,
    /// Another endpoint; only from git config.
    pub endpoint: Option<String>,
    /// Env field = glob; all must fit. None = fits all.
    pub when: Vec<(String, String)>,
    /// Whether it comes from git config (else from `bench.toml`).
    pub from_git: bool,
}

impl StoreEntry {
    /// Whether runs of this env go here; an absent field never fits.
    pub fn fits(&self, env: &Facts) -> bool {
        fits(&self.when, env)
    }
}

/// A rule for some series; later rules win.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleEntry {
    /// Glob on benchmarks; `None` = all.
    pub benchmark: Option<String>,
    /// Glob on metrics.
    pub metric: Option<String>,
    /// Glob on the environment key or its description.
    pub environment: Option<String>,
    /// Relative threshold as a ratio.
    pub threshold: Option<f64>,
    /// Absolute floor: number and unit.
    pub floor: Option<(f64, String)>,
    /// `lower`, `higher` or `none`.
    pub better: Option<String>,
    /// Method.
    pub method: Option<String>,
}

/// What people call a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// The name.
    pub name: String,
    /// Env field = glob; all must fit.
    pub when: Vec<(String, String)>,
}

impl Label {
    /// Whether it names machines of this env.
    pub fn fits(&self, env: &Facts) -> bool {
        fits(&self.when, env)
    }
}

/// USD per hour, by instance type.
pub type Price = BTreeMap<String, f64>;

fn fits(when: &[(String, String)], env: &Facts) -> bool {
    when.iter().all(|(field, glob)| {
        env.get(field).is_some_and(|value| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Pattern::new(glob).matches(&text)
        })
    })
}

fn text(table: &Table, key: &str) -> Option<String> {
    table.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn when(table: &Table) -> Vec<(String, String)> {
    let Some(when) = table.get("when").and_then(Value::as_table) else { return Vec::new() };
    when.iter().map(|(k, v)| (k.clone(), v.as_str().map_or_else(|| v.to_string(), str::to_owned))).collect()
}

/// Fields that each list knows; others are warned of.
pub(super) const STORE_FIELDS: &[&str] = &["name", "url", "region", "account", "when"];
pub(super) const RULE_FIELDS: &[&str] =
    &["benchmark", "metric", "environment", "threshold", "floor", "better", "method"];
pub(super) const LABEL_FIELDS: &[&str] = &["name", "when"];

/// A store of a committed file: only buckets by name, no endpoint.
pub(super) fn store(table: &Table) -> Result<StoreEntry, String> {
    let name = text(table, "name").ok_or("a [[store]] has no 'name'")?;
    let url = text(table, "url").ok_or_else(|| format!("store '{name}' has no 'url'"))?;
    if table.contains_key("endpoint") {
        return Err(format!(
            "store '{name}' names an endpoint, which a committed file may not; set it by: git config bench.store.{name}.endpoint URL"
        ));
    }
    if !["s3://", "gs://", "az://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(format!(
            "store '{name}' has the url '{url}'; a committed file names buckets only (s3://, gs://, az://); set it by: git config bench.store.{name}.url URL"
        ));
    }
    Ok(StoreEntry {
        name,
        url,
        region: text(table, "region"),
        account: text(table, "account"),
        endpoint: None,
        when: when(table),
        from_git: false,
    })
}

pub(super) fn rule(table: &Table) -> Result<RuleEntry, String> {
    let share = |key: &str| -> Result<Option<f64>, String> {
        match table.get(key) {
            None => Ok(None),
            Some(value) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                super::keys::parse_share(&text)
                    .map(Some)
                    .ok_or_else(|| format!("rule: '{key}' is a share such as 2%, not '{text}'"))
            }
        }
    };
    let better = text(table, "better");
    if better.as_deref().is_some_and(|b| !["lower", "higher", "none"].contains(&b)) {
        return Err("rule: 'better' is lower, higher or none".into());
    }
    Ok(RuleEntry {
        benchmark: text(table, "benchmark"),
        metric: text(table, "metric"),
        environment: text(table, "environment"),
        threshold: share("threshold")?,
        floor: floor(table)?,
        better,
        method: text(table, "method"),
    })
}

fn floor(table: &Table) -> Result<Option<(f64, String)>, String> {
    let Some(value) = table.get("floor") else { return Ok(None) };
    if let Some(number) = value.as_float().or_else(|| value.as_integer().map(|n| n as f64)) {
        return Ok(Some((number, String::new())));
    }
    let text = value.as_str().unwrap_or_default();
    let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
    let number: f64 = number.parse().map_err(|_| format!("rule: 'floor' is a number and a unit, not '{text}'"))?;
    if !number.is_finite() || number < 0.0 {
        return Err(format!("rule: 'floor' cannot be '{text}'"));
    }
    Ok(Some((number, unit.trim().to_owned())))
}

pub(super) fn label(table: &Table) -> Result<Label, String> {
    Ok(Label { name: text(table, "name").ok_or("a [[label]] has no 'name'")?, when: when(table) })
}

pub(super) fn prices(table: &Table) -> Result<Price, String> {
    table
        .iter()
        .map(|(name, value)| {
            let usd = value.as_float().or_else(|| value.as_integer().map(|n| n as f64));
            usd.filter(|p| p.is_finite() && *p >= 0.0)
                .map(|p| (name.clone(), p))
                .ok_or_else(|| format!("price: '{name}' is no number of USD per hour"))
        })
        .collect()
}

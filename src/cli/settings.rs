//! The bridge between the configuration and the small options of the library.

use std::collections::BTreeSet;

use git_bench::config::{Config, RuleEntry};
use git_bench::model::{Better, Pattern, Unit};
use git_bench::stats::{METHODS, Rule};
use git_bench::{Error, Result};

use super::patterns::Known;

/// How series are judged: the configured defaults and rules.
pub(crate) struct Policy {
    threshold: f64,
    method: String,
    rules: Vec<RuleEntry>,
    /// The facts that identify a machine.
    pub(crate) identity: Vec<String>,
    /// Points that are read at or behind the base end.
    pub(crate) window: usize,
}

/// What the rules say of one series.
pub(crate) struct Judged {
    /// For the statistics.
    pub(crate) rule: Rule,
    /// The direction, if a rule sets it.
    pub(crate) better: Option<Better>,
}

impl Policy {
    /// The policy that a configuration means.
    pub(crate) fn of(config: &Config) -> Result<Self> {
        let method = config.text("check.method").to_owned();
        known_method(&method)?;
        for rule in &config.rules {
            rule.method.as_deref().map_or(Ok(()), known_method)?;
        }
        Ok(Self {
            threshold: config.share("check.threshold"),
            method,
            rules: config.rules.clone(),
            identity: config.list("bench.environment"),
            window: config.count("check.window"),
        })
    }

    /// Overrides the threshold and the method of every series.
    pub(crate) fn override_with(&mut self, threshold: Option<f64>, method: Option<&str>) -> Result<()> {
        if let Some(threshold) = threshold {
            self.threshold = threshold;
            self.rules.iter_mut().for_each(|rule| rule.threshold = None);
        }
        if let Some(method) = method {
            known_method(method)?;
            method.clone_into(&mut self.method);
            self.rules.iter_mut().for_each(|rule| rule.method = None);
        }
        Ok(())
    }

    /// The rule of one series; later rules win field by field.
    pub(crate) fn rule(&self, benchmark: &str, metric: &str, unit: &Unit, environment: &[&str]) -> Judged {
        let mut rule = Rule { threshold: self.threshold, method: self.method.clone(), ..Rule::default() };
        let mut better = None;
        for entry in &self.rules {
            let fits = |pattern: &Option<String>, names: &[&str]| {
                pattern.as_deref().is_none_or(|p| names.iter().any(|name| Pattern::new(p).matches(name)))
            };
            if !fits(&entry.benchmark, &[benchmark])
                || !fits(&entry.metric, &[metric])
                || !fits(&entry.environment, environment)
            {
                continue;
            }
            rule.threshold = entry.threshold.unwrap_or(rule.threshold);
            if let Some(method) = &entry.method {
                rule.method.clone_from(method);
            }
            // A floor in a unit that does not convert is no floor of this series.
            if let Some(factor) = entry.floor.as_ref().and_then(|(_, u)| floor_factor(u, unit)) {
                rule.floor = entry.floor.as_ref().map_or(rule.floor, |(value, _)| value * factor);
            }
            better = entry.better.as_deref().and_then(Better::parse).or(better);
        }
        Judged { rule, better }
    }

    /// Patterns of rules that fit nothing that was measured, each with the nearest name; `places` are environments and labels.
    pub(crate) fn unmatched(&self, known: &dyn Fn() -> Known, places: &BTreeSet<String>) -> Vec<String> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let known = known();
        let benchmarks: BTreeSet<&str> = known.iter().map(|(benchmark, _)| benchmark.as_str()).collect();
        let metrics: BTreeSet<&str> = known.iter().map(|(_, metric)| metric.as_str()).collect();
        let places: BTreeSet<&str> = places.iter().map(String::as_str).collect();
        let mut told = Vec::new();
        for rule in &self.rules {
            for (pattern, names, what) in [
                (&rule.benchmark, &benchmarks, "benchmark"),
                (&rule.metric, &metrics, "metric"),
                (&rule.environment, &places, "environment"),
            ] {
                let fits = |p: &String| names.iter().any(|name| Pattern::new(p).matches(name));
                let Some(pattern) = pattern.as_ref().filter(|p| !fits(p)) else { continue };
                let names: Vec<&str> = names.iter().copied().collect();
                let near = nearest(pattern, &names).map(|n| format!("; the nearest is '{n}'")).unwrap_or_default();
                let text = format!("the rule for '{pattern}' fits no {what}{near}");
                if !told.contains(&text) {
                    told.push(text);
                }
            }
        }
        told
    }
}

fn floor_factor(floor: &str, unit: &Unit) -> Option<f64> {
    if floor.is_empty() { Some(1.0) } else { Unit::new(floor).factor_to(unit) }
}

fn known_method(name: &str) -> Result<()> {
    if METHODS.iter().any(|m| m.name() == name) {
        return Ok(());
    }
    let known: Vec<_> = METHODS.iter().map(|m| m.name()).collect();
    Err(Error::usage(format!("unknown method '{name}'; known are {}", known.join(", "))))
}

/// The name that is most like the pattern.
pub(crate) fn nearest(pattern: &str, names: &[&str]) -> Option<String> {
    let plain = pattern.replace(['*', '?'], "");
    let alike = |name: &str| strsim::jaro_winkler(&plain, name);
    names.iter().copied().max_by(|a, b| alike(a).total_cmp(&alike(b))).map(str::to_owned)
}

/// The direction as the statistics have it.
pub(crate) fn direction(better: Better) -> git_bench::stats::Better {
    match better {
        Better::Lower => git_bench::stats::Better::Lower,
        Better::Higher => git_bench::stats::Better::Higher,
        Better::None => git_bench::stats::Better::None,
    }
}

//! Patterns of benchmarks: which series they take, and what is said of one that fits nothing.

use std::collections::BTreeSet;

use git_bench::history::Measured;
use git_bench::model::Pattern;
use git_bench::{Error, Result};

use super::context::Context;
use super::options::Selection;
use super::settings::nearest;

/// (benchmark, metric) pairs that were measured.
pub(crate) type Known = BTreeSet<(String, String)>;

/// What was measured at these commits.
pub(crate) fn known<'m>(points: impl IntoIterator<Item = &'m Measured>) -> Known {
    let runs = points.into_iter().flat_map(|point| &point.runs);
    runs.flat_map(|run| &run.m).map(|row| (row.name.clone(), row.metric.clone())).collect()
}

/// `NAME:METRIC` in two; `::` belongs to names.
fn split(text: &str) -> Option<(&str, &str)> {
    let (name, metric) = text.rsplit_once(':')?;
    let both = !name.is_empty() && !name.ends_with(':') && !metric.is_empty() && !metric.contains(['/', '[']);
    both.then_some((name, metric))
}

/// Which (benchmark, metric) a selection takes.
pub(crate) fn selected(selection: &Selection) -> impl Fn(&str, &str) -> bool + use<> {
    let wanted: Vec<One> = selection.patterns.iter().map(|text| One::new(text)).collect();
    let metric = selection.metric.as_deref().map(Pattern::new);
    move |benchmark, name| {
        metric.as_ref().is_none_or(|m| m.matches(name))
            && (wanted.is_empty() || wanted.iter().any(|one| one.fits(benchmark, name)))
    }
}

/// A pattern: of a benchmark's whole name, or of name and metric.
struct One {
    whole: Pattern,
    both: Option<(Pattern, Pattern)>,
}

impl One {
    fn new(text: &str) -> Self {
        let both = split(text).map(|(name, metric)| (Pattern::new(name), Pattern::new(metric)));
        Self { whole: Pattern::new(text), both }
    }

    fn fits(&self, benchmark: &str, metric: &str) -> bool {
        self.whole.matches(benchmark)
            || self.both.as_ref().is_some_and(|(b, m)| b.matches(benchmark) && m.matches(metric))
    }
}

/// Why a pattern fits nothing, with the nearest name; `None` where it fits, or nothing is known that it could fit.
fn unfitting(text: &str, known: &Known) -> Option<(String, Option<String>)> {
    let one = One::new(text);
    if known.is_empty() || known.iter().any(|(b, m)| one.fits(b, m)) {
        return None;
    }
    let (name, metric) = split(text).unwrap_or((text, ""));
    let fitting: Vec<&(String, String)> = known.iter().filter(|(b, _)| Pattern::new(name).matches(b)).collect();
    let suggestion = if fitting.is_empty() {
        nearest(text, &unique(known.iter().map(|(b, _)| b)))
    } else {
        nearest(metric, &unique(fitting.iter().map(|(_, m)| m))).map(|m| format!("{name}:{m}"))
    };
    Some((format!("'{text}' fits no benchmark"), suggestion))
}

fn unique<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    names.map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect()
}

/// A pattern that fits nothing is told with the nearest name; where none fits, it is an error.
pub(crate) fn check(context: &Context, selection: &Selection, known: &dyn Fn() -> Known) -> Result<()> {
    if selection.is_all() {
        return Ok(());
    }
    let known = known();
    let told = |(what, near): (String, Option<String>)| {
        context.warn(&format!("{what}{}", near.map(|n| format!("; the nearest is '{n}'")).unwrap_or_default()));
    };
    let mut fitting = selection.patterns.is_empty();
    for text in &selection.patterns {
        let fault = unfitting(text, &known);
        fitting |= fault.is_none();
        fault.into_iter().for_each(told);
    }
    let metric = selection.metric.as_deref();
    let no_metric =
        metric.filter(|m| !known.is_empty() && !known.iter().any(|(_, name)| Pattern::new(m).matches(name)));
    if let Some(text) = no_metric {
        let near = nearest(text, &unique(known.iter().map(|(_, m)| m)));
        told((format!("'{text}' fits no metric"), near));
    }
    if fitting && no_metric.is_none() {
        return Ok(());
    }
    Err(Error::no_data("no benchmark fits").hint("git bench show lists the names"))
}

/// Holds one pattern against what was measured, and gives it as name and metric.
///
/// # Errors
/// Usage: it fits nothing, though something was measured; nothing may be recorded under it.
pub(crate) fn one<'t>(text: &'t str, known: &Known) -> Result<(&'t str, Option<&'t str>)> {
    if let Some((what, near)) = unfitting(text, known) {
        let error = match &near {
            Some(near) => Error::usage(format!("{what}; the nearest is '{near}'")),
            None => Error::usage(what),
        };
        return Err(error.hint("git bench show lists the names; '*' stands for any text"));
    }
    let whole = known.iter().any(|(b, _)| Pattern::new(text).matches(b));
    Ok(match split(text).filter(|_| !whole) {
        Some((name, metric)) => (name, Some(metric)),
        None => (text, None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known_of(pairs: &[(&str, &str)]) -> Known {
        pairs.iter().map(|(b, m)| ((*b).to_owned(), (*m).to_owned())).collect()
    }

    #[test]
    fn names_metrics_and_what_fits_nothing() {
        let all = known_of(&[("parse", "time"), ("a::b", "memory"), ("pkg:x", "time")]);
        assert_eq!(one("parse:time", &all).unwrap(), ("parse", Some("time")));
        assert_eq!(one("pkg:x", &all).unwrap(), ("pkg:x", None));
        assert_eq!(one("a::b", &all).unwrap(), ("a::b", None));
        assert_eq!(one("*", &all).unwrap(), ("*", None));
        for (text, near) in [("prase", "'parse'"), ("parse:tme", "'parse:time'"), ("a::c", "'a::b'")] {
            let error = one(text, &all).unwrap_err();
            assert!(error.message.contains("fits no benchmark") && error.message.ends_with(near), "{}", error.message);
        }
        assert_eq!(one("anything", &Known::new()).unwrap(), ("anything", None));
    }
}

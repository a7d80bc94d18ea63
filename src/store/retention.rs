//! Which runs may go: rules and runs in, a plan out. Nothing is touched here.

use std::collections::BTreeMap;

use crate::git::Id;
use crate::model::Time;
use crate::record::PayloadRef;

/// What may go. A run goes only where every rule that is given fits; releases never go.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Only runs that ended before.
    pub before: Option<Time>,
    /// Of each series (environment, suite, benchmark, metric) the newest so many stay; a run goes only where no series
    /// needs it.
    pub keep: Option<usize>,
    /// Only commits that no branch or tag reaches.
    pub unreachable: bool,
    /// Only runs of these channels; empty = of all.
    pub channels: Vec<String>,
}

/// What retention looks at in a run.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The object whose note holds it.
    pub object: Id,
    /// Its id.
    pub id: String,
    /// The end of the run; where only its drop is left, the time of that.
    pub time: Time,
    /// Its suite; empty where only its drop is left.
    pub suite: String,
    /// Its channel; empty as the suite.
    pub channel: String,
    /// Whether it is of a release: by its channel or its tag.
    pub release: bool,
    /// Its series, as numbers.
    pub series: Vec<u32>,
    /// Where its payload lies.
    pub payload: Option<PayloadRef>,
}

/// What is to become of the runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Positions of the runs that go, by time, then id.
    pub goes: Vec<usize>,
    /// How many runs the rules would let go and stay because they are of a release.
    pub releases: usize,
}

/// Holds runs against rules; `reached` says whether a branch or a tag reaches a commit.
pub fn plan(runs: &[Candidate], rules: &Rules, reached: &dyn Fn(Id) -> bool) -> Plan {
    let in_channel = |run: &Candidate| rules.channels.is_empty() || rules.channels.contains(&run.channel);
    let newest = rules.keep.map(|keep| newest(runs, keep, &in_channel));
    let fits = |at: usize, run: &Candidate| {
        in_channel(run)
            && rules.before.is_none_or(|before| run.time < before)
            && newest.as_ref().is_none_or(|newest| !newest[at])
            && !(rules.unreachable && reached(run.object))
    };
    let (releases, mut goes): (Vec<usize>, Vec<usize>) =
        (0..runs.len()).filter(|at| fits(*at, &runs[*at])).partition(|at| runs[*at].release);
    goes.sort_by(|a, b| (runs[*a].time, &runs[*a].id).cmp(&(runs[*b].time, &runs[*b].id)));
    Plan { goes, releases: releases.len() }
}

/// Which runs are among the newest `keep` of any of their series. Releases stay anyhow and take no place.
fn newest(runs: &[Candidate], keep: usize, counts: &dyn Fn(&Candidate) -> bool) -> Vec<bool> {
    let mut order: Vec<usize> = (0..runs.len()).filter(|at| !runs[*at].release && counts(&runs[*at])).collect();
    order.sort_by(|a, b| (runs[*b].time, &runs[*b].id).cmp(&(runs[*a].time, &runs[*a].id)));
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    let mut needed = vec![false; runs.len()];
    for at in order {
        for series in &runs[at].series {
            let before = seen.entry(*series).or_default();
            needed[at] |= *before < keep;
            *before += 1;
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(n: i64, channel: &str, series: &[u32]) -> Candidate {
        Candidate {
            object: crate::git::id(&format!("{n:040x}")).unwrap(),
            id: format!("r{n}"),
            time: Time(n),
            suite: "default".into(),
            channel: channel.into(),
            release: channel == "release",
            series: series.to_vec(),
            payload: None,
        }
    }

    fn gone(runs: &[Candidate], rules: &Rules, reached: &dyn Fn(Id) -> bool) -> Vec<String> {
        plan(runs, rules, reached).goes.into_iter().map(|at| runs[at].id.clone()).collect()
    }

    #[test]
    fn every_rule_must_fit_and_releases_stay() {
        let runs = [run(1, "daily", &[0]), run(2, "release", &[0]), run(3, "pr", &[0]), run(4, "daily", &[0])];
        let all = |_: Id| true;
        let old = Rules { before: Some(Time(4)), ..Rules::default() };
        assert_eq!(gone(&runs, &old, &all), ["r1", "r3"]);
        assert_eq!(plan(&runs, &old, &all).releases, 1);
        assert_eq!(gone(&runs, &Rules { channels: vec!["pr".into()], ..old.clone() }, &all), ["r3"]);
        assert_eq!(gone(&runs, &Rules { keep: Some(2), ..old.clone() }, &all), ["r1"]);
        assert!(gone(&runs, &Rules { unreachable: true, ..old.clone() }, &all).is_empty());
        let lost = runs[2].object;
        assert_eq!(gone(&runs, &Rules { unreachable: true, ..old }, &|id| id != lost), ["r3"]);
    }

    #[test]
    fn a_run_stays_while_any_of_its_series_needs_it() {
        // Series 1 was measured once, long ago; series 0 again and again.
        let runs = [run(1, "daily", &[0, 1]), run(2, "daily", &[0]), run(3, "daily", &[0]), run(4, "daily", &[0])];
        let rules = Rules { keep: Some(2), ..Rules::default() };
        assert_eq!(gone(&runs, &rules, &|_| true), ["r2"]);
    }
}

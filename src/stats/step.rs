//! The step at the end of a series: where the head's level began, and how sure that is.

use super::history::{History, Noise, Past};
use super::robust::{mean, median, quantile_of};
use super::student::two_sided;

/// At least so many of the last base points are searched for a step, so that one in the base is not taken for the branch's.
pub const SEARCHED: usize = 20;
/// Observations that a level needs before it can be a baseline.
const FEWEST: usize = 3;
/// Degrees of freedom from which the base's own noise serves to see whether a branch went back.
const CALM: f64 = 3.0;
/// A step in the base, or back again, counts under this p value (times the places looked at).
const LIKELY: f64 = 0.05;
/// By how much the gain of a step in the base must beat that of one among the judged points: about seven times as likely.
const CLEARER: f64 = 4.0;

/// Two levels at the end of a series, in observations of its [`History`].
#[derive(Clone, Debug, PartialEq)]
pub struct Tail {
    /// Begin of the level before.
    pub start: usize,
    /// End of the level before: `at`, but never behind the base of a branch, whose own points are no baseline.
    pub end: usize,
    /// First observation after the step.
    pub at: usize,
    /// First observation of the head's own level: `at`, unless the series went back (in part) since.
    pub head: usize,
    /// Places that were looked at.
    pub places: usize,
    /// Noise around all levels up to the head; its residuals are those before `end`.
    pub noise: Noise,
}

/// Level before and level of the head, in the scale of the history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// Level before.
    pub before: f64,
    /// Level of the head.
    pub after: f64,
    /// Standard error of their difference.
    pub error: f64,
    /// p value of the difference, two-sided, as if only this place had been looked at.
    pub p: f64,
}

impl Tail {
    /// The most likely step at the end of a series: `base` is its number of base points, the last `look_back` of them and all own
    /// points are to be judged. Searched are the last [`SEARCHED`] base points as well; a likely step before the judged points is
    /// the base's own, and the level begins anew there. The place is the one that leaves least around the levels on both sides:
    /// the sum of squared residuals, each counted as three standard deviations at most, so that a spike cannot pull it (binary
    /// segmentation with the biweight loss of Fearnhead & Rigaill, JASA 114 (2019) 169-183). `None` where nothing lies before the own points.
    /// `correlation` is what to reckon with at least.
    pub fn find(past: &Past, base: usize, look_back: usize, correlation: f64) -> Option<Tail> {
        let history = &past.history;
        let (n, own) = (history.all.len(), past.base);
        if own == 0 || own == n {
            return None;
        }
        let judged = history.first_of(base.saturating_sub(look_back));
        let from = history.first_of(base.saturating_sub(look_back.max(SEARCHED)));
        let mut starts = if from == own { past.levels.clone() } else { history.levels(from) };
        // A step that is still in there looks like correlation, and would favour the shortest tails.
        let rough = Noise { correlation: 0.0, ..past.noise.clone() };
        let is_place = |i: usize| i == own || history.all[i].point != history.all[i - 1].point;
        loop {
            let start = *starts.last()?;
            let places: Vec<usize> = (from.max(start + FEWEST)..n).filter(|i| is_place(*i)).collect();
            let cuts: Vec<usize> = places.iter().map(|at| at - start).collect();
            let gains = gains(&history.values(start, n), &cuts, rough.sigma);
            let strongest = |of_judged: bool| {
                let places = places.iter().copied().zip(gains.iter().copied());
                places.filter(|(at, _)| (*at >= judged) == of_judged).fold(None::<(usize, f64)>, |best, place| {
                    if best.is_some_and(|b| b.1 >= place.1) { best } else { Some(place) }
                })
            };
            let (own_best, base_best) = (strongest(true), strongest(false));
            if let Some((at, gain)) = base_best
                && gain > own_best.map_or(0.0, |b| b.1) + CLEARER
                && levels(history, &rough, start, at, at, n).p * (places.len() as f64) < LIKELY
            {
                starts.push(at);
                continue;
            }
            let at = own_best.map_or(own, |b| b.0);
            let count = places.iter().filter(|i| **i >= judged).count().max(1);
            let branch = (judged == own && n - own > 1).then_some(own);
            return Some(Tail::at(history, &starts, (at, branch), count, correlation));
        }
    }

    /// The own end of a series against its base end alone; the history serves for the noise.
    pub fn ends(past: &Past) -> Option<Tail> {
        let history = &past.history;
        let (n, own) = (history.all.len(), past.base);
        let last = history.first_of(history.all.last()?.point);
        if own == 0 || own == n {
            return None;
        }
        let start = history.first_of(history.all[own - 1].point);
        Some(Tail { start, end: own, at: last, head: last, places: 1, noise: past.noise.clone() })
    }

    /// The step at `at`; of a branch whose points begin at `own`, what lies between there and the step, or before the
    /// series went back, is neither level.
    fn at(
        history: &History,
        starts: &[usize],
        (at, own): (usize, Option<usize>),
        places: usize,
        correlation: f64,
    ) -> Tail {
        let n = history.all.len();
        let start = starts.last().copied().unwrap_or(0);
        let end = if n - at >= FEWEST { n } else { at };
        let before = own.map_or(at, |own| own.min(at));
        // Around the levels of the base and of the head.
        let noise_around = |head: usize| {
            let (mut values, mut bounds) = (history.values(0, before), starts.to_vec());
            if head < end {
                bounds.push(before);
                values.extend(history.values(head, end));
            }
            Noise::new(&values, &bounds).with_correlation_of(correlation)
        };
        let mut noise = noise_around(at);
        if own.is_some() {
            // A swing among a branch's own points is no noise.
            let calm = Noise::new(&history.values(0, before), starts);
            if calm.df >= CALM {
                noise = calm.with_correlation_of(correlation);
            }
        }
        // Has it gone back since?
        let mut head = at;
        let outer = levels(history, &noise, start, before, at, n);
        while let Some(back) = (head + 1..n)
            .filter(|i| history.all[*i].point != history.all[i - 1].point)
            .map(|i| (i, levels(history, &noise, head, i, i, n)))
            .filter(|(_, l)| (l.after - l.before) * (outer.after - outer.before) < 0.0)
            .min_by(|a, b| b.1.strength().total_cmp(&a.1.strength()))
            .filter(|(i, l)| l.p * (n - head) as f64 <= LIKELY && *i > head)
        {
            head = back.0;
        }
        if own.is_some() {
            noise = noise_around(head);
        }
        noise.residuals.truncate(before);
        Tail { start, end: before, at, head, places, noise }
    }

    /// The two levels that are compared.
    pub fn levels(&self, history: &History) -> Levels {
        levels(history, &self.noise, self.start, self.end, self.head, history.all.len())
    }

    /// What the p value of one place is multiplied with: the number of places (Bonferroni). They overlap, so this is more than a
    /// normal distribution needs; others do need it (simulated in `benches/false_alarms.rs`).
    pub fn looks(&self) -> f64 {
        self.places as f64
    }
}

impl Levels {
    /// |t|; infinite where nothing varies and the levels differ.
    fn strength(&self) -> f64 {
        let size = (self.after - self.before).abs();
        if size == 0.0 { 0.0 } else { size / self.error }
    }
}

/// The levels of observations `low..high` and `from..to`: means after clipping at three standard deviations from the median.
fn levels(history: &History, noise: &Noise, low: usize, high: usize, from: usize, to: usize) -> Levels {
    let before = level(&history.values(low, high), noise.sigma);
    let after = level(&history.values(from, to), noise.sigma);
    let error = (noise.variance_of_mean(high - low) + noise.variance_of_mean(to - from)).sqrt();
    let p = if after == before { 1.0 } else { two_sided((after - before) / error, noise.df) };
    Levels { before, after, error, p }
}

/// By how much the loss of all `values` is larger than that of both sides of each cut (ascending, none at an end).
fn gains(values: &[f64], cuts: &[usize], sigma: f64) -> Vec<f64> {
    let mut ranked = Vec::with_capacity(values.len());
    // The values ahead of each cut, sorted as they come.
    let mut from = 0;
    let add = |ranked: &mut Vec<f64>, more: &[f64]| {
        for x in more {
            ranked.insert(ranked.partition_point(|y: &f64| y.total_cmp(x).is_lt()), *x);
        }
    };
    let mut out: Vec<f64> = Vec::with_capacity(cuts.len());
    for &cut in cuts {
        add(&mut ranked, &values[from..cut]);
        from = cut;
        out.push(loss(&values[..cut], &ranked, sigma));
    }
    add(&mut ranked, &values[from..]);
    let whole = loss(values, &ranked, sigma);
    ranked.clear();
    let mut to = values.len();
    for (&cut, before) in cuts.iter().zip(&mut out).rev() {
        add(&mut ranked, &values[cut..to]);
        to = cut;
        *before = whole - *before - loss(&values[cut..], &ranked, sigma);
    }
    out
}

/// Squared distances from the level, in variances, each 9 at most; `ranked` are the same values, sorted.
fn loss(values: &[f64], ranked: &[f64], sigma: f64) -> f64 {
    let centre = level_around(values, quantile_of(ranked, 0.5), sigma);
    let of = |x: &f64| match () {
        () if *x == centre => 0.0,
        () if sigma == 0.0 => 9.0,
        () => ((x - centre) / sigma).powi(2).min(9.0),
    };
    values.iter().map(of).sum()
}

fn level(values: &[f64], sigma: f64) -> f64 {
    level_around(values, median(values), sigma)
}

fn level_around(values: &[f64], centre: f64, sigma: f64) -> f64 {
    if sigma == 0.0 || values.len() < 3 {
        return if values.len() < 3 { mean(values) } else { centre };
    }
    let (low, high) = (centre - 3.0 * sigma, centre + 3.0 * sigma);
    values.iter().map(|x| x.clamp(low, high)).sum::<f64>() / values.len() as f64
}

//! Bisection over an ordered list of commits: which one to look at next, and what the answer is. Knows nothing of
//! repositories, numbers or time.

/// What is known of one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has the level of the good end.
    Good,
    /// It has the level of the bad end.
    Bad,
    /// It was measured, and the numbers cannot say which.
    Unknown,
    /// It cannot be measured.
    Skip,
}

/// What a bisection has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This commit is the first of the new level.
    Commit(usize),
    /// One of these, both included. `last` is the first one known to be bad; of those before it nothing can be known.
    Range {
        /// The first candidate.
        first: usize,
        /// The last candidate.
        last: usize,
    },
}

/// The state of a bisection over commits, oldest first. The first one is good and the last one bad; what lies between
/// may be decided in any order, and need not be of one mind: the last change before the bad end is the one looked for.
#[derive(Clone, Debug)]
pub struct Bisection {
    standings: Vec<Option<Standing>>,
}

impl Bisection {
    /// A bisection over this many commits, at least two.
    pub fn new(commits: usize) -> Self {
        let mut standings = vec![None; commits.max(2)];
        standings[0] = Some(Standing::Good);
        if let Some(last) = standings.last_mut() {
            *last = Some(Standing::Bad);
        }
        Self { standings }
    }

    /// Says how a commit stands; `None` = not decided, to be looked at (again). The two ends stay as they are.
    pub fn set(&mut self, at: usize, standing: Option<Standing>) {
        if at > 0 && at + 1 < self.standings.len() {
            self.standings[at] = standing;
        }
    }

    /// How a commit stands.
    pub fn standing(&self, at: usize) -> Option<Standing> {
        self.standings.get(at).copied().flatten()
    }

    /// The last good commit before the bad end, and the first bad one after it.
    pub fn range(&self) -> (usize, usize) {
        let mut high = self.standings.len() - 1;
        for (at, standing) in self.standings.iter().enumerate().rev() {
            match standing {
                Some(Standing::Bad) => high = at,
                Some(Standing::Good) => return (at, high),
                _ => {}
            }
        }
        (0, high)
    }

    /// Commits in the range that are to be looked at.
    pub fn undecided(&self) -> Vec<usize> {
        let (low, high) = self.range();
        (low + 1..high).filter(|at| self.standings[*at].is_none()).collect()
    }

    /// The commit to look at next; `None` where the answer is there. The middle of the range; where commits of it could
    /// not be decided, away from them, since commits that do not build lie together.
    pub fn next(&self) -> Option<usize> {
        let (low, high) = self.range();
        let candidates = self.undecided();
        let stuck = high - low - 1 - candidates.len();
        let wanted = low as f64 + spread(stuck + 1) * (high - low) as f64;
        candidates.into_iter().min_by(|a, b| (*a as f64 - wanted).abs().total_cmp(&(*b as f64 - wanted).abs()))
    }

    /// About how many commits are still to be looked at.
    pub fn steps_left(&self) -> u32 {
        (self.undecided().len() + 1).next_power_of_two().trailing_zeros()
    }

    /// What is known: the commit, or the range in which it lies. Where [`Bisection::next`] is `None` it is the answer.
    pub fn answer(&self) -> Answer {
        match self.range() {
            (low, high) if low + 1 == high => Answer::Commit(high),
            (low, high) => Answer::Range { first: low + 1, last: high },
        }
    }

    /// Whether a commit is good that comes after a bad one: the level went back and forth.
    pub fn went_back(&self) -> bool {
        let mut bad = false;
        self.standings.iter().any(|standing| {
            bad |= *standing == Some(Standing::Bad);
            bad && *standing == Some(Standing::Good)
        })
    }
}

/// The van der Corput sequence: 1/2, 1/4, 3/4, 1/8, 5/8, ...
fn spread(mut step: usize) -> f64 {
    let (mut value, mut part) = (0.0, 0.5);
    while step > 0 {
        if step % 2 == 1 {
            value += part;
        }
        part /= 2.0;
        step /= 2;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a bisection to its end; the answer and the commits that were looked at.
    fn search(commits: usize, look: &dyn Fn(usize) -> Standing) -> (Answer, Vec<usize>) {
        let mut bisection = Bisection::new(commits);
        let mut seen = Vec::new();
        while let Some(at) = bisection.next() {
            assert!(!seen.contains(&at), "{at} twice");
            assert!(at > 0 && at + 1 < commits);
            seen.push(at);
            bisection.set(at, Some(look(at)));
        }
        (bisection.answer(), seen)
    }

    #[test]
    fn every_place_is_found_in_as_few_steps_as_can_be() {
        for commits in 2..70 {
            for first_bad in 1..commits {
                let truth = |at| if at < first_bad { Standing::Good } else { Standing::Bad };
                let (answer, seen) = search(commits, &truth);
                assert_eq!(answer, Answer::Commit(first_bad), "{commits}");
                let most = (commits - 1).next_power_of_two().trailing_zeros() as usize;
                assert!(seen.len() <= most, "{commits}: {seen:?}");
            }
        }
        assert_eq!(Bisection::new(2).next(), None);
        assert_eq!((Bisection::new(3).steps_left(), Bisection::new(12).steps_left()), (1, 4));
    }

    #[test]
    fn what_cannot_be_decided_makes_a_range() {
        for stuck in [Standing::Skip, Standing::Unknown] {
            for commits in 2..24 {
                for first_bad in 1..commits {
                    for (from, to) in (0..commits).flat_map(|a| (a..commits).map(move |b| (a, b))) {
                        let truth = |at| match at {
                            at if (from..to).contains(&at) => stuck,
                            at if at < first_bad => Standing::Good,
                            _ => Standing::Bad,
                        };
                        let known = |at| at == 0 || at + 1 == commits || !(from..to).contains(&at);
                        let first = (0..first_bad).rev().find(|at| known(*at)).unwrap() + 1;
                        let last = (first_bad..commits).find(|at| known(*at)).unwrap();
                        let want = if first == last { Answer::Commit(last) } else { Answer::Range { first, last } };
                        assert_eq!(search(commits, &truth).0, want, "{commits} {first_bad} {from}..{to}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_cluster_of_broken_commits_is_left_soon() {
        let truth = |at| match at {
            450..550 => Standing::Skip,
            at if at < 800 => Standing::Good,
            _ => Standing::Bad,
        };
        let (answer, seen) = search(1000, &truth);
        assert_eq!(answer, Answer::Commit(800));
        assert!(seen.len() < 16, "{seen:?}");
    }

    #[test]
    fn the_last_change_counts_where_the_level_went_back_and_forth() {
        let mut bisection = Bisection::new(10);
        for (at, standing) in [(3, Standing::Bad), (5, Standing::Good), (8, Standing::Bad)] {
            bisection.set(at, Some(standing));
        }
        assert_eq!((bisection.range(), bisection.went_back()), ((5, 8), true));
        assert_eq!(bisection.answer(), Answer::Range { first: 6, last: 8 });
        bisection.set(6, Some(Standing::Bad));
        assert_eq!((bisection.answer(), bisection.next()), (Answer::Commit(6), None));
        // The ends are not to be moved, and a commit can be taken back.
        bisection.set(9, Some(Standing::Good));
        bisection.set(6, None);
        assert_eq!((bisection.range(), bisection.next()), ((5, 8), Some(6)));
        assert_eq!(bisection.standing(6), None);
    }
}

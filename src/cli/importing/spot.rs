//! The commits that a history names: looked up once each, never their trees or files.

use std::collections::BTreeMap;
use std::rc::Rc;

use git_bench::Result;
use git_bench::git::{Commit, Repo};

/// What the commit of an entry is here.
#[derive(Clone)]
pub(crate) enum Spot {
    /// In this clone.
    Here(Rc<Commit>),
    /// A full id of a commit that is not in this clone.
    Absent(String),
    /// No commit can be told; why.
    Nowhere(String),
}

/// The commits met so far.
pub(crate) struct Spots<'r> {
    repo: &'r Repo,
    known: BTreeMap<String, Spot>,
}

impl<'r> Spots<'r> {
    pub(crate) fn new(repo: &'r Repo) -> Self {
        Self { repo, known: BTreeMap::new() }
    }

    /// The spot of a commit as an entry names it; what is not 7 to 64 hex digits names none.
    ///
    /// # Errors
    /// [`git_bench::Kind::Data`] where the object database cannot be read.
    pub(crate) fn find(&mut self, named: Option<&str>) -> Result<Spot> {
        let Some(text) = named.map(|text| text.trim().to_ascii_lowercase()).filter(|text| !text.is_empty()) else {
            return Ok(Spot::Nowhere("no commit is named".into()));
        };
        if !(7..=64).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            let shown: String = text.chars().take(60).collect();
            return Ok(Spot::Nowhere(format!("no commit is named: '{shown}' is no commit id")));
        }
        if let Some(spot) = self.known.get(&text) {
            return Ok(spot.clone());
        }
        let spot = self.look_up(&text)?;
        self.known.insert(text, spot.clone());
        Ok(spot)
    }

    fn look_up(&self, text: &str) -> Result<Spot> {
        let repo = self.repo;
        let full = git_bench::git::id(text).filter(|_| text.len() == repo.hex_len());
        let id = full.or_else(|| repo.expand(text)).or_else(|| {
            let several = repo.is_ambiguous(text);
            several.then(|| repo.expand_among(text)).flatten()
        });
        let commit = id.map(|id| repo.commit(id)).transpose()?.flatten();
        Ok(match (commit, full) {
            (Some(commit), _) => Spot::Here(Rc::new(commit)),
            (None, Some(_)) => Spot::Absent(text.to_owned()),
            (None, None) if repo.is_ambiguous(text) => {
                Spot::Nowhere(format!("the short id '{text}' is that of several commits here"))
            }
            (None, None) => Spot::Nowhere(format!("the short id '{text}' is of no commit here")),
        })
    }
}

//! `git bench config`

use git_bench::config::{Config, KEYS, Key, Origin};
use git_bench::render::escape;
use git_bench::report::Tone;
use git_bench::report::tables::Listing;
use git_bench::{Error, Result};
use serde_json::Value;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::settings::nearest;

/// Show every setting, its value and where it comes from
///
/// Set one by 'git config bench.base main', in bench.toml ([bench] base = "main"), or in the environment
/// (GIT_BENCH_BASE=main).
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Print only the value of this key ('(set)' for the address of a hook)
    #[arg(value_name = "KEY")]
    key: Option<String>,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let config = context.config()?.clone();
    if let Some(name) = &args.key {
        let key = KEYS
            .iter()
            .find(|k| {
                k.name.eq_ignore_ascii_case(name) || k.git_name().eq_ignore_ascii_case(name) || k.env_name() == *name
            })
            .ok_or_else(|| {
                let known: Vec<String> = KEYS.iter().map(git_bench::config::Key::git_name).collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let near = nearest(name, &known).map(|n| format!("; the nearest is '{n}'")).unwrap_or_default();
                Error::usage(format!("unknown key '{name}'{near}")).hint("git bench config lists all keys")
            })?;
        context.output.write(format!("{}\n", shown(&config, key)).as_bytes())?;
        return Ok(Outcome::Done);
    }
    let mut listing = Listing::new("config");
    listing.columns = vec![("key", 0), ("value", 0), ("from", 0), ("what", 2)];
    for key in KEYS {
        let shown = shown(&config, key);
        let git_name = key.git_name();
        listing.row(&[
            ("key", Value::from(git_name)),
            ("value", if shown.is_empty() { Value::Null } else { Value::from(shown) }),
            ("from", Value::from(config.origin(key.name).to_string())),
            ("default", Value::from(key.default)),
            ("environment", Value::from(key.env_name())),
            ("what", Value::from(key.doc)),
        ]);
    }
    for store in &config.stores {
        let origin = if store.from_git { Origin::Git(git_bench::git::Scope::Local) } else { Origin::File };
        let when: Vec<_> = store.when.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let what =
            if when.is_empty() { "fits every run".to_owned() } else { format!("fits runs with {}", when.join(", ")) };
        listing.row(&[
            ("key", Value::from(format!("bench.store.{}.url", store.name))),
            ("value", Value::from(escape::without_credentials(&store.url))),
            ("from", Value::from(if store.from_git { "git config".to_owned() } else { origin.to_string() })),
            ("what", Value::from(what)),
        ]);
    }
    if config.stores.is_empty() {
        listing.line("no shared store: full results stay in this clone (git bench init --store URL)", Tone::Dim);
    }
    context.output.report(&listing)?;
    Ok(Outcome::Done)
}

/// The value, but for addresses of hooks: who knows one can post there.
fn shown<'c>(config: &'c Config, key: &Key) -> &'c str {
    let value = config.text(key.name);
    if key.name.starts_with("notify.") && !value.is_empty() { "(set)" } else { value }
}

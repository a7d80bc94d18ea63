//! `git bench init`

use git_bench::{Error, Result};

use crate::cli::context::Context;
use crate::cli::exit::Outcome;

/// Set this repository up
///
/// Writes bench.toml (commit it) and sets the merge strategy of the notes, so that plain 'git notes merge' keeps every
/// record. It sets nothing else, never a refspec, and says how to undo what it did. Nothing needs it: 'git bench record'
/// works without.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where full results go: s3://BUCKET, gs://BUCKET, az://CONTAINER (written to bench.toml), or file:///FOLDER (set in
    /// git config only)
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Name of that store
    #[arg(long, value_name = "NAME", default_value = "shared")]
    name: String,
    /// Region of that store
    #[arg(long, value_name = "REGION", requires = "store")]
    region: Option<String>,
}

const STRATEGY: (&str, &str) = ("notes.bench.mergeStrategy", "cat_sort_uniq");

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let repo = context.repo()?;
    let git = repo.git();
    if !args.name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) || args.name == "local" {
        return Err(Error::usage(format!(
            "'{}' cannot name a store: letters, digits, '-' and '_', not 'local'",
            args.name
        )));
    }
    let store = args.store.as_deref().map(checked).transpose()?;
    let mut written = None;
    match repo.work_dir() {
        Some(root) => {
            let path = root.join("bench.toml");
            if path.exists() {
                context.say("bench.toml is there already and was left as it is");
                if let Some(url) = store.as_deref().filter(|url| !url.starts_with("file:")) {
                    context.hint(&format!("add to bench.toml: [[store]] name = \"{}\", url = \"{url}\"", args.name));
                }
            } else {
                let base = context.base().map(|b| b.name).unwrap_or_default();
                let text = template(&base, store.as_deref(), &args.name, args.region.as_deref());
                std::fs::write(&path, text)
                    .map_err(|e| Error::data(format!("cannot write '{}'", path.display())).because(e))?;
                written = Some(path);
            }
        }
        None => context.say("a bare repository has no bench.toml of its own: it reads HEAD's"),
    }
    let known =
        context.git_value("notes.bench.mergestrategy").is_some() || git.try_text(&["config", STRATEGY.0]).is_some();
    if !known {
        git.text(&["config", STRATEGY.0, STRATEGY.1])?;
        context.say(&format!("set {} = {} (undo: git config --unset {})", STRATEGY.0, STRATEGY.1, STRATEGY.0));
    }
    if let Some(url) = store.as_deref().filter(|url| url.starts_with("file:")) {
        let key = format!("bench.store.{}.url", args.name);
        git.text(&["config", &key, url])?;
        context.say(&format!("set {key} = {url} (undo: git config --remove-section bench.store.{})", args.name));
    }
    if written.is_some() {
        context.say("wrote bench.toml");
        context.hint("git add bench.toml && git commit -m 'Set up git bench'");
    }
    context.hint("run your benchmarks, then: git bench record FILE");
    Ok(Outcome::Done)
}

/// A store's URL; a folder's path is made a URL.
fn checked(url: &str) -> Result<String> {
    if url.contains("://") {
        if ["s3://", "gs://", "az://", "file:///"].iter().any(|scheme| url.starts_with(scheme)) {
            return git_bench::payload::check_url(url).map(|()| url.to_owned());
        }
        return Err(Error::usage(format!("'{url}' is no store"))
            .hint("s3://BUCKET, gs://BUCKET, az://CONTAINER or file:///FOLDER"));
    }
    let path = std::path::absolute(url).map_err(|e| Error::usage(format!("'{url}' is no path")).because(e))?;
    Ok(git_bench::payload::StoreSpec::folder("", &path).url)
}

fn template(base: &str, store: Option<&str>, name: &str, region: Option<&str>) -> String {
    let quoted = |text: &str| toml_string(text);
    let base = if base.is_empty() {
        "# base = \"main\"                  # what 'git bench check' compares with; default: the remote's default branch\n".into()
    } else {
        format!("base = {}                    # what 'git bench check' compares with\n", quoted(base))
    };
    let store = match store.filter(|url| !url.starts_with("file:")) {
        Some(url) => {
            let region = region.map(|r| format!("region = {}\n", quoted(r))).unwrap_or_default();
            format!("\n[[store]]\nname = {}\nurl = {}\n{region}", quoted(name), quoted(url))
        }
        None => "\n# [[store]]                      # where full results go; without one they stay in this clone\n\
                 # name = \"shared\"\n# url = \"s3://my-bucket\"\n"
            .into(),
    };
    format!(
        "# git bench: see 'git bench config' for every key\n\n[bench]\n{base}{store}\n[check]\nthreshold = \"2%\"               \
         # the smallest change that matters\n"
    )
}

fn toml_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

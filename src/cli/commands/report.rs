//! `git bench report`

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use git_bench::render::{Options, page, picture, renderer};
use git_bench::report::page::Page;
use git_bench::{Error, Result};

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::options::Selection;
use crate::cli::reporting::{gather, release, serve, two, usual};

/// Write a page to share: every series as a chart, what changed, what was accepted
///
/// One HTML file that holds all it needs: nothing is loaded from elsewhere, so it can be mailed, kept as an artefact of
/// a CI, or put on any web server. It goes to --out, else to standard output; on a terminal to bench-report.html. Shown
/// are the base branch and HEAD's branch, or the branches that are named; with A..B, --release or --platform a
/// comparison stands above the charts. --format md, json and csv give the same facts as text.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Branches or revisions to show, or A..B for what differs between two
    #[arg(value_name = "REV")]
    revisions: Vec<String>,
    #[command(flatten)]
    selection: Selection,
    /// Where to write it: a file, or a folder that gets an index.html
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Measured commits of each branch to show at most
    #[arg(short = 'n', long, value_name = "N", default_value_t = 2000)]
    number: usize,
    /// What changed from the tag before this one; with --format md the text for release notes
    #[arg(long, value_name = "TAG", conflicts_with = "revisions")]
    release: Option<String>,
    /// Platforms to compare, two or more, as 'compare' takes them
    #[arg(long = "platform", value_name = "NAME")]
    platforms: Vec<String>,
    /// Write the charts as one SVG picture, for a README or a comment
    #[arg(long)]
    svg: bool,
    /// Write a badge as SVG: the value of the only series that is selected, or how many have changed lately
    #[arg(long, conflicts_with = "svg")]
    badge: bool,
    /// Show the page on 127.0.0.1 until interrupted; port 0 or none takes a free one
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "0",
        conflicts_with_all = ["svg", "badge", "out"])]
    serve: Option<u16>,
}

/// The file that is written from a terminal.
const USUAL: &str = "bench-report.html";

pub(crate) fn run(context: &Context, args: &Args) -> Result<Outcome> {
    let format = context.global.format.as_deref().unwrap_or("html");
    renderer(format)?;
    let found = found(context, args)?;
    let empty = found.branches.iter().all(|b| b.series.is_empty()) && found.platforms.is_none();
    if let Some(port) = args.serve {
        serve(context, &page::html(&found), port)?;
        return Ok(Outcome::Done);
    }
    let text = match (args.svg, args.badge) {
        (true, _) => picture::charts(&found).into_bytes(),
        (_, true) => picture::badge(&found).into_bytes(),
        _ if format == "html" => page::html(&found).into_bytes(),
        _ => {
            let mut bytes = Vec::new();
            let options = Options { width: 0, ..Options::default() };
            renderer(format)?
                .render(&found, &options, &mut bytes)
                .map_err(|e| Error::data("cannot write the output").because(e))?;
            bytes
        }
    };
    let page_on_terminal = format == "html" && !args.svg && !args.badge && std::io::stdout().is_terminal();
    match args.out.as_deref().or(page_on_terminal.then(|| Path::new(USUAL))) {
        Some(path) => write(context, path, &text)?,
        None => context.output.write(&text)?,
    }
    if empty {
        context.say("no commit of these branches was measured, or no series fits");
        context.hint("git bench record FILE records a run; git bench pull fetches what others recorded");
        return Ok(Outcome::NoData);
    }
    Ok(Outcome::Done)
}

fn found(context: &Context, args: &Args) -> Result<Page> {
    let ranges: Vec<&String> = args.revisions.iter().filter(|r| r.contains("..")).collect();
    let mut branches = Vec::new();
    let mut beside = Page::default();
    if let Some(tag) = &args.release {
        let (changes, head, before) = release(context, tag, &args.selection)?;
        beside.title = format!("{tag} since {before}");
        beside.changes = Some(changes);
        branches.push(head);
    }
    match ranges[..] {
        [] => {}
        [range] => {
            let (changes, head) = two(context, range, &args.selection)?;
            beside.title.clone_from(range);
            beside.changes = Some(changes);
            branches.push(head);
        }
        _ => return Err(Error::usage("one range only").hint("git bench report A..B")),
    }
    for revision in args.revisions.iter().filter(|r| !r.contains("..")) {
        branches.push(crate::cli::ends::asked(context, revision)?);
    }
    if branches.is_empty() {
        branches = usual(context)?;
    }
    #[cfg(feature = "index")]
    if !args.platforms.is_empty() {
        beside.platforms = Some(crate::cli::reporting::platforms(context, &args.platforms, &args.selection)?);
    }
    #[cfg(not(feature = "index"))]
    if !args.platforms.is_empty() {
        return Err(Error::usage("this program was built without the index"));
    }
    let page = gather(context, &branches, &args.selection, args.number)?;
    let title = if beside.title.is_empty() { page.title.clone() } else { format!("{}: {}", page.title, beside.title) };
    Ok(Page { title, changes: beside.changes, platforms: beside.platforms, ..page })
}

fn write(context: &Context, path: &Path, text: &[u8]) -> Result<()> {
    let folder = path.is_dir() || path.to_string_lossy().ends_with('/');
    let file = if folder { path.join("index.html") } else { path.to_owned() };
    let cannot = |e: std::io::Error| {
        Error::data(format!("cannot write '{}'", file.display()))
            .because(e)
            .hint("git bench report --out FILE writes elsewhere")
    };
    if folder {
        std::fs::create_dir_all(path).map_err(cannot)?;
    }
    std::fs::write(&file, text).map_err(cannot)?;
    context.say(&format!("wrote {} ({})", file.display(), git_bench::render::number::bytes(text.len() as u64)));
    Ok(())
}

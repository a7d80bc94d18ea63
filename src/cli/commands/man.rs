//! `git bench man`

use std::path::PathBuf;

use git_bench::{Error, Result};

use crate::cli::context::Context;
use crate::cli::exit::Outcome;

/// Print or install the manual pages
///
/// 'git bench --help' opens the manual page git-bench(1), as git does for every command. '--install' writes the pages
/// beside the program's own prefix (PREFIX/share/man), where man finds them without any setting.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The subcommand (default: the page of git-bench itself)
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// Write all pages to PREFIX/share/man/man1
    #[arg(long)]
    install: bool,
    /// Write all pages to this folder
    #[arg(long, value_name = "DIR", conflicts_with = "install")]
    out: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let root = crate::cli::whole().disable_help_subcommand(true);
    if let Some(folder) = folder(&args)? {
        let cannot = |e: std::io::Error| {
            Error::data(format!("cannot write manual pages to '{}'", folder.display()))
                .because(e)
                .hint("git bench man --out DIR writes them elsewhere; add DIR's parent to MANPATH")
        };
        std::fs::create_dir_all(&folder).map_err(cannot)?;
        let mut count = 0;
        for (name, page) in pages(root) {
            std::fs::write(folder.join(format!("{name}.1")), page).map_err(cannot)?;
            count += 1;
        }
        context.say(&format!("wrote {count} pages to '{}'", folder.display()));
        return Ok(Outcome::Done);
    }
    let wanted = args.command.as_deref().map_or_else(|| "git-bench".to_owned(), |c| format!("git-bench-{c}"));
    let page = pages(root)
        .into_iter()
        .find(|(name, _)| *name == wanted)
        .ok_or_else(|| Error::usage(format!("no page '{wanted}'")).hint("git bench -h lists the commands"))?;
    context.output.write(&page.1)?;
    Ok(Outcome::Done)
}

fn folder(args: &Args) -> Result<Option<PathBuf>> {
    if args.out.is_some() {
        return Ok(args.out.clone());
    }
    if !args.install {
        return Ok(None);
    }
    let program = std::env::current_exe().map_err(|e| Error::data("cannot find this program's own path").because(e))?;
    let prefix = program.parent().and_then(std::path::Path::parent);
    let prefix = prefix.ok_or_else(|| Error::data("this program lies in no prefix").hint("git bench man --out DIR"))?;
    Ok(Some(prefix.join("share/man/man1")))
}

/// Name and text of every page.
fn pages(root: clap::Command) -> Vec<(String, Vec<u8>)> {
    let mut pages = Vec::new();
    let mut add = |name: &str, command: clap::Command| {
        let mut page = Vec::new();
        // Writing to memory cannot fail.
        let _ = clap_mangen::Man::new(command).title(name.to_uppercase()).section("1").render(&mut page);
        pages.push((name.to_owned(), page));
    };
    add("git-bench", root.clone());
    for sub in root.get_subcommands() {
        let name = format!("git-bench-{}", sub.get_name());
        // Global options are of the root; the page of a subcommand shows its own.
        let leaked: &'static str = name.clone().leak();
        add(&name, sub.clone().name(leaked));
    }
    pages
}

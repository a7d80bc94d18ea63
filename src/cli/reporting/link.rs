//! Where commits are shown on the web, from the address of the remote.

use git_bench::Result;

use crate::cli::context::Context;

/// Hosts whose pages of commits are known, by a word of the host's name.
const HOSTS: &[(&str, &str)] = &[
    ("github", "/commit/"),
    ("gitlab", "/-/commit/"),
    ("bitbucket.org", "/commits/"),
    ("codeberg", "/commit/"),
    ("gitea", "/commit/"),
    ("forgejo", "/commit/"),
];

/// What stands before the id of a commit in its address, where the remote is on a host that we know.
pub(super) fn of_commits(context: &Context) -> Result<Option<String>> {
    let base = context.base()?;
    let Some(remote) = context.remote(Some(&base.name))? else { return Ok(None) };
    let url = context.repo()?.git().try_text(&["remote", "get-url", &remote]);
    Ok(url.as_deref().and_then(web))
}

/// `git@github.com:o/r.git`, `ssh://git@host:22/o/r`, `https://token@host/o/r.git` as an https address, without user.
fn web(url: &str) -> Option<String> {
    let (host, path) = match url.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => {
            let (host, path) = rest.split_once('/')?;
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            let ssh = !url.starts_with("http");
            (if ssh { host.split(':').next()? } else { host }, path)
        }
        Some(_) => return None,
        None => {
            let (host, path) = url.split_once(':')?;
            (host.rsplit_once('@').map_or(host, |(_, host)| host), path)
        }
    };
    let plain = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    if !plain(host, ".-:") || !plain(path, "._-/~") || path.is_empty() {
        return None;
    }
    let (_, commits) = HOSTS.iter().find(|(word, _)| host.contains(word))?;
    Some(format!("https://{host}/{path}{commits}"))
}

#[cfg(test)]
mod tests {
    use super::web;

    #[test]
    fn addresses_lose_their_user_and_keep_their_path() {
        for (url, want) in [
            ("git@github.com:o/r.git", Some("https://github.com/o/r/commit/")),
            ("https://x-token:secret@github.com/o/r", Some("https://github.com/o/r/commit/")),
            ("ssh://git@gitlab.example.org:2222/a/b/c.git", Some("https://gitlab.example.org/a/b/c/-/commit/")),
            ("https://bitbucket.org/o/r.git/", Some("https://bitbucket.org/o/r/commits/")),
            ("https://git.example.org/o/r", None),
            ("/srv/github/r.git", None),
            ("file:///srv/github/r.git", None),
            ("https://github.com/o/r\"><script>", None),
            ("javascript:github", None),
        ] {
            assert_eq!(web(url).as_deref(), want, "{url}");
        }
    }
}

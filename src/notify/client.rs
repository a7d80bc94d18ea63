//! Posting by the HTTP client that is in the tree for the stores, in its blocking form.

use std::io::Read;
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, Response};
use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{NoProxy, Proxy};
use sha2::{Digest, Sha256};

use super::{About, Hook, Kind, Options};
use crate::render::escape;
use crate::report::changes::Changes;

/// Longest time of one try.
const TRY: Duration = Duration::from_secs(4);
/// Longest time until a connection stands.
const CONNECT: Duration = Duration::from_secs(3);
/// Pauses after the first try, the second, and so on.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1000)];
/// Bytes of an answer that are told.
const TOLD: u64 = 120;

/// Why a try failed, and whether another one may help.
struct Failure {
    why: String,
    again: bool,
    /// When the other side wants to be asked again.
    after: Option<Duration>,
}

impl Failure {
    fn last(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: false, after: None }
    }

    fn passing(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: true, after: None }
    }
}

/// Posts a body until it is taken, the tries are used up, or the time is.
pub(super) fn post(
    hook: &Hook,
    body: &[u8],
    changes: &Changes,
    about: &About,
    options: &Options,
    until: Instant,
) -> Result<(), String> {
    let client = client(hook, options)?;
    let key: String = Sha256::digest(body).iter().map(|b| format!("{b:02x}")).collect();
    let tries = options.tries.max(1);
    let mut why = "there was no time".to_owned();
    for one in 0..tries {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let mut request = client
            .post(&hook.address)
            .timeout(left.min(TRY))
            .header(CONTENT_TYPE, "application/json")
            // The same over all tries, so that the other side can tell a repetition.
            .header("Idempotency-Key", &key)
            .body(body.to_vec());
        if hook.kind == Kind::Webhook {
            request = request.header("Git-Bench-Event", changes.command);
            let branch = about.branch.as_deref().unwrap_or_default();
            for (name, value) in [
                ("Git-Bench-Outcome", changes.outcome.unwrap_or_default()),
                ("Git-Bench-Repository", &about.repository),
                ("Git-Bench-Branch", branch),
            ] {
                if let Ok(value) = HeaderValue::from_str(&percent(value)) {
                    request = request.header(name, value);
                }
            }
        }
        match tried(hook, request.send()) {
            Ok(()) => return Ok(()),
            Err(failure) => {
                why = failure.why;
                if !failure.again || one + 1 == tries {
                    break;
                }
                let pause = PAUSES.get(one as usize).or(PAUSES.last()).copied().unwrap_or_default();
                let pause = failure.after.map_or(pause, |after| after.max(pause));
                if until.saturating_duration_since(Instant::now()) <= pause {
                    break;
                }
                std::thread::sleep(pause);
            }
        }
    }
    Err(why)
}

fn client(hook: &Hook, options: &Options) -> Result<Client, String> {
    // Once a process; a second call says that it was done, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let address = reqwest::Url::parse(&hook.address).map_err(|_| "its address is no URL".to_owned())?;
    if !matches!(address.scheme(), "https" | "http") || address.host_str().is_none() {
        return Err("its address is none of https".to_owned());
    }
    let mut builder = Client::builder()
        .no_proxy()
        // A redirect would send the report somewhere else.
        .redirect(Policy::none())
        .connect_timeout(CONNECT)
        .user_agent(concat!("git-bench/", env!("CARGO_PKG_VERSION")));
    let find = |names: &[&str]| {
        let set = |name: &&str| {
            options.variables.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, v)| v.as_str())
        };
        names.iter().find_map(set)
    };
    let names: &[&str] = if address.scheme() == "http" {
        &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]
    } else {
        &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    };
    if let Some(proxy) = find(names) {
        let proxy = Proxy::all(proxy).map_err(|_| "the proxy of the environment is no URL".to_owned())?;
        let none = find(&["NO_PROXY", "no_proxy"]).and_then(NoProxy::from_string);
        builder = builder.proxy(proxy.no_proxy(none));
    }
    builder.build().map_err(|_| "the HTTP client cannot be made (are the system's certificates there?)".to_owned())
}

/// What an answer means. Nothing of an error's own words is told: they name the address.
fn tried(hook: &Hook, answer: Result<Response, reqwest::Error>) -> Result<(), Failure> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if error.is_timeout() => return Err(Failure::passing("no answer in time")),
        Err(error) if error.is_connect() => return Err(Failure::passing("no connection")),
        Err(error) if error.is_builder() => return Err(Failure::last("its address cannot be used")),
        Err(_) => return Err(Failure::passing("the connection broke")),
    };
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let after = answer.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.trim().parse().ok());
    let again = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
    let mut why = format!("it answered {}", status.as_u16());
    let mut said = Vec::new();
    let _ = answer.take(TOLD).read_to_end(&mut said);
    let said = without_address(hook, &String::from_utf8_lossy(&said));
    if !said.is_empty() {
        why.push_str(&format!(" ({said})"));
    }
    if status.is_redirection() {
        why.push_str("; redirects are not followed");
    }
    Err(Failure { why, again, after: after.map(Duration::from_secs) })
}

/// The first line of what the other side says, if it is words, with nothing of the address in it.
fn without_address(hook: &Hook, said: &str) -> String {
    let line = escape::one_line(said.trim().lines().next().unwrap_or_default().trim());
    let secret = |part: &&str| part.len() >= 4;
    let parts = hook.address.split(['/', '?', '&', '=', '#', ':', '@']).filter(secret);
    let names_it = parts.clone().any(|part| line.contains(part)) || line.contains("://");
    if names_it || line.starts_with(['<', '{']) { String::new() } else { line }
}

/// Text as a value of a header.
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'!'..=b'~' if byte != b'%' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_without_the_address() {
        let hook = Hook::new(Kind::Slack, "https://hooks.example.com/services/T000/B000/s3cret");
        assert_eq!(without_address(&hook, "invalid_payload\nmore"), "invalid_payload");
        for said in ["no s3cret here", "see https://x", "<html>", "POST /services/x", "{\"a\":1}"] {
            assert_eq!(without_address(&hook, said), "", "{said}");
        }
        assert_eq!(percent("feat/ä 1%"), "feat/%C3%A4%201%25");
    }
}

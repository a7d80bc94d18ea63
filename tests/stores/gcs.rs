//! fake-gcs-server takes uploads by JSON, our client speaks XML: the rewrite in front of it. It also holds up the two
//! things that the fake does not know, a check of the bearer token and pages of a list.

use super::proxy::{Message, Proxy};

/// The issuer of the tokens that the rewrite takes.
pub const ISSUER: &str = "bench@test.invalid";

/// A proxy that speaks GCS's XML in front of fake-gcs-server; `weak` drops the precondition of a write.
pub fn rewrite(upstream: &str, weak: bool) -> Proxy {
    let host = upstream.trim_start_matches("http://").to_owned();
    let on_request = move |request: &mut Message| {
        // It takes downloads only under the host that it knows as its own.
        request.set("host", &host);
        on_request(request, weak)
    };
    Proxy::with(upstream, Box::new(on_request), Box::new(on_answer))
}

fn on_request(request: &mut Message, weak: bool) -> Option<Message> {
    if !is_known(request) {
        return Some(say("401 Unauthorized", "AuthenticationRequired", "Authentication required."));
    }
    let target = request.target().to_owned();
    let (path, _query) = target.split_once('?').unwrap_or((target.as_str(), ""));
    let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
    if request.method() != "PUT" || key.is_empty() {
        return None;
    }
    let precondition = request.header("x-goog-if-generation-match").filter(|_| !weak);
    let precondition = precondition.map(|g| format!("&ifGenerationMatch={g}")).unwrap_or_default();
    let content_type = request.header("content-type").unwrap_or("application/octet-stream").to_owned();
    let metadata: serde_json::Map<String, serde_json::Value> = request
        .headers
        .iter()
        .filter_map(|(n, v)| Some((n.strip_prefix("x-goog-meta-")?.to_owned(), v.clone().into())))
        .collect();
    let about = serde_json::json!({"name": unescape(key), "contentType": content_type, "metadata": metadata});
    let mark = "part-of-the-test";
    let mut body = format!(
        "--{mark}\r\nContent-Type: application/json\r\n\r\n{about}\r\n--{mark}\r\nContent-Type: {content_type}\r\n\r\n"
    )
    .into_bytes();
    body.extend(&request.body);
    body.extend(format!("\r\n--{mark}--\r\n").bytes());
    request.first =
        format!("POST /upload/storage/v1/b/{bucket}/o?uploadType=multipart&name={key}{precondition} HTTP/1.1");
    request.headers.retain(|(n, _)| n.eq_ignore_ascii_case("host") || n.eq_ignore_ascii_case("authorization"));
    request.set("content-type", &format!("multipart/related; boundary={mark}"));
    request.set("content-length", &body.len().to_string());
    request.body = body;
    None
}

fn on_answer(request: &Message, answer: &mut Message) {
    if !request.target().starts_with("/upload/") {
        let missing =
            answer.first.contains(" 404 ") || String::from_utf8_lossy(&answer.body).contains("no bucket named");
        if missing && request.method() != "HEAD" {
            // The real one names what is missing.
            let bench = request.target().starts_with("/bench");
            *answer = say("404 Not Found", if bench { "NoSuchKey" } else { "NoSuchBucket" }, "not there");
        }
        return;
    }
    let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if answer.first.contains(" 200 ") {
        for (header, field) in [("etag", "etag"), ("x-goog-generation", "generation")] {
            let value = json[field].as_str().map_or_else(|| json[field].to_string(), str::to_owned);
            answer.set(header, &value);
        }
        answer.body.clear();
    }
    answer.remove("transfer-encoding");
    let length = answer.body.len().to_string();
    answer.set("content-length", &length);
}

/// Whether the token is a JWT of our issuer; its signature is the client's affair.
fn is_known(request: &Message) -> bool {
    let claims = request.header("authorization").and_then(|a| a.strip_prefix("Bearer ")?.split('.').nth(1));
    claims.and_then(decode).is_some_and(|c| String::from_utf8_lossy(&c).contains(ISSUER))
}

/// base64url without padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    Some(out)
}

fn unescape(text: &str) -> String {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, tail @ ..] = rest {
        let hex = (*first == b'%').then(|| tail.get(..2).and_then(|h| std::str::from_utf8(h).ok())).flatten();
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = &tail[2..];
            }
            None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn say(status: &str, code: &str, message: &str) -> Message {
    let body = format!("<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>");
    Message {
        first: format!("HTTP/1.1 {status}"),
        headers: vec![("content-length".into(), body.len().to_string())],
        body: body.into_bytes(),
    }
}

//! One page on loopback, for a look.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use git_bench::{Error, Result};

use crate::cli::context::Context;

/// Bytes of a request that are read; a browser's is a tenth of it.
const LONGEST: u64 = 16 * 1024;

/// How long one visitor may keep others waiting.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers with the page until it is interrupted; port 0 takes a free one.
///
/// # Errors
/// [`git_bench::Kind::Usage`] where the port is taken.
pub(crate) fn serve(context: &Context, page: &str, port: u16) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|e| {
        Error::usage(format!("cannot listen on port {port}"))
            .because(e)
            .hint("git bench report --serve without a port takes a free one")
    })?;
    let port = listener.local_addr().map_or(port, |a| a.port());
    context.output.write(format!("http://127.0.0.1:{port}/\n").as_bytes())?;
    context.finish()?;
    context.say("serving until it is interrupted (Ctrl-C)");
    for visitor in listener.incoming().flatten() {
        // One that goes away in the middle is none of our business.
        let _ = answer(visitor, page, port);
    }
    Ok(())
}

fn answer(mut visitor: TcpStream, page: &str, port: u16) -> std::io::Result<()> {
    visitor.set_read_timeout(Some(PATIENCE))?;
    visitor.set_write_timeout(Some(PATIENCE))?;
    let mut head = Vec::new();
    let mut reader = BufReader::new(visitor.try_clone()?.take(LONGEST));
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        head.push(line.trim_end().to_owned());
    }
    let (status, body) = respond(&head, page, port);
    let kind = if status.starts_with("200") { "text/html" } else { "text/plain" };
    let with_body = !head.first().is_some_and(|line| line.starts_with("HEAD "));
    write!(
        visitor,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n\
         Cross-Origin-Resource-Policy: same-origin\r\nReferrer-Policy: no-referrer\r\n\r\n",
        body.len()
    )?;
    if with_body {
        visitor.write_all(body.as_bytes())?;
    }
    visitor.flush()
}

/// Status and body for the lines of a request. Another name in `Host` is a page elsewhere whose name was made to point
/// here (DNS rebinding): it gets nothing.
fn respond<'p>(head: &[String], page: &'p str, port: u16) -> (&'static str, &'p str) {
    let mut hosts = head.iter().skip(1).filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host").then(|| value.trim().to_ascii_lowercase())
    });
    let ours = |host: &String| ["127.0.0.1", "localhost"].iter().any(|name| *host == format!("{name}:{port}"));
    if !hosts.next().is_some_and(|host| ours(&host)) || hosts.next().is_some() {
        return ("403 Forbidden", "this page is for 127.0.0.1 only\n");
    }
    let words: Vec<&str> = head.first().map(|line| line.split(' ').collect()).unwrap_or_default();
    match words[..] {
        ["GET" | "HEAD", path, _] if path.split('?').next() == Some("/") => ("200 OK", page),
        ["GET" | "HEAD", _, _] => ("404 Not Found", "there is one page only: /\n"),
        _ => ("405 Method Not Allowed", "GET only\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::respond;

    fn status(lines: &[&str]) -> &'static str {
        let head: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
        respond(&head, "page", 8080).0
    }

    #[test]
    fn only_our_own_name_gets_the_page() {
        for host in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080"] {
            assert_eq!(status(&["GET / HTTP/1.1", &format!("Host: {host}")]), "200 OK");
        }
        for host in ["evil.example:8080", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:8080.evil.example", ""] {
            assert_eq!(status(&["GET / HTTP/1.1", &format!("host: {host}")]), "403 Forbidden", "{host}");
        }
        assert_eq!(status(&["GET / HTTP/1.1"]), "403 Forbidden");
        assert_eq!(status(&["GET / HTTP/1.1", "Host: localhost:8080", "Host: x"]), "403 Forbidden");
        assert_eq!(status(&[]), "403 Forbidden");
        let host = "Host: localhost:8080";
        assert_eq!(status(&["GET /../etc/passwd HTTP/1.1", host]), "404 Not Found");
        assert_eq!(status(&["POST / HTTP/1.1", host]), "405 Method Not Allowed");
        assert_eq!(status(&["GET /?x HTTP/1.1", host]), "200 OK");
    }
}

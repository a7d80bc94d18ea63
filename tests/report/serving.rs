//! `--serve`: one page on loopback, for visitors who call it by its own name.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use crate::sandbox::{Sandbox, holds};

#[test]
fn the_page_is_served_to_its_own_name_only() {
    let sandbox = Sandbox::new();
    sandbox.commit("one");
    sandbox.record("a", &[("x", 1.0, 0.1, 5)]);
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_git-bench"), &["report", "--serve"]);
    let mut server = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{line}");
    let ask = |request: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let page = ask(&format!("GET / HTTP/1.1\r\nHost: {address}\r\n\r\n"));
    holds(&page, &["HTTP/1.1 200 OK", "nosniff", "<!doctype html>"]);
    let rebound = ask("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    holds(&rebound, &["403 Forbidden"]);
    assert!(!rebound.contains("doctype"));
    holds(&ask(&format!("GET /other HTTP/1.1\r\nHost: {address}\r\n\r\n")), &["404 Not Found"]);
    let taken = sandbox.bench(&["report", &format!("--serve={}", address.rsplit(':').next().unwrap())]);
    holds(&taken.err, &["cannot listen on port", "hint: "]);
    server.kill().unwrap();
    server.wait().unwrap();
}

//! A TCP proxy of the suite's own, on loopback: it passes HTTP on to a real server and spoils what it is told to spoil.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to one request.
#[derive(Clone, Debug, PartialEq)]
pub enum Spoil {
    /// Nothing.
    Pass,
    /// The connection is closed before anything is passed on.
    Reset,
    /// The server gets the request; its answer is swallowed and the connection closed.
    LoseAnswer,
    /// The answer's head and half of its body.
    Truncate,
    /// This answer instead: status line, further header lines, body.
    Say(&'static str, String, String),
    /// The answer after this time.
    Slow(Duration),
    /// No answer at all, for this time.
    Hang(Duration),
    /// The answer with other bytes of the same number.
    WrongBytes,
}

impl Spoil {
    /// An S3-like error.
    pub fn xml(status: &'static str, code: &str) -> Self {
        let secret = "<StringToSign>AWS4 SIGNED-SECRET</StringToSign><AWSAccessKeyId>testkey</AWSAccessKeyId>";
        let body =
            format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>said so</Message>{secret}</Error>");
        Spoil::Say(status, String::new(), body)
    }
}

/// An HTTP message: the first line, header lines, body.
#[derive(Clone, Debug, Default)]
pub struct Message {
    pub first: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Message {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.headers.push((name.into(), value.into()));
    }

    /// `GET`.
    pub fn method(&self) -> &str {
        self.first.split(' ').next().unwrap_or_default()
    }

    /// `/bucket/key?query`.
    pub fn target(&self) -> &str {
        self.first.split(' ').nth(1).unwrap_or_default()
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = format!("{}\r\n", self.first).into_bytes();
        for (name, value) in &self.headers {
            out.extend(format!("{name}: {value}\r\n").bytes());
        }
        out.extend(b"\r\n");
        out.extend(&self.body);
        out
    }

    /// Reads a message; the body by its length, or, of an answer (`to_end`), up to the end of the connection.
    pub fn read(stream: &mut TcpStream, to_end: bool) -> Option<Self> {
        let mut raw = Vec::new();
        let mut chunk = [0u8; 16384];
        let end = loop {
            if let Some(at) = raw.windows(4).position(|w| w == b"\r\n\r\n") {
                break at;
            }
            match stream.read(&mut chunk) {
                Ok(n) if n > 0 => raw.extend(&chunk[..n]),
                _ => return None,
            }
        };
        let head = String::from_utf8_lossy(&raw[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let first = lines.next()?.to_owned();
        let headers = lines.filter_map(|l| l.split_once(':')).map(|(n, v)| (n.to_owned(), v.trim().to_owned()));
        let mut message = Self { first, headers: headers.collect(), body: raw.split_off(end + 4) };
        if message.header("expect").is_some() {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
        }
        let length: usize = message.header("content-length").and_then(|v| v.parse().ok()).unwrap_or(0);
        while to_end || message.body.len() < length {
            match stream.read(&mut chunk) {
                Ok(n) if n > 0 => message.body.extend(&chunk[..n]),
                _ => break,
            }
        }
        (to_end || message.body.len() >= length).then_some(message)
    }
}

/// Changes a request, or answers it at once.
pub type OnRequest = dyn Fn(&mut Message) -> Option<Message> + Send + Sync;
/// Changes the answer to a request as it was changed.
pub type OnAnswer = dyn Fn(&Message, &mut Message) + Send + Sync;

struct Shared {
    upstream: String,
    /// For the next requests, one each; then nothing.
    script: Mutex<VecDeque<Spoil>>,
    /// For every request for which the script has nothing.
    always: Mutex<Spoil>,
    log: Mutex<Vec<String>>,
    on_request: Box<OnRequest>,
    on_answer: Box<OnAnswer>,
    end: AtomicBool,
}

/// A running proxy; it ends when it is dropped.
pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    /// In front of `http://HOST:PORT`.
    pub fn new(upstream: &str) -> Self {
        Self::with(upstream, Box::new(|_| None), Box::new(|_, _| {}))
    }

    pub fn with(upstream: &str, on_request: Box<OnRequest>, on_answer: Box<OnAnswer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let upstream = upstream.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        let shared = Arc::new(Shared {
            upstream,
            script: Mutex::default(),
            always: Mutex::new(Spoil::Pass),
            log: Mutex::default(),
            on_request,
            on_answer,
            end: AtomicBool::new(false),
        });
        let of_thread = shared.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if of_thread.end.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(client), shared) = (client, of_thread.clone()) else { continue };
                std::thread::spawn(move || serve(&shared, client));
            }
        });
        Self { port, shared }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What happens to the next requests, one each.
    pub fn script(&self, spoils: &[Spoil]) {
        *self.shared.script.lock().unwrap() = spoils.iter().cloned().collect();
    }

    /// What happens to every request from now on.
    pub fn always(&self, spoil: Spoil) {
        *self.shared.always.lock().unwrap() = spoil;
    }

    /// The first lines and metadata headers of all requests so far.
    pub fn log(&self) -> Vec<String> {
        self.shared.log.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.end.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// One connection, one request: every answer closes it.
fn serve(shared: &Shared, mut client: TcpStream) -> Option<()> {
    client.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    let mut request = Message::read(&mut client, false)?;
    let meta = request.headers.iter().filter(|(n, _)| n.contains("-meta-")).map(|(n, v)| format!(" {n}={v}"));
    shared.log.lock().unwrap().push(format!("{}{}", request.first, meta.collect::<String>()));
    let next = shared.script.lock().unwrap().pop_front();
    let spoil = next.unwrap_or_else(|| shared.always.lock().unwrap().clone());
    let head = request.method() == "HEAD";
    match &spoil {
        Spoil::Reset => return None,
        Spoil::Hang(time) => {
            std::thread::sleep(*time);
            return None;
        }
        Spoil::Say(status, headers, body) => {
            let body = if head { "" } else { body.as_str() };
            let length = body.len();
            let text =
                format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}");
            return client.write_all(text.as_bytes()).ok();
        }
        _ => {}
    }
    let mut answer = match (shared.on_request)(&mut request) {
        Some(answer) => answer,
        None => {
            request.set("connection", "close");
            let mut upstream = TcpStream::connect(&shared.upstream).ok()?;
            upstream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
            upstream.write_all(&request.bytes()).ok()?;
            Message::read(&mut upstream, true)?
        }
    };
    (shared.on_answer)(&request, &mut answer);
    answer.set("connection", "close");
    match spoil {
        Spoil::LoseAnswer => return None,
        Spoil::Slow(time) => std::thread::sleep(time),
        Spoil::Truncate => answer.body.truncate(answer.body.len() / 2),
        Spoil::WrongBytes => answer.body.iter_mut().for_each(|b| *b ^= 1),
        _ => {}
    }
    client.write_all(&answer.bytes()).ok()
}

//! What a cloud answered, read out of object_store's error chain.

use object_store::Error as StoreError;
use object_store::client::{HttpError, HttpErrorKind};

use super::fault::{Again, Fault};
use super::http::NoMetadata;

/// What was asked; the same answer means different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Read,
    Write,
    Delete,
    List,
}

/// The parts of an answer that matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Answer {
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The store's error code (`NoSuchKey`), where it gave one.
    pub code: String,
    /// The store's own sentence; nothing else of a body is ever shown, it may repeat what was signed.
    pub message: String,
    /// How the connection failed, where it did.
    pub transport: Option<HttpErrorKind>,
    /// The innermost cause.
    pub cause: String,
    no_metadata: bool,
    /// object_store's own judgement: "not there".
    missing: bool,
}

const STATUS: &str = "Server returned non-2xx status code: ";

impl Answer {
    /// Reads an error and all its causes.
    pub fn of(error: &StoreError) -> Self {
        let mut answer = Self { missing: matches!(error, StoreError::NotFound { .. }), ..Self::default() };
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(cause) = next {
            if let Some(http) = cause.downcast_ref::<HttpError>() {
                answer.transport = Some(http.kind());
            }
            answer.no_metadata |= cause.downcast_ref::<NoMetadata>().is_some();
            let text = cause.to_string();
            if let Some(rest) = text.strip_prefix(STATUS) {
                answer.status(rest);
            } else if let Some((text, code)) = text.split_once(" (code: ").filter(|(t, _)| t.contains("elete")) {
                // One of many that were deleted by one request.
                answer.code = code.trim_end_matches(')').to_owned();
                answer.status = answer.code.parse().ok().or(Some(400));
                answer.missing = answer.status == Some(404);
                answer.message = text.rsplit(": ").next().unwrap_or_default().to_owned();
            } else if text.starts_with("Received redirect without LOCATION") {
                answer.status = Some(301);
            }
            answer.cause = text;
            next = cause.source();
        }
        answer
    }

    /// `403 Forbidden: <body>`.
    fn status(&mut self, text: &str) {
        self.status = text.get(..3).and_then(|s| s.parse().ok());
        let body = text.split_once(": ").map_or("", |(_, body)| body).trim();
        if let Ok(json) = serde_json::from_str::<serde_json::Value>(body) {
            let error = json.get("error").unwrap_or(&json);
            let word = |names: &[&str]| {
                let found = names.iter().find_map(|n| error.get(n).or_else(|| json.get(n))?.as_str());
                found.unwrap_or_default().to_owned()
            };
            self.code = error.as_str().map_or_else(|| word(&["code", "status"]), str::to_owned);
            self.message = word(&["message", "error_description"]);
        } else {
            self.code = element(body, "Code");
            self.message = element(body, "Message");
            if self.code.is_empty() && self.message.is_empty() && !body.contains('<') {
                self.message = body.to_owned();
            }
        }
    }

    /// The store's own words.
    pub fn said(&self) -> String {
        let Some(status) = self.status else { return self.cause.clone() };
        let mut said = status.to_string();
        for part in [&self.code, &self.message] {
            if !part.is_empty() {
                said.push_str(if said.len() > 3 { ": " } else { " " });
                said.push_str(part);
            }
        }
        said
    }

    /// The fault, its words (empty where the store's own are best), and whether to try again.
    pub fn judge(&self, asked: Asked) -> (Fault, &'static str, Again) {
        use Again::{Briefly, No, Yes};
        if self.no_metadata {
            return (Fault::NoCredentials, "there are no credentials", No);
        }
        if let Some(found) = self.by_code() {
            return found;
        }
        let Some(status) = self.status else { return self.by_transport() };
        match status {
            404 if asked == Asked::Read || asked == Asked::Delete => {
                if self.missing {
                    (Fault::Missing, "it is not there", No)
                } else {
                    (Fault::BadCredentials, TOKEN, No)
                }
            }
            404 => (Fault::MissingBucket, "the bucket is not there", No),
            401 => (Fault::BadCredentials, "the store does not know these credentials", No),
            403 => (Fault::Denied, "these credentials have no right to it", No),
            408 | 504 => (Fault::Timeout, "the store gave up waiting", Yes),
            409 | 412 => (Fault::Busy, "another write to this key is in flight", Briefly),
            429 | 503 => (Fault::Busy, "the store is busy", Yes),
            301 | 302 | 307 | 308 => (Fault::Region, "the bucket is in another region", No),
            501 | 505 => (Fault::Refused, "the store cannot do this", No),
            507 => (Fault::Full, "the store is full", No),
            500.. => (Fault::Busy, "the store failed", Yes),
            400 if self.cause.contains("oken") => (Fault::BadCredentials, TOKEN, No),
            _ => (Fault::Other, "", No),
        }
    }

    fn by_code(&self) -> Option<(Fault, &'static str, Again)> {
        use Again::{No, Yes};
        let message = self.message.to_ascii_lowercase();
        Some(match self.code.as_str() {
            "NoSuchBucket"
            | "ContainerNotFound"
            | "ContainerBeingDeleted"
            | "InvalidBucketName"
            | "AccountIsDisabled" => (Fault::MissingBucket, "the bucket is not there", No),
            "NoSuchKey" | "BlobNotFound" => (Fault::Missing, "it is not there", No),
            "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => {
                (Fault::Expired, "the credentials have expired", No)
            }
            "RequestTimeTooSkewed" => (Fault::Skew, SKEW, No),
            "AuthenticationFailed" | "InvalidAuthenticationInfo" | "AccessDenied" | "UNAUTHENTICATED"
                if message.contains("date header") || message.contains("request has expired") =>
            {
                (Fault::Skew, SKEW, No)
            }
            "AuthenticationFailed" | "InvalidAuthenticationInfo" | "invalid_grant" | "UNAUTHENTICATED"
                if message.contains("expire") || message.contains("time frame") || message.contains("lifetime") =>
            {
                (Fault::Expired, "the credentials have expired", No)
            }
            "InvalidAccessKeyId"
            | "SignatureDoesNotMatch"
            | "InvalidToken"
            | "InvalidSecurity"
            | "AuthenticationFailed"
            | "InvalidAuthenticationInfo"
            | "NoAuthenticationInformation"
            | "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "UNAUTHENTICATED" => (Fault::BadCredentials, "the store does not know these credentials", No),
            "invalid_grant" | "invalid_client" | "invalid_request" | "unauthorized_client" => {
                (Fault::BadCredentials, TOKEN, No)
            }
            "AuthorizationHeaderMalformed"
            | "PermanentRedirect"
            | "TemporaryRedirect"
            | "IllegalLocationConstraintException" => (Fault::Region, "the bucket is in another region", No),
            "RequestTimeout" | "OperationTimedOut" => (Fault::Timeout, "the store gave up waiting", Yes),
            "InsufficientStorage" | "XMinioStorageFull" | "QuotaExceeded" | "StorageFull" => {
                (Fault::Full, "the store is full", No)
            }
            _ if message.contains("failed to authenticate the request") => {
                (Fault::BadCredentials, "the store does not know these credentials", No)
            }
            _ if message.contains("bucket does not exist") => (Fault::MissingBucket, "the bucket is not there", No),
            _ => return None,
        })
    }

    fn by_transport(&self) -> (Fault, &'static str, Again) {
        use Again::{Briefly, No, Yes};
        let cause = self.cause.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| cause.contains(w));
        match self.transport {
            _ if has(&["scheme is not allowed"]) => (Fault::Refused, "an http address is not allowed", No),
            _ if has(&["invalidcontenttype", "corrupt message"]) => {
                (Fault::Unreachable, "what answers there does not speak https", No)
            }
            _ if has(&["certificate", "invalid peer", "tls", "handshake"]) => {
                (Fault::Unreachable, "its certificate is not trusted", No)
            }
            Some(HttpErrorKind::Timeout) => (Fault::Timeout, "no answer in time", Yes),
            Some(HttpErrorKind::Connect) if has(&["lookup", "dns", "resolve", "not known"]) => {
                (Fault::Unreachable, "the host's name is not known", Briefly)
            }
            Some(HttpErrorKind::Connect) if has(&["reset", "closed"]) => (Fault::Broken, "the connection broke", Yes),
            Some(HttpErrorKind::Connect) => (Fault::Unreachable, "no connection", Briefly),
            Some(_) => (Fault::Broken, "the connection broke", Yes),
            None => (Fault::Other, "", No),
        }
    }
}

const SKEW: &str = "the clock of this machine differs too much from the store's";
const TOKEN: &str = "no token was given for these credentials";

/// The text of the first element of this name.
fn element(xml: &str, name: &str) -> String {
    let found = xml.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once("</"));
    // Azure adds the request's number and time.
    let text = found.map_or("", |(text, _)| text.split("RequestId:").next().unwrap_or_default().trim());
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str, asked: Asked) -> (Fault, Again, String) {
        let mut answer = Answer { missing: true, ..Answer::default() };
        answer.status(text);
        let (fault, _, again) = answer.judge(asked);
        (fault, again, answer.said())
    }

    #[test]
    fn answers_are_told_apart() {
        let xml = |code: &str| {
            format!("<?xml?><Error><Code>{code}</Code><Message>m</Message><StringToSign>s3cr3t</StringToSign></Error>")
        };
        for (status, code, asked, fault) in [
            ("404 Not Found", "NoSuchKey", Asked::Read, Fault::Missing),
            ("404 Not Found", "NoSuchBucket", Asked::Read, Fault::MissingBucket),
            ("404 Not Found", "ContainerNotFound", Asked::Write, Fault::MissingBucket),
            ("404 Not Found", "", Asked::List, Fault::MissingBucket),
            ("403 Forbidden", "AccessDenied", Asked::Read, Fault::Denied),
            ("403 Forbidden", "InvalidAccessKeyId", Asked::Read, Fault::BadCredentials),
            ("403 Forbidden", "SignatureDoesNotMatch", Asked::Write, Fault::BadCredentials),
            ("403 Forbidden", "RequestTimeTooSkewed", Asked::Write, Fault::Skew),
            ("400 Bad Request", "ExpiredToken", Asked::Write, Fault::Expired),
            ("301 Moved Permanently", "PermanentRedirect", Asked::Read, Fault::Region),
            ("503 Slow Down", "SlowDown", Asked::Read, Fault::Busy),
            ("501 Not Implemented", "NotImplemented", Asked::Write, Fault::Refused),
        ] {
            let (got, _, said) = judged(&format!("{status}: {}", xml(code)), asked);
            assert_eq!(got, fault, "{status} {code}");
            assert!(!said.contains("s3cr3t"), "{said}");
        }
        let (fault, again, said) =
            judged("401 Unauthorized: {\"error\":{\"code\":401,\"message\":\"Invalid Credentials\"}}", Asked::Read);
        assert_eq!((fault, again, &*said), (Fault::BadCredentials, Again::No, "401 Invalid Credentials"));
        assert_eq!(
            judged("400 Bad Request: {\"error\":\"invalid_grant\",\"error_description\":\"x\"}", Asked::Read).0,
            Fault::BadCredentials
        );
        assert_eq!(judged("404 Not Found: ", Asked::Read).0, Fault::Missing);
    }
}

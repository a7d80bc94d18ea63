//! The HTTP client under object_store, wrapped: it hears how long a store asks to wait, and it bounds the questions to
//! the metadata servers of cloud machines, which hang everywhere else.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};
use tokio::time::Instant;

/// A metadata server is on this machine's own link: it answers at once or is not there.
const METADATA_TIME: Duration = Duration::from_secs(2);

/// When the store may be asked again, as it has said itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Pause(Arc<Mutex<Option<Instant>>>);

impl Pause {
    /// Time left to wait.
    pub fn left(&self) -> Duration {
        let until = *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    fn set(&self, time: Duration) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Instant::now() + time);
    }
}

/// No metadata server answered: there are no credentials.
#[derive(Debug)]
pub(super) struct NoMetadata(String);

impl fmt::Display for NoMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no credentials are set, and this is no cloud machine that has its own ({})", self.0)
    }
}

impl std::error::Error for NoMetadata {}

/// Makes the clients.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    pub pause: Pause,
    /// Hosts (with port) where credentials of machines are asked for.
    pub metadata: Vec<String>,
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let inner = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Service { inner, connector: self.clone() }))
    }
}

#[derive(Debug)]
struct Service {
    inner: HttpClient,
    connector: Connector,
}

impl Service {
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let host = request.uri().authority().map(|a| a.as_str().to_owned()).unwrap_or_default();
        let google = request.uri().path().starts_with("/computeMetadata/v1/instance/");
        if google || self.connector.metadata.contains(&host) {
            let none = |why: String| Err(HttpError::new(HttpErrorKind::Unknown, NoMetadata(why)));
            return match tokio::time::timeout(METADATA_TIME, self.inner.execute(request)).await {
                Err(_) => none(format!("no answer from {host} in {} s", METADATA_TIME.as_secs())),
                Ok(Err(_)) => none(format!("no metadata server at {host}")),
                Ok(Ok(answer)) if !answer.status().is_success() => none(format!("{host} says {}", answer.status())),
                Ok(Ok(answer)) => Ok(answer),
            };
        }
        let answer = self.inner.execute(request).await?;
        if matches!(answer.status().as_u16(), 429 | 503) {
            let after = answer.headers().get("retry-after").and_then(|v| v.to_str().ok()?.trim().parse().ok());
            if let Some(seconds) = after {
                self.connector.pause.set(Duration::from_secs(seconds));
            }
        }
        Ok(answer)
    }
}

impl HttpService for Service {
    fn call<'a, 'async_trait>(
        &'a self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'async_trait>>
    where
        'a: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(self.answer(request))
    }
}

//! From a store's configuration and the environment to a client.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{ClientConfigKey, ClientOptions, RetryConfig};

use crate::error::{Error, Result};

use super::cloud::Cloud;
use super::http::{Connector, Pause};
use super::place::{Place, Scheme, show_url};
use super::redact::Redactor;
use super::{Options, StoreSpec};

/// Makes the client of a bucket. Nothing is asked of the network.
pub(super) fn connect(spec: &StoreSpec, place: &Place, options: &Options) -> Result<Cloud> {
    // Once a process; a second call says that it was done, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let prefix = match place.scheme {
        Scheme::S3 => "AWS_",
        Scheme::Gs => "GOOGLE_",
        Scheme::Az | Scheme::File => "AZURE_",
    };
    let redactor = Redactor::new(&options.variables);
    let variables: Vec<(String, &str)> = options
        .variables
        .iter()
        .filter(|(name, value)| name.starts_with(prefix) && !value.is_empty())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
        .collect();
    for (name, value) in &variables {
        check_time(name, value)?;
    }
    let endpoint = endpoint(spec, place.scheme, options);
    if let Some(endpoint) = &endpoint {
        check_endpoint(endpoint, prefix, options)?;
    }
    let base = client(options, endpoint.is_some_and(|e| e.starts_with("http:")));
    let pause = Pause::default();
    let connector = Connector { pause: pause.clone(), metadata: metadata_hosts(options) };
    let made = match place.scheme {
        Scheme::S3 => s3(spec, place, base, &variables, connector),
        Scheme::Gs => gs(spec, place, base, &variables, connector),
        Scheme::Az | Scheme::File => az(spec, place, base, options, &variables, connector),
    };
    made.map(|store| Cloud::new(store, place.clone(), options.timeout, pause, redactor.clone()))
        .map_err(|e| refused(spec, place.scheme, &redactor.clean(&super::cloud::chain(&e))))
}

type Made = Result<super::cloud::Client, object_store::Error>;
type Variables<'a> = [(String, &'a str)];

/// A builder with the base settings and those variables that it knows; unknown ones (AWS_PAGER) mean nothing here.
macro_rules! builder {
    ($builder:ty, $base:expr, $variables:expr, $http:expr) => {
        $variables.iter().fold(
            <$builder>::new().with_client_options($base).with_retry(no_retry()).with_http_connector($http),
            |builder, (name, value)| match name.parse() {
                Ok(key) => builder.with_config(key, *value),
                Err(_) => builder,
            },
        )
    };
}

fn s3(spec: &StoreSpec, place: &Place, base: ClientOptions, variables: &Variables<'_>, http: Connector) -> Made {
    let ours = spec.endpoint.is_some();
    let variables: Vec<_> = variables.iter().filter(|(name, _)| !(ours && name.contains("endpoint_url"))).collect();
    let mut builder = builder!(AmazonS3Builder, base, variables, http);
    if let Some(region) = &spec.region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = &spec.endpoint {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
    }
    // Not every S3-like has the bulk call, and 32 single ones at once are as quick.
    Ok(Arc::new(builder.with_bucket_name(&place.bucket).with_disable_bulk_delete(true).build()?))
}

fn gs(spec: &StoreSpec, place: &Place, base: ClientOptions, variables: &Variables<'_>, http: Connector) -> Made {
    let mut builder = builder!(GoogleCloudStorageBuilder, base, variables, http);
    if let Some(endpoint) = &spec.endpoint {
        builder = builder.with_base_url(endpoint.trim_end_matches('/'));
    }
    Ok(Arc::new(builder.with_bucket_name(&place.bucket).build()?))
}

fn az(
    spec: &StoreSpec,
    place: &Place,
    base: ClientOptions,
    options: &Options,
    variables: &Variables<'_>,
    http: Connector,
) -> Made {
    let mut builder = builder!(MicrosoftAzureBuilder, base, variables, http);
    // The names that Azure's own command line uses.
    let account = spec.account.as_deref().or_else(|| options.variable("AZURE_STORAGE_ACCOUNT"));
    if let Some(account) = account
        && (spec.account.is_some() || options.variable("AZURE_STORAGE_ACCOUNT_NAME").is_none())
    {
        builder = builder.with_account(account);
    }
    if let (Some(key), None) = (options.variable("AZURE_STORAGE_KEY"), options.variable("AZURE_STORAGE_ACCOUNT_KEY")) {
        builder = builder.with_access_key(key);
    }
    if let Some(endpoint) = &spec.endpoint {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/').to_owned());
    }
    Ok(Arc::new(builder.with_container_name(&place.bucket).build()?))
}

/// Tries are counted by us.
fn no_retry() -> RetryConfig {
    RetryConfig { max_retries: 0, retry_timeout: Duration::ZERO, ..RetryConfig::default() }
}

/// Time limits are ours too, by the size of what is sent; only the connection has one here.
fn client(options: &Options, http: bool) -> ClientOptions {
    let connect = options.timeout.min(Duration::from_secs(5));
    let mut client = ClientOptions::new().with_timeout_disabled().with_connect_timeout(connect);
    let find = |names: &[&str]| names.iter().find_map(|n| options.variable(n)).map(str::to_owned);
    let names = if http { ["HTTP_PROXY", "http_proxy"] } else { ["HTTPS_PROXY", "https_proxy"] };
    if let Some(proxy) = find(&names).or_else(|| find(&["ALL_PROXY", "all_proxy"])) {
        let none = find(&["NO_PROXY", "no_proxy"]).map(|n| n + ",").unwrap_or_default();
        client = client
            .with_config(ClientConfigKey::ProxyUrl, proxy)
            .with_config(ClientConfigKey::ProxyExcludes, none + &METADATA.join(","));
    }
    client
}

/// Where the clouds' machines ask for their credentials.
const METADATA: [&str; 4] = ["169.254.169.254", "metadata.google.internal", "169.254.170.2", "[fd00:ec2::254]"];

fn metadata_hosts(options: &Options) -> Vec<String> {
    let mut hosts: Vec<String> = METADATA.iter().map(|&h| h.to_owned()).collect();
    for name in ["AWS_METADATA_ENDPOINT", "AZURE_MSI_ENDPOINT", "AZURE_IDENTITY_ENDPOINT"] {
        let host = options.variable(name).and_then(|url| url.split_once("://")?.1.split('/').next());
        hosts.extend(host.map(str::to_owned));
    }
    hosts
}

/// `AWS_TIMEOUT=3` is refused by the client in words that nobody understands.
fn check_time(name: &str, value: &str) -> Result<()> {
    if !(name.ends_with("_timeout") && value.bytes().all(|b| b.is_ascii_digit())) {
        return Ok(());
    }
    let name = name.to_ascii_uppercase();
    Err(Error::usage(format!("{name}='{value}' has no unit")).hint(format!("export {name}={value}s")))
}

/// Another host than the cloud's own, where one is configured.
pub(super) fn endpoint(spec: &StoreSpec, scheme: Scheme, options: &Options) -> Option<String> {
    let names: &[&str] = match scheme {
        Scheme::S3 => &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"],
        Scheme::Gs => &["GOOGLE_BASE_URL"],
        Scheme::Az | Scheme::File => &["AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"],
    };
    spec.endpoint.clone().or_else(|| names.iter().find_map(|n| options.variable(n)).map(str::to_owned))
}

fn check_endpoint(endpoint: &str, prefix: &str, options: &Options) -> Result<()> {
    let shown = show_url(endpoint);
    let bad = |why: &str| Error::usage(format!("the endpoint '{shown}' {why}"));
    let Some((scheme, rest)) = endpoint.split_once("://") else {
        return Err(bad("is no url").hint("write it as https://HOST or https://HOST:PORT"));
    };
    let host = rest.split('/').next().unwrap_or_default();
    if host.is_empty() || rest.contains(['@', '?', '#']) || endpoint.chars().any(|c| c.is_control() || c == ' ') {
        return Err(bad("is no plain host").hint("write it as https://HOST or https://HOST:PORT"));
    }
    match scheme {
        "https" => Ok(()),
        "http" => {
            let name = format!("{prefix}ALLOW_HTTP");
            let emulator = options.variable("AZURE_STORAGE_USE_EMULATOR").is_some_and(|v| v == "true" || v == "1");
            let allowed = options.variable(&name).is_some_and(|v| v.eq_ignore_ascii_case("true") || v == "1");
            if allowed || (prefix == "AZURE_" && emulator) {
                return Ok(());
            }
            Err(bad("is not encrypted, and anyone on the way reads the credentials' use")
                .hint(format!("use https, or say that this is meant: export {name}=true")))
        }
        _ => Err(bad("is neither https nor http")),
    }
}

/// What the builders refuse.
fn refused(spec: &StoreSpec, scheme: Scheme, said: &str) -> Error {
    let name = &spec.name;
    if scheme == Scheme::Az && said.contains("Account must be specified") {
        return Error::usage(format!("the store '{name}' names no storage account"))
            .hint(format!("git config bench.store.{name}.account ACCOUNT"))
            .hint("export AZURE_STORAGE_ACCOUNT_NAME=ACCOUNT");
    }
    let mut error = Error::usage(format!("the store '{name}' cannot be opened: {said}"));
    if scheme == Scheme::Gs && said.to_ascii_lowercase().contains("credential") {
        error = Error::usage(format!("the store '{name}' cannot be opened: the service account is not readable"))
            .hint("check the file that GOOGLE_SERVICE_ACCOUNT or GOOGLE_APPLICATION_CREDENTIALS names")
            .hint("export GOOGLE_BEARER_TOKEN=$(gcloud auth print-access-token)");
    }
    error
}

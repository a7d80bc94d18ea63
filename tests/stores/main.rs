//! The payload store against real servers (`.ci/servers`), through a proxy that breaks things.
//!
//! Without the servers only the folder is held to its promises; with `CI=true` they must be there. Loopback only.
mod conformance;
#[cfg(feature = "clouds")]
mod credentials;
mod faults;
mod folder;
mod gcs;
mod layout;
mod peers;
mod proxy;

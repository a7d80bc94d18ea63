//! Run ids from content, so that a second `record` of the same file changes nothing.

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// What identifies a run (formats.md, section 1, "Run id").
#[derive(Clone, Copy, Debug)]
pub struct Identified<'a> {
    /// Full id of the commit.
    pub commit: &'a str,
    /// The commit that was checked out, if it is another one; else empty.
    pub measured: &'a str,
    /// The suite.
    pub suite: &'a str,
    /// The environment key by the built-in identity list.
    pub environment: &'a str,
    /// The input digest, 64 hex digits.
    pub input: &'a str,
}

/// The input's own id if it is a UUID, else a UUIDv8 over what identifies the run.
pub fn run_id(own: Option<&str>, of: &Identified<'_>) -> String {
    if let Some(uuid) = own.filter(|text| text.len() == 36).and_then(|text| Uuid::parse_str(text).ok()) {
        return uuid.to_string();
    }
    let mut hash = Sha256::new();
    for part in ["git-bench-run-1", of.commit, of.measured, of.suite, of.environment, of.input] {
        hash.update(part);
        hash.update("\n");
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(first).into_uuid().to_string()
}

/// A random UUIDv4: of accepts, drops and runs recorded again on purpose.
pub fn new_id() -> String {
    Uuid::new_v4().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_follows_the_content() {
        let of = Identified { commit: "c", measured: "", suite: "default", environment: "e", input: "i" };
        let id = run_id(None, &of);
        assert_eq!(id, run_id(Some("run-17"), &of), "an id of another form does not count");
        assert_eq!(Uuid::parse_str(&id).unwrap().get_version_num(), 8);
        assert_ne!(id, run_id(None, &Identified { suite: "gpu", ..of }));
        let own = "550E8400-e29b-41d4-a716-446655440000";
        assert_eq!(run_id(Some(own), &of), own.to_lowercase());
    }
}

//! The least rights that readers and writers of one bucket need, as policies of the clouds; and their dashboards.
//!
//! Pure text: nothing is asked of any cloud. Every name is checked before it stands in a policy or a command, so nothing
//! needs quoting but what is quoted here.

mod aws;
pub mod dashboard;
mod gcp;
mod names;

pub use aws::{Policy, policy};
pub use gcp::{Binding, Condition, bindings, commands};

use crate::error::Result;

/// Who somebody is to a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Reads and lists.
    Reader,
    /// Reads, lists and writes; never deletes.
    Writer,
}

/// A part of a bucket, its names checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    bucket: String,
    prefix: String,
}

impl Target {
    /// The part of a bucket below a prefix; an empty prefix is all of it.
    ///
    /// # Errors
    /// Usage: what is no name of a bucket, or a prefix of other letters than `A-Z a-z 0-9 . _ - = /`.
    pub fn new(bucket: &str, prefix: &str) -> Result<Self> {
        names::bucket(bucket)?;
        let prefix = prefix.trim_end_matches('/');
        names::prefix(prefix)?;
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }

    /// What all keys of it begin with: empty, or ending in a slash.
    fn below(&self) -> String {
        if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(role: Role, prefix: &str) -> serde_json::Value {
        serde_json::to_value(policy(role, &Target::new("my-bucket", prefix).unwrap(), None)).unwrap()
    }

    #[test]
    fn a_reader_reads_and_lists() {
        let policy = json(Role::Reader, "");
        assert_eq!(policy["Statement"][0]["Action"], serde_json::json!(["s3:GetObject"]));
        assert_eq!(policy["Statement"][0]["Resource"], "arn:aws:s3:::my-bucket/*");
        assert_eq!(policy["Statement"][1]["Action"], serde_json::json!(["s3:ListBucket"]));
        assert!(policy["Statement"][1].get("Condition").is_none());
    }

    #[test]
    fn a_writer_of_a_prefix_gets_no_more_than_that_and_deletes_nothing() {
        let policy = json(Role::Writer, "team/bench/");
        assert_eq!(policy["Statement"][0]["Action"], serde_json::json!(["s3:GetObject", "s3:PutObject"]));
        assert_eq!(policy["Statement"][0]["Resource"], "arn:aws:s3:::my-bucket/team/bench/*");
        assert_eq!(policy["Statement"][1]["Condition"]["StringLike"]["s3:prefix"], serde_json::json!(["team/bench/*"]));
        assert!(!policy.to_string().contains("Delete"));
    }

    #[test]
    fn other_partitions_have_their_own_names() {
        let target = Target::new("my-bucket", "").unwrap();
        let of = |region| serde_json::to_string(&policy(Role::Reader, &target, Some(region))).unwrap();
        assert!(of("cn-north-1").contains("arn:aws-cn:s3:::my-bucket"));
        assert!(of("us-gov-west-1").contains("arn:aws-us-gov:s3:::my-bucket"));
        assert!(of("us-west-2").contains("arn:aws:s3:::my-bucket"));
    }

    #[test]
    fn a_prefix_is_a_condition_of_gcp() {
        let target = Target::new("my-bucket", "p").unwrap();
        let given = bindings(Role::Writer, &target, "user:a@example.com").unwrap();
        let roles: Vec<_> = given.iter().map(|b| b.role).collect();
        assert_eq!(roles, ["roles/storage.objectViewer", "roles/storage.objectCreator"]);
        let condition = given[0].condition.as_ref().unwrap();
        assert!(condition.expression.contains("resource.name.startsWith(\"projects/_/buckets/my-bucket/objects/p/\")"));
        let lines = commands(&target, &given, Some("my-project")).unwrap();
        assert!(lines[1].starts_with("gcloud storage buckets add-iam-policy-binding gs://my-bucket --member="));
        assert!(lines[1].contains(" --project=my-project"), "{lines:?}");
    }

    #[test]
    fn names_are_checked() {
        for bad in ["", "ab", "My Bucket", "a*b", "bucket/..", "-bucket", "bucket-", "a..b", "a\"b", "b\nc", "b;ls"] {
            assert!(Target::new(bad, "").is_err(), "{bad}");
        }
        for bad in ["/", "a//b", "../x", "a/./b", "a*", "a?", "${aws:username}", "a\"b", "a'b", "a b", "é"] {
            let taken = Target::new("bucket", bad);
            assert!(taken.is_err() || bad == "/", "{bad}");
        }
        let target = Target::new("bucket", "").unwrap();
        for bad in
            ["allUsers", "allAuthenticatedUsers", "user:", "a@b", "user:a b", "user:a'b", "user:$(ls)", "robot:x"]
        {
            assert!(bindings(Role::Reader, &target, bad).is_err(), "{bad}");
        }
        assert!(commands(&target, &[], Some("a b")).is_err());
    }
}

//! The next command, for each fault and cloud.

use super::answer::Asked;
use super::fault::Fault;
use super::place::{Place, Scheme};

/// What to run next; empty where only trying again helps.
pub(super) fn hints(fault: Fault, place: &Place, asked: Asked) -> Vec<String> {
    let bucket = &place.bucket;
    let role = if asked == Asked::Read || asked == Asked::List { "reader" } else { "writer" };
    let hint = match (fault, place.scheme) {
        (Fault::NoCredentials | Fault::Expired | Fault::BadCredentials, scheme) => return credentials(fault, scheme),
        (Fault::MissingBucket, Scheme::S3) => format!("aws s3 mb s3://{bucket}"),
        (Fault::MissingBucket, Scheme::Gs) => format!("gcloud storage buckets create gs://{bucket}"),
        (Fault::MissingBucket, _) => format!("az storage container create --name {bucket}"),
        (Fault::Denied, Scheme::S3) if asked == Asked::Read => {
            return vec![
                "git bench access aws --role reader".into(),
                "without the right s3:ListBucket, S3 says this of what is not there, too".into(),
            ];
        }
        (Fault::Denied, Scheme::S3) => format!("git bench access aws --role {role}"),
        (Fault::Denied, Scheme::Gs) => format!("git bench access gcp --role {role}"),
        (Fault::Denied, _) => {
            let name = if role == "reader" { "Storage Blob Data Reader" } else { "Storage Blob Data Contributor" };
            format!("az role assignment create --role '{name}' --assignee YOUR_ID --scope ID_OF_{bucket}")
        }
        (Fault::Skew, _) => "sudo timedatectl set-ntp true; date -u".into(),
        (Fault::Region, _) => {
            return vec![
                format!("aws s3api get-bucket-location --bucket {bucket}"),
                "set it as 'region' of the store, or in AWS_REGION".into(),
            ];
        }
        (Fault::Unreachable, _) => "git bench doctor".into(),
        _ => return Vec::new(),
    };
    vec![hint]
}

fn credentials(fault: Fault, scheme: Scheme) -> Vec<String> {
    let lines: &[&str] = match scheme {
        Scheme::S3 => &[
            "eval \"$(aws configure export-credentials --format env)\"",
            "or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where they are temporary, AWS_SESSION_TOKEN",
        ],
        Scheme::Gs => &[
            "export GOOGLE_BEARER_TOKEN=$(gcloud auth print-access-token)",
            "or set GOOGLE_SERVICE_ACCOUNT to the path of a service account's JSON file",
        ],
        Scheme::Az | Scheme::File => &[
            "az login, then export AZURE_USE_AZURE_CLI=true",
            "or set AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN",
        ],
    };
    let mut hints: Vec<String> = lines.iter().map(|&l| l.to_owned()).collect();
    if fault == Fault::NoCredentials && scheme == Scheme::S3 {
        hints.push("profiles, ~/.aws and SSO are not read; the first line brings them into the environment".into());
    }
    hints
}

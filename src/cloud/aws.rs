//! IAM policies of AWS.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Role, Target};

/// An IAM policy document, in the order that people write it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: &'static str,
    effect: &'static str,
    action: Vec<&'static str>,
    resource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Value>,
}

/// The policy of a role for a part of a bucket; the region tells the partition (China, GovCloud).
pub fn policy(role: Role, target: &Target, region: Option<&str>) -> Policy {
    let partition = match region {
        Some(region) if region.starts_with("cn-") => "aws-cn",
        Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    let bucket = format!("arn:{partition}:s3:::{}", target.bucket);
    let below = target.below();
    let (sid, action) = match role {
        Role::Reader => ("GitBenchRead", vec!["s3:GetObject"]),
        Role::Writer => ("GitBenchWrite", vec!["s3:GetObject", "s3:PutObject"]),
    };
    let objects = Statement { sid, effect: "Allow", action, resource: format!("{bucket}/{below}*"), condition: None };
    let condition = (!below.is_empty()).then(|| json!({"StringLike": {"s3:prefix": [format!("{below}*")]}}));
    let list =
        Statement { sid: "GitBenchList", effect: "Allow", action: vec!["s3:ListBucket"], resource: bucket, condition };
    Policy { version: "2012-10-17", statement: vec![objects, list] }
}

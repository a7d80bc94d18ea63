//! IAM bindings of Google Cloud, on the bucket alone (never on the project, which would be all buckets).

use serde::Serialize;

use super::{Role, Target, names};
use crate::error::Result;

/// One role for one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Binding {
    /// The role.
    pub role: &'static str,
    /// Who.
    pub members: Vec<String>,
    /// For which objects; `None` for all of the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// When a binding holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// Its name.
    pub title: &'static str,
    /// In the Common Expression Language.
    pub expression: String,
}

/// The bindings of a role for a part of a bucket.
///
/// # Errors
/// Usage: what names no member; the public (`allUsers`) is none.
pub fn bindings(role: Role, target: &Target, member: &str) -> Result<Vec<Binding>> {
    names::member(member)?;
    let roles: &[&'static str] = match role {
        Role::Reader => &["roles/storage.objectViewer"],
        Role::Writer => &["roles/storage.objectViewer", "roles/storage.objectCreator"],
    };
    let below = target.below();
    let condition = (!below.is_empty()).then(|| Condition {
        title: "git-bench",
        // A listing is asked of the bucket, not of an object: it has its own attribute.
        expression: format!(
            "resource.name.startsWith(\"projects/_/buckets/{}/objects/{below}\") || \
             api.getAttribute(\"storage.googleapis.com/objectListPrefix\", \"\").startsWith(\"{below}\")",
            target.bucket
        ),
    });
    let one = |role: &&'static str| Binding { role, members: vec![member.to_owned()], condition: condition.clone() };
    Ok(roles.iter().map(one).collect())
}

/// The commands that set these bindings.
///
/// # Errors
/// Usage: what names no project.
pub fn commands(target: &Target, bindings: &[Binding], project: Option<&str>) -> Result<Vec<String>> {
    project.map(names::project).transpose()?;
    let project = project.map(|p| format!(" --project={p}")).unwrap_or_default();
    let line = |binding: &Binding, member: &String| {
        // The expression has commas in it, so the pairs are parted by '#'. No name that is let in holds a quote.
        let condition = match &binding.condition {
            Some(c) => format!(" --condition='^#^title={}#expression={}'", c.title, c.expression),
            None => " --condition=None".to_owned(),
        };
        format!(
            "gcloud storage buckets add-iam-policy-binding gs://{} --member='{member}' --role={}{condition}{project}",
            target.bucket, binding.role
        )
    };
    Ok(bindings.iter().flat_map(|b| b.members.iter().map(move |m| line(b, m))).collect())
}

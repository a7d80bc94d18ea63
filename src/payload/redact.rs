//! Other programs' words, made fit for a message: one line, no control characters, no secrets.

/// Knows the secrets that must not be shown.
#[derive(Clone, Default)]
pub(super) struct Redactor {
    secrets: Vec<String>,
}

/// Parts of variable names whose values are nobody's business.
const SECRET: [&str; 9] =
    ["KEY", "SECRET", "TOKEN", "PASSWORD", "SAS", "CREDENTIAL", "SIGNATURE", "CONNECTION_STRING", "PROXY"];

impl Redactor {
    /// Takes the secrets out of the environment's variables, and the strings inside those that are JSON.
    pub fn new(variables: &[(String, String)]) -> Self {
        let mut secrets = Vec::new();
        for (name, value) in variables {
            if !SECRET.iter().any(|part| name.to_ascii_uppercase().contains(part)) {
                continue;
            }
            if let Ok(json) = serde_json::from_str::<serde_json::Value>(value)
                && json.is_object()
            {
                for inner in json.as_object().into_iter().flat_map(|o| o.values()).filter_map(|v| v.as_str()) {
                    secrets.push(inner.to_owned());
                }
            }
            if let Some((_, rest)) = value.split_once("://") {
                // A proxy: what stands before its host.
                secrets.extend(rest.rsplit_once('@').map(|(user, _)| user.to_owned()));
            } else {
                secrets.push(value.clone());
                // A shared access signature: each of its values.
                secrets.extend(value.split('&').filter_map(|pair| Some(pair.split_once('=')?.1.to_owned())));
            }
        }
        secrets.retain(|s| s.len() >= 6 && s != "true" && s != "false");
        // Longest first: a short secret may be part of a long one.
        secrets.sort_by_key(|s| std::cmp::Reverse(s.len()));
        secrets.dedup();
        Self { secrets }
    }

    /// One line, at most 300 characters, secrets and the queries of URLs replaced by `***`.
    pub fn clean(&self, text: &str) -> String {
        let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "***");
            }
        }
        let text = cut_queries(&text);
        let mut short: String = text.chars().filter(|c| !c.is_control()).take(300).collect();
        if short.len() < text.len() {
            short.push_str("...");
        }
        short
    }
}

/// `https://h/p?sig=x` to `https://h/p?***`, and `https://user:word@h` to `https://***@h`.
fn cut_queries(text: &str) -> String {
    text.split(' ')
        .map(|word| {
            let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit_once('@').map_or(host.to_owned(), |(_, h)| format!("***@{h}"));
            let path = path.split_once('?').map_or(path.to_owned(), |(p, _)| format!("{p}?***"));
            format!("{scheme}://{host}{path}")
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_replaced_wherever_they_stand() {
        let set = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        let redactor = Redactor::new(&[
            set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
            set("AWS_SESSION_TOKEN", "FwoGZXIvYXdzEBY"),
            set("GOOGLE_SERVICE_ACCOUNT_KEY", r#"{"private_key":"-----BEGIN RSA","client_email":"bench@x"}"#),
            set("AZURE_STORAGE_SAS_TOKEN", "sv=2020&sig=abcdefgh%3D"),
            set("HTTPS_PROXY", "http://me:geheim12@proxy:3128"),
            set("AWS_REGION", "us-west-2"),
        ]);
        let text = "key wJalrXUtnFEMI token FwoGZXIvYXdzEBY -----BEGIN RSA\n sig abcdefgh%3D via http://me:geheim12@proxy:3128/ \
                    https://a.b/c?sig=other in us-west-2";
        let clean = redactor.clean(text);
        for secret in ["wJalr", "FwoG", "BEGIN", "abcdefgh", "geheim", "sig=other"] {
            assert!(!clean.contains(secret), "{clean}");
        }
        assert!(clean.contains("us-west-2") && clean.contains("http://***@proxy:3128/"), "{clean}");
        assert!(!clean.contains('\n'));
    }
}

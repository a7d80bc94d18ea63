//! By which names and forms a secret is told.

/// Last words of names whose value is a secret, in small letters: `--token`, `DB_PASSWORD`, `apiKey`.
const SECRET: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "token",
    "secret",
    "secrets",
    "credential",
    "credentials",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "authorization",
    "auth",
    "bearer",
    "jwt",
    "cookie",
    "signature",
    "sig",
];

/// Words that make a following `key` a secret: `AWS_SECRET_ACCESS_KEY`, `AccountKey`.
const KEY_OF: &[&str] = &[
    "api",
    "access",
    "secret",
    "private",
    "account",
    "encryption",
    "signing",
    "storage",
    "auth",
    "master",
    "client",
    "deploy",
    "service",
    "shared",
    "webhook",
    "license",
];

/// Forms of well-known tokens: how they begin, and how many letters, digits, `_` and `-` follow at least.
pub(super) const FORMS: &[(&str, usize)] = &[
    ("AKIA", 16),
    ("ASIA", 16),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("gldt-", 16),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxa-", 10),
    ("xoxs-", 10),
    ("xapp-", 10),
    ("AIza", 30),
    ("npm_", 30),
    ("pypi-", 30),
    ("sk-", 20),
    ("sk_live_", 16),
    ("rk_live_", 16),
    ("hf_", 30),
    ("dop_v1_", 40),
    ("bkua_", 30),
    ("eyJ", 30),
];

/// Whether a name before a colon tells a secret: words such as `auth` and `token` stand there in names of scripts and tests
/// too (`npm run auth:bench`).
pub(super) fn plain_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "passphrase", "secret", "key", "authorization", "cookie"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Whether a name is that of a secret, by its last word or its last two: `--api-key`, `GITHUB_TOKEN`, `AccountKey`; not
/// `--max-tokens`, `--tokenizer`, `--token-file`, `--key`.
pub(super) fn secret_name(name: &str) -> bool {
    if name.len() > 64 {
        return false;
    }
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        let new = !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && lower_before);
        if new && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
        lower_before = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    match words.as_slice() {
        [.., of, key] if key == "key" && KEY_OF.contains(&of.as_str()) => true,
        [only] if only == "pwd" => name != "PWD",
        [.., last] => SECRET.contains(&last.as_str()),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_of_a_name_tell() {
        for name in
            ["--token", "GITHUB_TOKEN", "apiKey", "--api-key", "AccountKey", "db.password", "MYSQL_PWD", "X-Sig"]
        {
            assert!(secret_name(name), "{name}");
        }
        for name in ["--max-tokens", "--tokenizer", "--token-file", "--key", "PWD", "", "--", "keyboard"] {
            assert!(!secret_name(name), "{name}");
        }
    }
}

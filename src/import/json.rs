//! JSON as harnesses write it: bare NaN and Infinity, numbers as strings.

use serde_json::{Map, Value};

use crate::model::canonical;

/// Parses one JSON value; a UTF-8 byte order mark is passed over. Bare `NaN`, `Infinity` and `-Infinity`, which
/// google-benchmark and Python write, become the *strings* of the same spelling.
///
/// # Errors
/// The syntax error with line and column.
pub fn parse(bytes: &[u8]) -> serde_json::Result<Value> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let special = |text: &str| text.contains("NaN") || text.contains("Infinity");
    serde_json::from_slice(bytes).or_else(|error| {
        // Looked for first: lines of JSON are no JSON either, and long.
        match std::str::from_utf8(bytes).is_ok_and(special).then(|| quote_specials(bytes)).flatten() {
            Some(quoted) => serde_json::from_slice(&quoted),
            None => Err(error),
        }
    })
}

/// Puts quotes around bare NaN and Infinity outside strings; `None` where there is none.
fn quote_specials(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let (mut at, mut quoted, mut changed) = (0, false, false);
    while at < bytes.len() {
        let byte = bytes[at];
        if quoted && byte == b'\\' {
            out.extend_from_slice(&bytes[at..(at + 2).min(bytes.len())]);
            at += 2;
            continue;
        }
        if byte == b'"' {
            quoted = !quoted;
        }
        let special: Option<&[u8]> = [b"NaN".as_slice(), b"-NaN", b"Infinity", b"-Infinity"]
            .into_iter()
            .find(|word| !quoted && bytes[at..].starts_with(word));
        if let Some(word) = special {
            out.push(b'"');
            out.extend_from_slice(word);
            out.push(b'"');
            at += word.len();
            changed = true;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    changed.then_some(out)
}

/// The own entry of a run that is a whole file: the RFC 8785 form of its value, or, where the bytes are no valid JSON
/// (bare NaN), the bytes.
pub fn entry(bytes: &[u8], value: &Value) -> Vec<u8> {
    match serde_json::from_slice::<serde::de::IgnoredAny>(trim(bytes)) {
        Ok(_) => canonical(value).into_bytes(),
        Err(_) => bytes.to_vec(),
    }
}

/// Bytes without white space at both ends and without a byte order mark.
pub fn trim(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii()
}

/// A number, also one written as a string (`"1.5"`, `"NaN"`, `"Infinity"`); `None` for everything else.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(s) => match s.trim() {
            "NaN" | "-NaN" | "nan" => Some(f64::NAN),
            "Infinity" | "inf" | "+Infinity" => Some(f64::INFINITY),
            "-Infinity" | "-inf" => Some(f64::NEG_INFINITY),
            text if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) => text.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// The finite number at `key`.
pub fn f64_at(map: &Map<String, Value>, key: &str) -> Option<f64> {
    map.get(key).and_then(number).filter(|v| v.is_finite())
}

/// The whole number at `key`.
pub fn u64_at(map: &Map<String, Value>, key: &str) -> Option<u64> {
    let value = map.get(key)?;
    value.as_u64().or_else(|| number(value).filter(|v| *v >= 0.0 && v.fract() == 0.0 && *v < 9e15).map(|v| v as u64))
}

/// The text at `key`, empty ones left out.
pub fn str_at<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    map.get(key).and_then(Value::as_str).filter(|s| !s.is_empty())
}

/// The array at `key`, empty where there is none.
pub fn array_at<'a>(map: &'a Map<String, Value>, key: &str) -> &'a [Value] {
    map.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The object at `key`.
pub fn object_at<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
    map.get(key).and_then(Value::as_object)
}

/// The finite numbers of the array at `key`, in order.
pub fn numbers_at(map: &Map<String, Value>, key: &str) -> Vec<f64> {
    array_at(map, key).iter().filter_map(number).filter(|v| v.is_finite()).collect()
}

/// A scalar as it stands in a name: strings without quotes, everything else as JSON.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        other => other.to_string(),
    }
}

/// Parameters behind a name, `name[k=v,k2=v2]`; the name alone where there are none.
pub fn with_params<K: AsRef<str>, V: AsRef<str>>(name: &str, params: &[(K, V)]) -> String {
    if params.is_empty() {
        return name.to_owned();
    }
    let list: Vec<String> = params.iter().map(|(k, v)| format!("{}={}", k.as_ref(), v.as_ref())).collect();
    format!("{name}[{}]", list.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_specials_become_strings_outside_strings_only() {
        let value = parse(br#"{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \" Infinity"}"#).unwrap();
        assert_eq!(value.to_string(), r#"{"a":"NaN","b":["-Infinity","Infinity"],"c":"NaN \" Infinity"}"#);
        assert!(number(&value["a"]).unwrap().is_nan());
        assert!(parse(b"{\"a\": Nan}").is_err());
        assert_eq!(number(&Value::from("null")), None);
    }

    #[test]
    fn params_follow_the_name() {
        assert_eq!(with_params("a", &[("k", "v"), ("n", "2")]), "a[k=v,n=2]");
    }
}

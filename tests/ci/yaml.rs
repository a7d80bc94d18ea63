//! The recipes as YAML.

use std::path::Path;

pub use yaml_rust2::Yaml;
use yaml_rust2::YamlLoader;

/// The text of a file in `docs/ci/`.
pub fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A recipe, parsed.
pub fn recipe(name: &str) -> Yaml {
    let mut documents = YamlLoader::load_from_str(&text(name)).unwrap_or_else(|e| panic!("docs/ci/{name}: {e}"));
    assert_eq!(documents.len(), 1, "docs/ci/{name}");
    documents.remove(0)
}

/// The scalar as the text that a CI sees.
pub fn scalar(value: &Yaml) -> String {
    match value {
        Yaml::String(text) | Yaml::Real(text) => text.clone(),
        Yaml::Integer(number) => number.to_string(),
        Yaml::Boolean(value) => value.to_string(),
        Yaml::BadValue | Yaml::Null => String::new(),
        other => panic!("no scalar: {other:?}"),
    }
}

/// The entries of a map, with scalars as text; none where there is no map.
pub fn entries(value: &Yaml) -> Vec<(String, String)> {
    let Yaml::Hash(map) = value else { return Vec::new() };
    map.iter().map(|(key, value)| (scalar(key), scalar(value))).collect()
}

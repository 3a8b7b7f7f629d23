//! Files of `deploy/`, as a test reads them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use api_server::settings::{Settings, read};
use serde_json::{Map, Value};
use yaml_rust2::{Yaml, YamlLoader};

/// The folder.
const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy");

pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(DEPLOY).join(name)
}

pub(crate) fn text(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A file of YAML, merge keys and all.
pub(crate) fn yaml(name: &str) -> Value {
    let documents = YamlLoader::load_from_str(&text(name));
    let documents = documents.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(documents.len(), 1, "{name}");
    json(&documents[0])
}

/// The same as JSON, which is easier to look at. Keys of `<<` are taken in, behind the mapping's own (yaml.org/type/merge).
fn json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::String(text) => text.as_str().into(),
        Yaml::Integer(number) => (*number).into(),
        Yaml::Boolean(is_so) => (*is_so).into(),
        Yaml::Array(list) => list.iter().map(json).collect(),
        Yaml::Hash(pairs) => {
            let key = |key: &Yaml| key.as_str().expect("keys are text").to_owned();
            let mut all: Map<_, _> =
                pairs.iter().map(|(its, value)| (key(its), json(value))).collect();
            if let Some(Value::Object(merged)) = all.remove("<<") {
                for (key, value) in merged {
                    all.entry(key).or_insert(value);
                }
            }
            Value::Object(all)
        }
        other => panic!("{other:?} is not used here"),
    }
}

/// What a list has, as text.
pub(crate) fn words(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The settings that variables would make. A name that is none is an error.
pub(crate) fn settings<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Settings {
    let mut arguments = vec!["api-server".into()];
    for (name, value) in variables {
        let name = name.strip_prefix("API_SERVER_").unwrap_or(name).to_lowercase();
        arguments.push(format!("--{}={value}", name.replace('_', "-")).into());
    }
    read(arguments).unwrap_or_else(|error| panic!("{error}")).settings
}

/// What a program says of a file, or nothing where it is not installed.
pub(crate) fn said(program: &str, arguments: &[&str]) -> Option<(Output, String)> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let all = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&all).into_owned();
    Some((output, said))
}

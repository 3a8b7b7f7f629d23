//! A quiz as TOML has it, each text with its place.

use serde::Deserialize;
use toml::Spanned;

use super::Kind;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Quiz {
    #[serde(rename = "question", default)]
    pub(super) questions: Vec<Question>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    pub(super) id: Spanned<String>,
    pub(super) kind: Kind,
    pub(super) ask: Spanned<String>,
    pub(super) program: Option<Spanned<String>>,
    #[serde(rename = "option", default)]
    pub(super) options: Vec<Choice>,
    #[serde(default)]
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    pub(super) text: Spanned<String>,
    #[serde(default)]
    pub(super) right: bool,
    pub(super) why: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) text: Spanned<String>,
    pub(super) why: Spanned<String>,
}

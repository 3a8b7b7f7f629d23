//! A head as text, cut into strings.

use std::collections::HashMap;

/// A head.
#[derive(Debug)]
pub struct Head {
    /// The method.
    pub method: String,
    /// The target.
    pub target: String,
    /// Values by name in lower case.
    pub fields: HashMap<String, String>,
    /// How many bytes it has.
    pub length: usize,
}

/// The head, once it is whole.
#[inline]
pub fn parse(bytes: &[u8]) -> Option<Head> {
    let text = String::from_utf8_lossy(bytes).to_string();
    let length = text.find("\r\n\r\n")? + 4;
    let mut lines = text[..length].split("\r\n");
    let mut parts = lines.next()?.split_whitespace();
    let (method, target) = (parts.next()?.to_string(), parts.next()?.to_string());
    let mut fields = HashMap::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        fields.insert(name.trim().to_lowercase(), value.trim().to_string());
    }
    Some(Head { method, target, fields, length })
}

//! A log's entries as most people would read them first: line by line, and each field a `String` of its own.

use std::io::BufRead;

/// One request, as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// An address, or a name.
    pub client: String,
    /// As whom the client has identified itself.
    pub user: String,
    /// For instance `27/Nov/2026:09:30:00 +0000`.
    pub time: String,
    /// The request line, with its escapes.
    pub request: String,
    /// Three digits.
    pub status: u16,
    /// The length of the body.
    pub bytes: u64,
}

/// The entries of a log; `None` stands for a line that is none.
pub fn entries(log: impl BufRead) -> impl Iterator<Item = Option<Entry>> {
    let lines = log.split(b'\n').map_while(Result::ok);
    let lines = lines.map(|line| String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned());
    lines.filter(|line| !line.is_empty()).map(|line| parse(&line))
}

fn parse(line: &str) -> Option<Entry> {
    let words: Vec<String> = line.splitn(4, ' ').map(str::to_owned).collect();
    let [client, _, user, rest] = &words[..] else { return None };
    let (time, rest) = rest.strip_prefix('[')?.split_once(']')?;
    let (request, rest) = quoted(rest.strip_prefix(" \"")?)?;
    let numbers: Vec<String> = rest.strip_prefix(' ')?.split(' ').map(str::to_owned).collect();
    let [status, bytes, ..] = &numbers[..] else { return None };
    Some(Entry {
        client: client.clone(),
        user: user.clone(),
        time: time.to_owned(),
        request,
        status: u16::try_from(number(status)?).ok()?,
        bytes: if bytes == "-" { 0 } else { number(bytes)? },
    })
}

/// What comes before the closing quotation mark, and what comes behind it.
fn quoted(text: &str) -> Option<(String, String)> {
    let mut before = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return Some((before, characters.collect())),
            '\\' => before.extend(['\\', characters.next()?]),
            character => before.push(character),
        }
    }
}

fn number(digits: &str) -> Option<u64> {
    if digits.starts_with('+') { None } else { digits.parse().ok() }
}

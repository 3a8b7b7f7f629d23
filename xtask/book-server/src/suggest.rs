//! What the author probably meant.

/// At most so many names are listed in a message.
const LISTED_MAX: usize = 16;

/// The known name that is nearest to a wrong one, if any is near.
#[must_use]
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, name)| name)
}

/// The end of a message about a wrong name: what it is probably meant to be, and what there is.
#[must_use]
pub fn choice<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let mut listed: Vec<_> =
        known.iter().take(LISTED_MAX).map(|name| format!("`{name}`")).collect();
    if known.len() > LISTED_MAX {
        listed.push(format!("and {} more", known.len() - LISTED_MAX));
    }
    let allowed = match listed.is_empty() {
        true => "there is none".to_owned(),
        false => format!("there is {}", listed.join(", ")),
    };
    match nearest(wanted, known) {
        Some(near) => format!("(did you mean `{near}`? {allowed})"),
        None => format!("({allowed})"),
    }
}

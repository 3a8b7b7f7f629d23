//! The client says what it can read, the server chooses (proactive negotiation, RFC 9110 §12.5.1).
//!
//! Two questions in this order: which of the client's media ranges speaks *about* a type (the most specific that
//! matches), and only then how much the client likes it (that range's weight). A server that asks the second one first
//! lets `*/*` overrule `application/json;q=0`.
//!
//! The ranges are read once, from where they stand: what is kept is one rank for each type on offer.

use std::cmp::Reverse;

/// How many members of the field are read; those behind are as good as not sent. Browsers send fewer than ten.
pub const RANGES_MAX: usize = 64;

/// How many types a server can offer.
pub const OFFERED_MAX: usize = 8;

/// The position in `offered` of the type that the client likes best, or `None` when it accepts none of them.
///
/// `accept` has the values of the `Accept` field lines, in order. Equal weights go to whatever stands first in
/// `offered`. Without the field, or where nothing in it is well-formed, the client has said nothing, and the first is
/// chosen. Malformed members are left out, the others hold.
///
/// A range with parameters matches a type that has all of them, and is more specific than one without: a client that
/// asks for `application/json;charset=utf-8` does not get `application/json`. Names and values are compared without
/// regard to case, as is right for `charset` (RFC 9110 §8.3.2); quotes make no difference, but escapes within them are
/// not undone. `q` is the weight wherever it stands. Of two ranges that are equally specific, the heavier counts.
///
/// # Panics
///
/// `offered` has more than [`OFFERED_MAX`] types.
#[must_use]
pub fn choose<'h>(accept: impl IntoIterator<Item = &'h str>, offered: &[&str]) -> Option<usize> {
    assert!(offered.len() <= OFFERED_MAX, "a server offers at most {OFFERED_MAX} types");
    let members = accept.into_iter().flat_map(|line| split(line, ',')).take(RANGES_MAX);
    let mut best = [None; OFFERED_MAX];
    let mut said_nothing = true;
    for range in members.filter_map(Range::parse) {
        said_nothing = false;
        for (best, offered) in best.iter_mut().zip(offered) {
            if range.matches(offered) {
                *best = (*best).max(Some(range.rank));
            }
        }
    }
    if said_nothing {
        return (!offered.is_empty()).then_some(0);
    }
    let weight = |&position: &usize| best[position].map_or(0, |rank: Rank| rank.weight);
    // Of equals, `min_by_key` returns the first.
    (0..offered.len()).filter(|position| weight(position) > 0).min_by_key(|at| Reverse(weight(at)))
}

/// How much a range has to say: compared field by field, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// How many of type and subtype are named.
    named: usize,
    parameters: usize,
    /// In thousandths; 0 refuses.
    weight: u16,
}

/// A member of the field, such as `text/*;q=0.5`.
struct Range<'h> {
    kind: &'h str,
    subtype: &'h str,
    parameters: &'h str,
    rank: Rank,
}

impl<'h> Range<'h> {
    fn parse(member: &'h str) -> Option<Self> {
        let (kind, subtype, parameters) = parts(member)?;
        if !is_token(kind) || !is_token(subtype) || (kind == "*" && subtype != "*") {
            return None;
        }
        let mut weight = None;
        let mut count = 0;
        for parameter in split(parameters, ';').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=')?;
            if !is_token(name) || !is_value(value) {
                return None;
            }
            if !is_weight(name) {
                count += 1;
            } else if weight.replace(thousandths(value)?).is_some() {
                return None;
            }
        }
        let named = usize::from(kind != "*") + usize::from(subtype != "*");
        let rank = Rank { named, parameters: count, weight: weight.unwrap_or(1000) };
        Some(Self { kind, subtype, parameters, rank })
    }

    fn matches(&self, offered: &str) -> bool {
        let Some((kind, subtype, parameters)) = parts(offered) else {
            return false;
        };
        let has = |wanted: &str| split(parameters, ';').any(|parameter| same(parameter, wanted));
        (self.kind == "*" || self.kind.eq_ignore_ascii_case(kind))
            && (self.subtype == "*" || self.subtype.eq_ignore_ascii_case(subtype))
            && split(self.parameters, ';')
                .filter(|wanted| wanted.split_once('=').is_some_and(|(name, _)| !is_weight(name)))
                .all(has)
    }
}

/// Type, subtype and parameters. No token has a semicolon, so the first one ends the subtype.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let (range, parameters) = text.split_once(';').unwrap_or((text, ""));
    let (kind, subtype) = trim(range).split_once('/')?;
    Some((kind, subtype, parameters))
}

/// Cuts at each `separator` that does not stand within quotes, and trims what it gets.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    let is_cut = move |character: char| {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        character == separator && !quoted
    };
    text.split(is_cut).map(trim)
}

/// Optional whitespace is spaces and tabs (RFC 9110 §5.6.3).
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

fn is_weight(name: &str) -> bool {
    name.eq_ignore_ascii_case("q")
}

/// Whether two parameters have the same name and value.
fn same(one: &str, other: &str) -> bool {
    match (one.split_once('='), other.split_once('=')) {
        (Some((name, value)), Some((other_name, other_value))) => {
            name.eq_ignore_ascii_case(other_name)
                && unquoted(value).eq_ignore_ascii_case(unquoted(other_value))
        }
        _ => false,
    }
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

/// A token, or a string whose quotes are where they belong (RFC 9110 §5.6.4).
fn is_value(value: &str) -> bool {
    let Some(inner) = value.strip_prefix('"') else {
        return is_token(value);
    };
    let Some(inner) = inner.strip_suffix('"') else {
        return false;
    };
    let mut escaped = false;
    let sound = inner.bytes().all(|byte| {
        let sound = escaped || byte != b'"';
        escaped = !escaped && byte == b'\\';
        sound
    });
    sound && !escaped
}

fn is_token(text: &str) -> bool {
    let is_mark = |byte| b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || is_mark(byte))
}

/// A weight in thousandths: 0 to 1, with up to three digits behind the point (RFC 9110 §12.4.2).
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let fraction = fraction.bytes().chain(*b"000").take(3);
    let fraction = fraction.fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match (whole, fraction) {
        ("0", weight) => Some(weight),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

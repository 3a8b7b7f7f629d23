//! `parse` decides what a number is.
//!
//! Rejected by: `numbers_are_digits`
//!
//! It takes `+200`, too, and then a line that somebody has damaged counts. Look first that there is nothing but digits.
// ANCHOR: parse
/// The next line, without its end: `\n`, `\r\n`, or that of the log.
#[inline]
fn take_line<'log>(rest: &mut &'log [u8]) -> &'log [u8] {
    let line = take_until(b'\n', rest).unwrap_or_else(|| std::mem::take(rest));
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[inline]
fn parse(line: &[u8]) -> Option<Entry<'_>> {
    let mut rest = line;
    let client = take_until(b' ', &mut rest)?;
    take_until(b' ', &mut rest)?; // RFC 1413's identity, which nobody has
    let user = take_until(b' ', &mut rest)?;
    rest = rest.strip_prefix(b"[")?;
    let time = take_until(b']', &mut rest)?;
    rest = rest.strip_prefix(b" \"")?;
    let request = take_quoted(&mut rest)?;
    rest = rest.strip_prefix(b" ")?;
    let status = number(take_until(b' ', &mut rest)?)?;
    let bytes = take_until(b' ', &mut rest).unwrap_or(rest);
    let bytes = if bytes == b"-" { 0 } else { number(bytes)? };
    Some(Entry { client, user, time, request, status: u16::try_from(status).ok()?, bytes })
}

/// What comes before the first `end`, both of which are taken off `rest`.
#[inline]
fn take_until<'log>(end: u8, rest: &mut &'log [u8]) -> Option<&'log [u8]> {
    let at = memchr(end, rest)?;
    let (before, behind) = rest.split_at(at);
    *rest = &behind[1..];
    Some(before)
}

/// What comes before the closing quotation mark: the first one that has an even number of backslashes before it.
#[inline]
fn take_quoted<'log>(rest: &mut &'log [u8]) -> Option<&'log [u8]> {
    let mut searched = 0;
    loop {
        let at = searched + memchr(b'"', &rest[searched..])?;
        let backslashes = rest[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        if backslashes % 2 == 0 {
            let (before, behind) = rest.split_at(at);
            *rest = &behind[1..];
            return Some(before);
        }
        searched = at + 1;
    }
}

/// Digits, and nothing else: `parse` alone would take a sign.
#[inline]
fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
// ANCHOR_END: parse

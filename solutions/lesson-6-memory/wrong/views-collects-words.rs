//! Each line becomes a vector of words.
//!
//! Rejected by: `a_mapped_log_is_read_in_place`, `reading_allocates_nothing`
//!
//! `collect` asks the allocator for a vector for each line, and `split` looks at one byte at a time. You know in which order
//! the fields come: cut off one after the other with `memchr`, and what is left is the rest of the line.
// ANCHOR: parse
/// The next line, without its end: `\n`, `\r\n`, or that of the log.
#[inline]
fn take_line<'log>(rest: &mut &'log [u8]) -> &'log [u8] {
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (line, behind) = rest.split_at(end);
    *rest = behind.strip_prefix(b"\n").unwrap_or(behind);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[inline]
fn parse(line: &[u8]) -> Option<Entry<'_>> {
    let words: Vec<&[u8]> = line.splitn(4, |byte| *byte == b' ').collect();
    let [client, _, user, rest] = words[..] else { return None };
    let rest = rest.strip_prefix(b"[")?;
    let close = rest.iter().position(|byte| *byte == b']')?;
    let (time, rest) = (&rest[..close], rest[close + 1..].strip_prefix(b" \"")?);
    let mut escaped = false;
    let quote = rest.iter().position(|byte| {
        let is_end = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        is_end
    })?;
    let (request, rest) = (&rest[..quote], rest[quote + 1..].strip_prefix(b" ")?);
    let words: Vec<&[u8]> = rest.split(|byte| *byte == b' ').collect();
    let [status, bytes, ..] = words[..] else { return None };
    let status = u16::try_from(number(status)?).ok()?;
    let bytes = if bytes == b"-" { 0 } else { number(bytes)? };
    Some(Entry { client, user, time, request, status, bytes })
}

/// Digits, and nothing else: `parse` alone would take a sign.
#[inline]
fn number(digits: &[u8]) -> Option<u64> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}
// ANCHOR_END: parse

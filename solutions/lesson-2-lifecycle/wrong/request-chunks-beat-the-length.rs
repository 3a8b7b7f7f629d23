//! Where there are a length and chunks, the chunks count.
//!
//! Rejected by: `a_body_ends_in_one_way_or_not_at_all`, `smuggling::what_could_be_read_in_two_ways_is_refused`
//!
//! RFC 9112 says that they do, and that it "might indicate an attempt" to smuggle. Somebody on the way who knows no chunks
//! has believed the length. Refuse both together.
// ANCHOR: body
match (self.length, self.coding) {
    (_, Some(_)) if version == Version::Http10 => Err(RequestError::Coding),
    (_, Some(Coding { ends: false, .. })) => Err(RequestError::Coding),
    (_, Some(Coding { is_alone: false, .. })) => Err(RequestError::UnknownCoding),
    (_, Some(_)) => Ok(Body::Chunked),
    (length, None) => Ok(Body::Length(length.unwrap_or(0))),
}
// ANCHOR_END: body

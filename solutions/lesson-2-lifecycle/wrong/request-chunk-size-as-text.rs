//! The size of a chunk is whatever `from_str_radix` takes.
//!
//! Rejected by: `chunks::a_chunks_size_is_hexadecimal_digits_that_fit`, `chunks::extensions_end_where_their_line_ends`, `smuggling::what_could_be_read_in_two_ways_is_refused`
//!
//! It takes a plus in front, and you have taken spaces away before. Everybody who reads this body must find the same end of
//! it: digits, at least one, and behind them nothing or a semicolon.
// ANCHOR: size
let text = str::from_utf8(line).map_err(|_| RequestError::Chunk)?;
let digits = text.split(';').next().unwrap_or_default().trim();
u64::from_str_radix(digits, 16).map_err(|_| RequestError::Chunk)
// ANCHOR_END: size

//! Pieces of the same length, to the byte.
//!
//! Rejected by: `however_it_is_cut_the_result_is_the_same`, `pieces_are_summed_up_at_the_same_time`,
//! `pieces_are_whole_lines_and_all_of_the_text`
//!
//! A cut in the middle of a line makes two lines that are none, or worse, two that are: `Oslo;17` becomes `Oslo;1` and `7`. Go
//! on to the end of the line.
// ANCHOR: cut
for left in (1..=pieces).rev() {
    let mut end = rest.len() / left;
    while !rest.is_char_boundary(end) {
        end += 1;
    }
    let (piece, behind) = rest.split_at(end);
    if !piece.is_empty() {
        cut.push(piece);
    }
    rest = behind;
}
// ANCHOR_END: cut

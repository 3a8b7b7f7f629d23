//! A field that stands there twice is read twice, and the last one counts.
//!
//! Rejected by: `a_field_stands_there_once`, `all_faults_come_in_one_answer`
//!
//! Programs differ in which of the two they take. Where the one that checks takes the first and the one that uses takes the
//! last, nobody has checked what is used. Remember what was seen, and refuse the second.
// ANCHOR: field
let field = Place::FIELDS.into_iter().find(|field| field.name() == Some(name));
if field.is_none() {
    self.violations.note_unknown(name);
}
field
// ANCHOR_END: field

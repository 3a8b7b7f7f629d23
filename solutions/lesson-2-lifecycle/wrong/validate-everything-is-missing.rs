//! A document that is no object lacks all fields, too.
//!
//! Rejected by: `what_is_no_object_is_one_fault`
//!
//! To somebody who has sent an array you say that `name` is missing. So it is put in front of the array, and the answer is
//! the same. Where there is no object, that is the fault, and the only one.
// ANCHOR: judge
for field in [Place::Name, Place::Email] {
    if !self.seen[field as usize] {
        self.violations.note(field.name(), format_args!("is missing"));
    }
}
match (self.name, self.email) {
    (Some(name), Some(email)) if self.violations.is_empty() => {
        Ok(User { name, email, age: self.age })
    }
    _ => Err(self.violations.into_problem()),
}
// ANCHOR_END: judge

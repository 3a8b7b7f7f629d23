//! A document on its way to becoming a user: valid values are kept, faults are noted, nothing else remains.

use std::borrow::Cow;
use std::fmt;

use super::problem::{Problem, Violations};
use super::{AGE_MAX, User, rules};

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Document,
    Name,
    Email,
    Age,
}

impl Place {
    const FIELDS: [Self; 3] = [Self::Name, Self::Email, Self::Age];

    /// The field's name, where it is one.
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Document => None,
            Self::Name => Some("name"),
            Self::Email => Some("email"),
            Self::Age => Some("age"),
        }
    }
}

/// What has been read so far.
#[derive(Debug, Default)]
pub(super) struct Record {
    name: Option<String>,
    email: Option<String>,
    age: Option<u8>,
    /// By place: whether there was a value, valid or not.
    seen: [bool; 4],
    violations: Violations,
}

impl Record {
    /// The field of that name, if its value should be read; otherwise it is a fault.
    pub(super) fn field(&mut self, name: &str) -> Option<Place> {
        // ANCHOR: field
        // TASK: find the field; if there is none, or it was seen before, note a fault
        // STEP: for the first there is `note_unknown`; for the second say "stands there more than once"
        let field = Place::FIELDS.into_iter().find(|field| field.name() == Some(name));
        match field {
            None => self.violations.note_unknown(name),
            Some(field) if self.seen[field as usize] => {
                self.violations.note(Some(name), format_args!("stands there more than once"));
                return None;
            }
            Some(_) => {}
        }
        field
        // ANCHOR_END: field
    }

    /// Takes text.
    pub(super) fn text(&mut self, place: Place, text: Cow<'_, str>) {
        self.seen[place as usize] = true;
        let broken = |rule: fmt::Arguments<'_>| self.violations.note(place.name(), rule);
        match place {
            Place::Name => self.name = rules::name(text, broken),
            Place::Email => self.email = rules::email(text, broken),
            Place::Age | Place::Document => self.wrong(place, "text"),
        }
    }

    /// Takes a whole number.
    pub(super) fn integer(&mut self, place: Place, value: i128) {
        self.seen[place as usize] = true;
        match (place, rules::age(value)) {
            (Place::Age, Some(age)) => self.age = Some(age),
            _ => self.wrong(place, format_args!("`{value}`")),
        }
    }

    /// Takes the value that says that there is none, which an age need not have.
    pub(super) fn null(&mut self, place: Place) {
        self.seen[place as usize] = true;
        if place != Place::Age {
            self.wrong(place, "null");
        }
    }

    /// Takes a value that cannot stand there; `what` says what it is.
    pub(super) fn wrong(&mut self, place: Place, what: impl fmt::Display) {
        self.seen[place as usize] = true;
        let mut note = |rule| self.violations.note(place.name(), rule);
        match place {
            Place::Document => note(format_args!("must be an object, and is {what}")),
            Place::Name | Place::Email => note(format_args!("must be text, and is {what}")),
            Place::Age => {
                note(format_args!("must be a whole number from 0 to {AGE_MAX}, and is {what}"));
            }
        }
    }

    /// The user, or all that is wrong.
    pub(super) fn judge(mut self) -> Result<User, Problem> {
        // ANCHOR: judge
        // TASK: note which fields are missing; make the user, if nothing is wrong
        // STEP: "is missing"; but where the document is no object, nobody has left out a field
        for field in [Place::Name, Place::Email] {
            // Where there is no object, it would mislead to say that its fields are missing.
            if !self.seen[field as usize] && !self.seen[Place::Document as usize] {
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
    }
}

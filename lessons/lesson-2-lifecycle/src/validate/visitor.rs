//! Reading a document of any format, to its end.
//!
//! One visitor reads every value, whatever it is and wherever it stands: serde calls the method for the kind of value
//! that the format has found, and the record knows which kind belongs there. The visitor never fails on its own account.
//! A wrong value is read to its end, so that the deserializer stands behind it and reading goes on.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::record::{Place, Record};
use super::skip::Skip;

/// Reads a value, and hands it to the record.
pub(super) struct Value<'r> {
    pub(super) record: &'r mut Record,
    pub(super) place: Place,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.record.text(self.place, Cow::Borrowed(text));
        Ok(())
    }

    fn visit_string<E>(self, text: String) -> Result<(), E> {
        self.record.text(self.place, Cow::Owned(text));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.record.integer(self.place, value.into());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.record.integer(self.place, value.into());
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        // `Debug` writes large numbers with an exponent, and `Display` with up to 309 digits.
        self.wrong(format_args!("`{value:?}`"))
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.wrong(format_args!("`{value}`"))
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<(), E> {
        self.wrong("bytes")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.record.null(self.place);
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        self.deserialize(input)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        Skip::new().deserialize(input)?;
        self.wrong("an extension type")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        Skip::new().visit_seq(items)?;
        self.wrong("an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        if self.place != Place::Document {
            Skip::new().visit_map(members)?;
            return self.wrong("an object");
        }
        let record = self.record;
        while let Some(field) = members.next_key_seed(Name { record })? {
            match field {
                Some(place) => members.next_value_seed(Value { record, place })?,
                None => members.next_value_seed(Skip::new())?,
            }
        }
        Ok(())
    }
}

impl Value<'_> {
    fn wrong<E>(self, what: impl fmt::Display) -> Result<(), E> {
        self.record.wrong(self.place, what);
        Ok(())
    }
}

/// Reads the name of a field: `None` for one whose value is to be skipped.
struct Name<'r> {
    record: &'r mut Record,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<Place>;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Option<Place>, D::Error> {
        input.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<Place>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<Option<Place>, E> {
        Ok(self.record.field(name))
    }
}

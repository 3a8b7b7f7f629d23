//! Reading past a value, of which nothing is kept.
//!
//! `serde::de::IgnoredAny` does the same, as deep as the format lets it. Some formats skip without recursion, as JSON
//! does here; others call the visitor again for each level, and the limit of 1,024 levels that a deserializer of
//! MessagePack has was too much for the two MiB of a thread's stack in a debug build. This visitor counts for itself.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// How deep a skipped value may be nested where skipping takes stack. A user is not nested at all.
const LEVELS_MAX: usize = 32;

/// Reads a value to its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Skip {
    levels_left: usize,
}

impl Skip {
    pub(super) fn new() -> Self {
        Self { levels_left: LEVELS_MAX }
    }

    fn deeper<E: Error>(self) -> Result<Self, E> {
        let levels_left = self.levels_left.checked_sub(1);
        let too_deep = || E::custom(format_args!("nested deeper than {LEVELS_MAX} levels"));
        levels_left.map(|levels_left| Self { levels_left }).ok_or_else(too_deep)
    }
}

impl<'de> DeserializeSeed<'de> for Skip {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_ignored_any(self)
    }
}

impl<'de> Visitor<'de> for Skip {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        self.deeper()?.deserialize(input)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        self.deeper()?.deserialize(input)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let deeper = self.deeper()?;
        while items.next_element_seed(deeper)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let deeper = self.deeper()?;
        while members.next_entry_seed(deeper, deeper)?.is_some() {}
        Ok(())
    }
}

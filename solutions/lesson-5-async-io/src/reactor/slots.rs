//! Things that are found by a number, where a number of the past finds nothing.
//!
//! A vector alone would do, if nothing were ever removed from it. As soon as a place is used again, who still has the old
//! number finds the new tenant. So a [`Key`] has two halves: which place, and which of its tenants. What asks for a tenant
//! that has left is told so.

/// Where a thing is, and which of the things that were ever there it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    index: u32,
    generation: u32,
}

impl Key {
    /// In one word, for what hands on 64 bits and no more, like the kernel.
    #[must_use]
    pub fn to_bits(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.index)
    }

    /// The other way.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        Self { index: bits as u32, generation: (bits >> 32) as u32 }
    }
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    tenant: Option<T>,
}

/// The things.
#[derive(Debug)]
pub struct Slots<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

impl<T> Slots<T> {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts one in the place that became free last.
    #[inline]
    pub fn insert(&mut self, tenant: T) -> Key {
        self.insert_with(|_| tenant)
    }

    /// Puts one there that knows its own key.
    #[inline]
    pub fn insert_with(&mut self, make: impl FnOnce(Key) -> T) -> Key {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, tenant: None });
            u32::try_from(self.slots.len() - 1).expect("there are fewer than four billion")
        });
        let slot = &mut self.slots[index as usize];
        let key = Key { index, generation: slot.generation };
        slot.tenant = Some(make(key));
        key
    }

    /// The thing of this key, if it is still there.
    #[must_use]
    #[inline]
    pub fn get(&self, key: Key) -> Option<&T> {
        let slot = self.slots.get(key.index as usize)?;
        slot.tenant.as_ref().filter(|_| slot.generation == key.generation)
    }

    /// As [`Slots::get`].
    #[inline]
    pub fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let slot = self.slots.get_mut(key.index as usize)?;
        slot.tenant.as_mut().filter(|_| slot.generation == key.generation)
    }

    /// All keys that find something.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        let places = (0..).zip(&self.slots).filter(|(_, slot)| slot.tenant.is_some());
        places.map(|(index, slot)| Key { index, generation: slot.generation })
    }

    /// Takes it out. Its key finds nothing from now on, whoever comes next.
    #[inline]
    pub fn remove(&mut self, key: Key) -> Option<T> {
        let slot = self.slots.get_mut(key.index as usize)?;
        if slot.generation != key.generation {
            return None;
        }
        let tenant = slot.tenant.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(key.index);
        Some(tenant)
    }
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self::new()
    }
}

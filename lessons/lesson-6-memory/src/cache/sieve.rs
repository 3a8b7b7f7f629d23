//! The queue of SIEVE: items in the order in which they came, a mark on those that were asked for, and a hand.
//!
//! ```text
//!   END ─▶ oldest ─▶ marked ─▶ marked ─▶ unmarked ─▶ newest ─▶ END
//!                      ▲ hand: takes off marks on its way, stops at the first without one
//! ```
//!
//! The items lie in the slots of one vector and are linked by number: no pointers, and no allocation for each. The
//! links form a ring through the slot [`END`], which holds no item, so that neither end is a special case. Free
//! slots are chained by the same links.

use std::mem;

/// The number of an item's place. It stays the same while the item is there.
pub(super) type Slot = u32;

/// Between the newest and the oldest.
const END: Slot = 0;

#[derive(Debug)]
pub(super) struct Sieve<T> {
    nodes: Vec<Node<T>>,
    /// The first free slot, or `END`.
    free: Slot,
    /// Whose turn it is. `END` means the oldest, whoever that is when the hand moves.
    hand: Slot,
}

#[derive(Debug)]
struct Node<T> {
    item: Option<T>,
    /// Asked for since the hand last came by.
    visited: bool,
    /// The next in the queue, or in the chain of free slots.
    newer: Slot,
    older: Slot,
}

impl<T> Node<T> {
    const RING_OF_ONE: Self = Self { item: None, visited: false, newer: END, older: END };
}

impl<T> Sieve<T> {
    /// Takes the memory for `items` items.
    pub(super) fn with_capacity(items: usize) -> Self {
        assert!(items < Slot::MAX as usize, "slots are numbered with 32 bits");
        let mut nodes = Vec::with_capacity(items + 1);
        nodes.push(Node::RING_OF_ONE);
        Self { nodes, free: END, hand: END }
    }

    /// Puts `item` behind the newest, without a mark.
    pub(super) fn push(&mut self, item: T) -> Slot {
        let newest = self.node(END).older;
        let node = Node { item: Some(item), visited: false, newer: END, older: newest };
        let slot = self.place(node);
        self.node(newest).newer = slot;
        self.node(END).older = slot;
        slot
    }

    /// Takes an item out. If it was its turn, it is now that of the next newer one.
    pub(super) fn remove(&mut self, slot: Slot) -> T {
        let free = self.free;
        let node = self.node(slot);
        let item = node.item.take().expect("the slot is in use");
        let (newer, older) = (mem::replace(&mut node.newer, free), node.older);
        self.free = slot;
        self.node(older).newer = newer;
        self.node(newer).older = older;
        if self.hand == slot {
            self.hand = newer;
        }
        item
    }

    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.nodes.push(Node::RING_OF_ONE);
        (self.free, self.hand) = (END, END);
    }

    pub(super) fn get(&self, slot: Slot) -> &T {
        self.nodes[slot as usize].item.as_ref().expect("the slot is in use")
    }

    /// Marks an item as asked for.
    pub(super) fn visit(&mut self, slot: Slot) -> &T {
        let node = self.node(slot);
        node.visited = true;
        node.item.as_ref().expect("the slot is in use")
    }

    /// Who came first. There is somebody.
    pub(super) fn oldest(&self) -> Slot {
        self.nodes[END as usize].newer
    }

    /// Moves the hand to the first item without a mark, and takes off the marks on its way. There is an item: after one
    /// round at the latest it has no mark.
    pub(super) fn unwanted(&mut self) -> Slot {
        // `mem::take` takes a mark off, and says whether there was one
        todo!("move the hand until it points at somebody without a mark")
    }

    /// Writes `node` into the slot that was freed last, or into a new one.
    fn place(&mut self, node: Node<T>) -> Slot {
        let slot = self.free;
        if slot == END {
            self.nodes.push(node);
            return (self.nodes.len() - 1) as Slot;
        }
        self.free = self.node(slot).newer;
        *self.node(slot) = node;
        slot
    }

    fn node(&mut self, slot: Slot) -> &mut Node<T> {
        &mut self.nodes[slot as usize]
    }
}

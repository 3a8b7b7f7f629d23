//! The authorities that the client remembers.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use tokio::task::spawn_local;

use super::Shared;
use super::budget::Budget;
use super::connect::{Connect, Dialer};
use super::dns::Resolve;
use super::error::ClientError;
use super::target::{Name, Target};
use crate::pool::Pool;

/// A host and a port: its connections, and its budget, so that one that is down spends nobody else's.
pub(super) struct Authority<R: Resolve, C: Connect> {
    pub(super) pool: Rc<Pool<Dialer<R, C>>>,
    pub(super) budget: Budget,
    /// Greater than that of all that were used before it.
    last_use: Cell<u64>,
}

impl<R: Resolve, C: Connect> Authority<R, C> {
    /// The one that `target` names. If it is new and there is no room, the one used least lately of those that nobody uses
    /// is forgotten.
    pub(super) fn of(shared: &Rc<Shared<R, C>>, target: &Target) -> Result<Rc<Self>, ClientError> {
        let (known, name) = (&shared.authorities, &target.authority);
        let found = known.table.borrow().get(name).map(Rc::clone);
        let authority = match found {
            Some(authority) => authority,
            None => {
                known.make_room(shared.options.authorities_max)?;
                let dialer = Dialer::new(shared, name.clone());
                let pool =
                    Pool::new(dialer, shared.options.pool()).expect("the client has checked");
                spawn_local(Rc::clone(&pool).maintain());
                let budget = Budget::new(shared.options.retries);
                let authority = Rc::new(Self { pool, budget, last_use: Cell::new(0) });
                known.table.borrow_mut().insert(name.clone(), Rc::clone(&authority));
                authority
            }
        };
        known.uses.set(known.uses.get() + 1);
        authority.last_use.set(known.uses.get());
        Ok(authority)
    }

    fn is_idle(&self) -> bool {
        let now = self.pool.statistics();
        now.open == now.idle && now.waiting == 0
    }
}

/// All of them.
pub(super) struct Authorities<R: Resolve, C: Connect> {
    table: RefCell<HashMap<Name, Rc<Authority<R, C>>>>,
    uses: Cell<u64>,
}

impl<R: Resolve, C: Connect> Authorities<R, C> {
    pub(super) fn len(&self) -> usize {
        self.table.borrow().len()
    }

    /// Closes an idle connection, if there is one: of the authority that was used least lately.
    pub(super) fn evict(&self) {
        let idle = |authority: &Rc<Authority<R, C>>| authority.pool.statistics().idle > 0;
        while let Some((_, authority)) = self.least_lately(idle) {
            if authority.pool.evict() {
                return;
            }
        }
    }

    /// Forgets all, and closes what is idle.
    pub(super) fn forget(&self) {
        drop(self.table.take());
    }

    fn make_room(&self, max: usize) -> Result<(), ClientError> {
        if self.len() >= max {
            let idle = |authority: &Rc<Authority<R, C>>| authority.is_idle();
            let (name, authority) = self.least_lately(idle).ok_or(ClientError::Crowded)?;
            // Dropped, and its connections closed, when the borrow has ended.
            self.table.borrow_mut().remove(&name);
            drop(authority);
        }
        Ok(())
    }

    fn least_lately(
        &self,
        which: impl Fn(&Rc<Authority<R, C>>) -> bool,
    ) -> Option<(Name, Rc<Authority<R, C>>)> {
        let table = self.table.borrow();
        let those = table.iter().filter(|(_, authority)| which(authority));
        let least = those.min_by_key(|(_, authority)| authority.last_use.get());
        least.map(|(name, authority)| (name.clone(), Rc::clone(authority)))
    }
}

impl<R: Resolve, C: Connect> Default for Authorities<R, C> {
    fn default() -> Self {
        Self { table: RefCell::default(), uses: Cell::new(0) }
    }
}

//! Goal: transfers in all directions at once end, and money is never anywhere but in an account.
//!
//! Method: locks that write down who has them and who wants them, so that a circle is found at once and named, not guessed
//! from a time limit.
//! Not proven: that no order of events leads to a circle. Some hundreds were tried; that there is none, you must know.

use std::convert::Infallible;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use threads::deadlock::{Bank, TransferError};

const WAIT_MAX: Duration = Duration::from_secs(10);
/// How often each of them does what it does.
const TIMES: usize = 100;
/// How often somebody looks whether there is a circle.
const LOOK: Duration = Duration::from_millis(5);

/// Threads that move pennies, again and again.
struct Tellers {
    bank: Arc<Bank>,
    threads: Vec<JoinHandle<()>>,
    /// Each of them has the other end until it ends.
    alive: Sender<Infallible>,
    ended: Receiver<Infallible>,
}

impl Tellers {
    fn of(bank: &Arc<Bank>) -> Self {
        let (alive, ended) = channel();
        Self { bank: Arc::clone(bank), threads: Vec::new(), alive, ended }
    }

    /// One that moves a penny in this direction, so often.
    fn moving(self, from: usize, to: usize) -> Self {
        // There may be nothing left for the moment.
        self.with(format!("{from} to {to}"), move |bank| {
            bank.transfer(from, to, 1).unwrap_or_default();
        })
    }

    fn with(mut self, name: String, work: impl Fn(&Bank) + Send + 'static) -> Self {
        let (bank, alive) = (Arc::clone(&self.bank), self.alive.clone());
        let teller = move || {
            let _alive = alive;
            (0..TIMES).for_each(|_| work(&bank));
        };
        let thread = thread::Builder::new().name(name);
        self.threads.push(thread.spawn(teller).expect("a thread starts"));
        self
    }

    /// Waits until all have ended, and says who waits for whom if they cannot.
    #[track_caller]
    fn all_end(self) {
        drop(self.alive);
        let limit = Instant::now() + WAIT_MAX;
        while self.ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            if let Some(circle) = self.bank.circle() {
                let waits: Vec<_> = circle.iter().map(ToString::to_string).collect();
                panic!("these threads wait for each other, for ever: {}", waits.join("; "));
            }
            assert!(Instant::now() < limit, "the transfers take longer than {WAIT_MAX:?}");
        }
        // What a teller says is what is wrong.
        for teller in self.threads {
            teller.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    }
}

#[test]
fn money_moves() {
    let bank = Bank::new(&[100, 0]);
    assert_eq!(bank.transfer(0, 1, 30), Ok(()));
    assert_eq!(bank.transfer(1, 0, 31), Err(TransferError::TooLittle));
    assert_eq!(bank.transfer(1, 0, 30), Ok(()));
    assert_eq!(bank.total(), 100);
}

#[test]
fn a_transfer_that_fails_changes_nothing() {
    let bank = Bank::new(&[100, 0]);
    assert_eq!(bank.transfer(0, 1, 101), Err(TransferError::TooLittle));
    assert_eq!(bank.transfer(0, 2, 10), Err(TransferError::NoAccount(2)));
    assert_eq!(bank.transfer(2, 0, 10), Err(TransferError::NoAccount(2)));
    assert_eq!(bank.total(), 100);
    assert_eq!(bank.transfer(0, 1, 100), Ok(()), "it is all there");
}

#[test]
fn an_account_can_pay_itself() {
    let bank = Bank::new(&[100]);
    assert_eq!(bank.transfer(0, 0, 100), Ok(()));
    assert_eq!(bank.transfer(0, 0, 101), Err(TransferError::TooLittle));
}

#[test]
fn opposite_transfers_do_not_wait_for_each_other() {
    let bank = Arc::new(Bank::new(&[1000, 1000]));
    Tellers::of(&bank).moving(0, 1).moving(1, 0).all_end();
    assert_eq!(bank.total(), 2000);
}

#[test]
fn transfers_in_a_circle_do_not_wait_for_each_other() {
    let bank = Arc::new(Bank::new(&[1000; 4]));
    let tellers = Tellers::of(&bank);
    let tellers = (0..4).fold(tellers, |all, from| all.moving(from, (from + 1) % 4));
    tellers.all_end();
    assert_eq!(bank.total(), 4000);
}

#[test]
fn nobody_sees_money_on_the_way() {
    let bank = Arc::new(Bank::new(&[0, 1000]));
    let look = |bank: &Bank| assert_eq!(bank.total(), 1000, "some of the money was nowhere");
    Tellers::of(&bank).with("who looks".to_owned(), look).moving(1, 0).all_end();
}

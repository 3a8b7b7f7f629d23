//! Goal: in any order of events there are never more buffers than the bound, nobody is refused one that is there, and
//! each comes back.
//!
//! Method: loom runs each scene in every order of events that makes a difference. It sees what happens at the lock.
//! Not proven: more threads and more steps than these.

use loom::thread;
use memory::buffers::Buffers;

#[test]
fn of_two_who_take_the_last_one_one_gets_it() {
    loom::model(|| {
        let buffers = Buffers::new(4, 1);
        let others = buffers.clone();
        let other = thread::spawn(move || others.take());
        let (mine, theirs) = (buffers.take(), other.join().expect("it does not panic"));
        let got = usize::from(mine.is_some()) + usize::from(theirs.is_some());
        assert_eq!(got, 1, "how many got the one that there may be");
        drop((mine, theirs));
        assert_eq!((buffers.out(), buffers.idle()), (0, 1), "out and idle, when all are back");
    });
}

#[test]
fn who_takes_while_another_one_gives_back_makes_none_too_many() {
    loom::model(|| {
        let buffers = Buffers::new(4, 1);
        let others = buffers.clone();
        let takes_once = |buffers: &Buffers| buffers.take().is_some();
        let other = thread::spawn(move || takes_once(&others));
        let one_had_it = takes_once(&buffers) | other.join().expect("it does not panic");
        assert!(one_had_it, "who comes first gets it");
        assert_eq!((buffers.out(), buffers.idle()), (0, 1), "out and idle, when all are back");
    });
}

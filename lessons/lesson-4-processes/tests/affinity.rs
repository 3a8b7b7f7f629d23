//! Goal: as many workers as can run at once, each on a processor that it may use.
//!
//! Method: masks and quotas as values and as files; pinning is read back from the kernel.
//! Not proven: that pinning makes anything faster here.

use std::fs;
use std::num::NonZeroUsize;
use std::thread;

use processes::affinity::quota::{parse, smallest};
use processes::affinity::{Pinning, Share, allowed, pin};

fn share(allowed: &[usize], quota: Option<f64>) -> Share {
    Share { allowed: allowed.to_vec(), quota }
}

fn plan(share: &Share, workers: usize, pinning: Pinning) -> Vec<Option<usize>> {
    share.plan(NonZeroUsize::new(workers).unwrap(), pinning).processors
}

#[test]
fn there_are_as_many_workers_as_processors() {
    assert_eq!(share(&[0, 1, 2, 3], None).workers().get(), 4);
    assert_eq!(share(&[5], None).workers().get(), 1);
}

#[test]
fn a_quota_allows_fewer_and_a_fraction_counts_as_one() {
    for (quota, workers) in [(0.1, 1), (1.0, 1), (1.01, 2), (1.5, 2), (2.0, 2), (3.7, 4), (9.0, 4)]
    {
        let share = share(&[0, 1, 2, 3], Some(quota));
        assert_eq!(
            share.workers().get(),
            workers,
            "workers with a quota of {quota} on 4 processors"
        );
    }
}

#[test]
fn each_worker_has_its_own_processor_of_the_mask() {
    let with_holes = share(&[1, 4, 5], None);
    assert_eq!(plan(&with_holes, 3, Pinning::Auto), [Some(1), Some(4), Some(5)]);
    assert_eq!(plan(&with_holes, 2, Pinning::Auto), [Some(1), Some(4)]);
}

#[test]
fn nobody_is_pinned_under_a_quota_unless_it_is_forced() {
    let throttled = share(&[0, 1], Some(1.5));
    assert_eq!(plan(&throttled, 2, Pinning::Auto), [None, None]);
    assert_eq!(plan(&throttled, 2, Pinning::Always), [Some(0), Some(1)]);
}

#[test]
fn more_workers_than_processors_are_not_pinned_unless_it_is_forced() {
    let two = share(&[2, 3], None);
    assert_eq!(plan(&two, 5, Pinning::Auto), [None; 5]);
    assert_eq!(plan(&two, 5, Pinning::Always), [Some(2), Some(3), Some(2), Some(3), Some(2)]);
    assert_eq!(plan(&two, 2, Pinning::Never), [None, None]);
}

#[test]
fn a_quota_is_a_run_time_in_a_period() {
    assert_eq!(parse("150000 100000\n"), Some(1.5));
    assert_eq!(parse("50000 100000\n"), Some(0.5));
    assert_eq!(parse("max 100000\n"), None);
    for broken in ["", "100000", "100000 0", "-1 100000", "a b", "99999999999999999999 100000"] {
        assert_eq!(parse(broken), None, "`{broken}`");
    }
}

#[test]
fn the_smallest_quota_of_all_groups_around_the_process_holds() {
    let mount = tempfile::tempdir().unwrap();
    let quota = |group: &str, content: &str| {
        fs::create_dir_all(mount.path().join(group)).unwrap();
        fs::write(mount.path().join(group).join("cpu.max"), content).unwrap();
    };
    quota("shop", "200000 100000\n");
    quota("shop/api", "max 100000\n");
    quota("shop/api/blue", "300000 100000\n");
    quota("else", "1000 100000\n");
    let of = |membership: &str| smallest(mount.path(), membership);
    assert_eq!(of("0::/shop/api/blue\n"), Some(2.0));
    assert_eq!(of("0::/shop/api\n"), Some(2.0));
    assert_eq!(of("0::/\n"), None);
    assert_eq!(of("1:cpu:/shop\n0::/else\n"), Some(0.01), "version 1's lines stand before it");
    assert_eq!(of("4:cpu:/shop\n"), None, "only version 2 is read");
}

#[test]
fn a_pinned_thread_may_run_nowhere_else() {
    let before = allowed().unwrap();
    let last = *before.last().expect("a thread may run somewhere");
    let seen = thread::spawn(move || {
        pin(last).unwrap();
        let inherited = thread::spawn(|| allowed().unwrap()).join().unwrap();
        (allowed().unwrap(), inherited)
    });
    assert_eq!(
        seen.join().unwrap(),
        (vec![last], vec![last]),
        "the thread, and one that it starts"
    );
    assert_eq!(allowed().unwrap(), before, "other threads stay where they were");
}

#[test]
fn a_processor_that_is_not_there_is_an_error() {
    assert!(pin(1023).is_err() && pin(usize::MAX).is_err());
    let of_this_process = Share::of_this_process().unwrap();
    assert_eq!(of_this_process.allowed, allowed().unwrap());
    assert!(of_this_process.workers().get() <= of_this_process.allowed.len());
}

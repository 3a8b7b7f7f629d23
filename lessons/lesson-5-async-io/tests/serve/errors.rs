//! Errors of `accept(2)`, of which most cannot be had from a kernel when one wants them: here it reports what a test says.

use std::cell::Cell;
use std::ffi::c_int;
use std::net::Ipv4Addr;
use std::time::Duration;

use async_io::serve::{Limits, Server};
use libc::{sockaddr, socklen_t};
use tokio::net::TcpListener;
use tokio::task::yield_now;
use tokio::time::sleep;
use witness::tcp;

use crate::talk::{TestService, alone};

thread_local! {
    /// What `accept4` fails with next, in this thread.
    static NEXT: Cell<Option<c_int>> = const { Cell::new(None) };
}

/// Stands in for the C library's function in this program, also for tokio: fails as a test wants it to, or asks the kernel.
///
/// # Safety
///
/// As `accept4(2)`.
// SAFETY: it has the type of the C library's function, and keeps what that promises.
#[unsafe(no_mangle)]
unsafe extern "C" fn accept4(
    listener: c_int,
    address: *mut sockaddr,
    length: *mut socklen_t,
    flags: c_int,
) -> c_int {
    if let Some(errno) = NEXT.take() {
        // SAFETY: this thread's `errno`, which the C library owns, and lets everybody write.
        unsafe { *libc::__errno_location() = errno };
        return -1;
    }
    // SAFETY: the pointers are the caller's, who vouches for them.
    let accepted = unsafe { libc::syscall(libc::SYS_accept4, listener, address, length, flags) };
    c_int::try_from(accepted).expect("a descriptor, or -1")
}

/// What has become of a loop.
#[derive(Debug, PartialEq)]
struct Became {
    /// The error that it has ended with.
    ended: Option<c_int>,
    opened: u64,
    paused: u64,
}

/// How a loop goes on for which the kernel has `errno` first, and then a connection, when all have had many turns and `time`
/// has passed.
async fn behind(errno: c_int, time: Duration) -> Became {
    let mut became = None;
    alone(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let _client = tcp::connect(listener.local_addr().unwrap()).expect("it connects");
        tcp::until_readable(&listener).expect("the connection waits to be accepted");
        let server = Server::new(TestService::default(), Limits::default());
        NEXT.set(Some(errno));
        let ended = tokio::select! {
            error = server.accept(&listener) => error.raw_os_error(),
            () = pass(time) => None,
        };
        assert!(NEXT.take().is_none(), "nobody has asked the kernel");
        let statistics = server.statistics();
        let (opened, paused) = (statistics.opened, statistics.paused);
        became = Some(Became { ended, opened, paused });
    })
    .await;
    became.expect("it has run")
}

async fn pass(time: Duration) {
    for time in [Duration::ZERO, time] {
        if !time.is_zero() {
            sleep(time).await;
        }
        for _ in 0..50 {
            yield_now().await;
        }
    }
}

/// Longer than it rests.
const SECOND: Duration = Duration::from_secs(1);

/// What `accept(2)` names of the network, the protocol and the firewall, and one that it does not name.
const OF_ONE_CONNECTION: [(c_int, &str); 11] = [
    (libc::ECONNABORTED, "ECONNABORTED"),
    (libc::EPERM, "EPERM"),
    (libc::EPROTO, "EPROTO"),
    (libc::ENOPROTOOPT, "ENOPROTOOPT"),
    (libc::ENETDOWN, "ENETDOWN"),
    (libc::ENETUNREACH, "ENETUNREACH"),
    (libc::EHOSTDOWN, "EHOSTDOWN"),
    (libc::EHOSTUNREACH, "EHOSTUNREACH"),
    (libc::ENONET, "ENONET"),
    (libc::ETIMEDOUT, "ETIMEDOUT"),
    (libc::ECONNRESET, "ECONNRESET"),
];

#[tokio::test(start_paused = true)]
async fn no_error_of_one_connection_ends_the_loop() {
    for (errno, name) in OF_ONE_CONNECTION {
        let Became { ended, opened, .. } = behind(errno, SECOND).await;
        assert_eq!(
            (ended, opened),
            (None, 1),
            "`{name}` is about one connection; how the loop ended, and how many it accepted behind it"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn behind_an_error_of_one_connection_the_next_one_is_accepted_at_once() {
    for (errno, name) in OF_ONE_CONNECTION {
        let became = behind(errno, Duration::ZERO).await;
        assert_eq!(
            became,
            Became { ended: None, opened: 1, paused: 0 },
            "`{name}` says nothing of the next connection, which is there"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_the_system_lacks_passes_and_it_rests_meanwhile() {
    let lacks = [
        (libc::EMFILE, "EMFILE"),
        (libc::ENFILE, "ENFILE"),
        (libc::ENOBUFS, "ENOBUFS"),
        (libc::ENOMEM, "ENOMEM"),
    ];
    for (errno, name) in lacks {
        let became = behind(errno, Duration::ZERO).await;
        let rests = Became { ended: None, opened: 0, paused: 1 };
        assert_eq!(became, rests, "`{name}` is a lack: it rests before it asks again");
        let became = behind(errno, SECOND).await;
        assert_eq!(became, Became { opened: 1, ..rests }, "the lack, `{name}`, has passed");
    }
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_is_none_ends_the_loop() {
    let lasting = [
        (libc::EBADF, "EBADF"),
        (libc::EINVAL, "EINVAL"),
        (libc::ENOTSOCK, "ENOTSOCK"),
        (libc::EOPNOTSUPP, "EOPNOTSUPP"),
    ];
    for (errno, name) in lasting {
        let became = behind(errno, SECOND).await;
        let ended = Became { ended: Some(errno), opened: 0, paused: 0 };
        assert_eq!(became, ended, "`{name}` says that there is no such listener");
    }
}

//! A server that ends.

use std::rc::Rc;
use std::time::Duration;

use async_io::drain::{Patience, drain};
use async_io::serve::{Limits, SWEEP};
use tokio::task::spawn_local;
use tokio::time::sleep;

use crate::GET;
use crate::talk::{Peer, alone, server};

#[tokio::test(start_paused = true)]
async fn a_drain_answers_what_has_begun_and_says_so() {
    alone(async {
        let (server, service) = server(Limits::default());
        let (mut busy, mut half, mut idle) =
            (Peer::of(&server), Peer::of(&server), Peer::of(&server));
        busy.send("GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
        half.send("GET / HTTP/1.1\r\n").await;
        idle.send(GET).await;
        idle.answer().await;
        sleep(Duration::from_millis(10)).await;
        assert_eq!((server.open(), server.busy()), (3, 2));
        let draining = Rc::clone(&server);
        let drained = spawn_local(async move { drain(&*draining, Patience::default()).await });
        sleep(Duration::from_millis(400)).await;
        idle.send(GET).await;
        half.send("host: x\r\n\r\n").await;
        for peer in [&mut idle, &mut half] {
            let answer = peer.rest().await;
            assert!(answer.contains("connection: close") && answer.ends_with("hello"), "{answer}");
        }
        sleep(Duration::from_secs(5)).await;
        service.go_on.notify_one();
        assert!(busy.rest().await.ends_with("waited"));
        let drained = drained.await.unwrap();
        assert_eq!((drained.open, drained.cut), (3, 0));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_does_not_wait_for_half_a_request_for_ever() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut half = Peer::of(&server);
        half.send("GET / HTTP/1.1\r\n").await;
        let drained = drain(&*server, Patience::default()).await;
        assert_eq!((drained.open, drained.cut, server.open()), (1, 0, 0));
        let looks = 2 * SWEEP + Patience::default().quiet / 4;
        let head = Limits::default().head;
        assert!((head..=head + looks).contains(&drained.took), "{drained:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_just_as_its_connection_is_closed_is_answered() {
    alone(async {
        let quiet = Patience::default().quiet;
        let (server, _) = server(Limits::default());
        let mut peers: Vec<_> = (0..10).map(|_| Peer::of(&server)).collect();
        for peer in &mut peers {
            peer.send(GET).await;
            peer.answer().await;
        }
        // Both wait for the same moment: the end of the quiet time.
        let sending = sleep(quiet);
        let draining = Rc::clone(&server);
        let drained = spawn_local(async move { drain(&*draining, Patience::default()).await });
        sending.await;
        for peer in &mut peers {
            peer.send(GET).await;
        }
        for peer in &mut peers {
            let answer = peer.rest().await;
            assert!(answer.ends_with("hello"), "`{answer}`");
        }
        assert_eq!(drained.await.unwrap().cut, 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_cuts_off_at_its_deadline() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut stuck = Peer::of(&server);
        stuck.send("GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
        sleep(Duration::from_millis(10)).await;
        let drained = drain(&*server, Patience::default()).await;
        assert_eq!((drained.cut, drained.took), (1, Duration::from_secs(30)));
        assert_eq!(stuck.rest().await, "");
    })
    .await;
}

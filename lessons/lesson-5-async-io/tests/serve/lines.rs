//! Heads that two programs may read in two ways.

use std::time::Duration;

use async_io::serve::Limits;
use tokio::time::sleep;

use crate::talk::{Peer, alone, server};
use crate::{GET, LAST};

/// A body whose end is a line.
const CHUNKED: &str =
    "POST / HTTP/1.1\r\nhost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
/// Digits that say nothing.
const ZEROS: &str = "000000000000000000000000000000";

#[tokio::test(start_paused = true)]
async fn behind_what_may_be_read_in_two_ways_the_connection_ends() {
    alone(async {
        let (server, _) = server(Limits::default());
        // The pieces, how many answers come, and whether the connection ends behind them.
        let cases: [(&[&str], usize, bool); 16] = [
            (&[GET, GET], 2, false),
            (&["GET / HTTP/1.1\nhost: x\r\n\r\n"], 1, true),
            (&["GET / HTTP/1.1\r\nhost: x\r\ny: z\n\n"], 1, true),
            (&["GET / HTTP/1.1\r", "\nhost: x\r\n\r\n"], 1, false),
            (&["GET / HTTP/1.1", "\nhost: x\r\n\r\n"], 1, true),
            (&[&[GET, "GET / HTTP/1.1\nhost: x\r\n\r\n"].concat()], 1, true),
            // The lines of a body end as they like, however it comes.
            (&["POST / HTTP/1.1\r\nhost: x\r\nContent-Length: 2\r\n\r\n\n\n"], 1, false),
            (&["POST / HTTP/1.1\r\nhost: x\r\nContent-Length: 2\r\n", "\r\n\n\n"], 1, false),
            (&["POST / HTTP/1.1\r\nhost: x\r\nContent-Le", "ngth: 2\r\n\r\n\n\n"], 1, false),
            (&["POST / HTTP/1.1\r\nhost: x\r\nContent-Length: 0\r\ny: z\n\n"], 1, true),
            (&["POST / HTTP/1.1\r\nhost: x\r\nContent-Length: 2\r\ny: z\n\nab"], 1, true),
            (
                &[
                    "POST / HTTP/1.1\r\nhost: x\r\nContent-Length: 2\r\n\r\nab",
                    "GET / HTTP/1.1\nhost: x\r\n\r\n",
                ],
                2,
                true,
            ),
            // What comes together with the end of a body is a head again.
            (
                &["POST / HTTP/1.1\r\nhost: x\r\nContent-Length: 2\r\n\r\nabGET / HTTP/1.1\n\n"],
                1,
                true,
            ),
            (
                &["POST / HTTP/1.1\r\nhost: x\r\nContent-Length: 2\r\n\r\na", &["b", GET].concat()],
                2,
                false,
            ),
            // A length that did not all find room is none.
            (
                &["POST / HTTP/1.1\r\nhost: x\r\nContent-Length: 000000000", ZEROS, "2\r\n\r\nab"],
                1,
                true,
            ),
            (&[CHUNKED, GET], 1, true),
        ];
        for (pieces, answers, ends) in cases {
            let mut peer = Peer::of(&server);
            for piece in pieces {
                peer.send(piece).await;
                sleep(Duration::from_millis(10)).await;
            }
            if ends {
                let text = peer.rest().await;
                assert!(text.contains("connection: close"), "{pieces:?}: {text}");
                assert_eq!(text.matches("HTTP/1.1 200").count(), answers, "{pieces:?}: {text}");
            } else {
                peer.send(LAST).await;
                let text = peer.rest().await;
                assert_eq!(text.matches("HTTP/1.1 200").count(), answers + 1, "{pieces:?}: {text}");
            }
        }
    })
    .await;
}

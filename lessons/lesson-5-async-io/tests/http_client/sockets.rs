//! Real sockets.

use std::cell::Cell;
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::rc::Rc;

use async_io::http_client::{Client, ClientError, Options, Request, System};
use hyper::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::spawn_local;
use tokio::time::timeout;
use witness::rendezvous::WAIT_MAX;

use crate::town::{alone, text};

/// A server that counts its connections, and ends a connection after so many answers without a word.
async fn server(answers: usize) -> (u16, Rc<Cell<usize>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let accepted = Rc::<Cell<usize>>::default();
    let count = Rc::clone(&accepted);
    spawn_local(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            count.set(count.get() + 1);
            spawn_local(async move {
                for _ in 0..answers {
                    let mut bytes = [0; 4096];
                    // A small request comes at once.
                    if stream.read(&mut bytes).await.unwrap_or(0) == 0 {
                        return;
                    }
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
                    stream.write_all(answer).await.unwrap();
                }
            });
        }
    });
    (port, accepted)
}

async fn get(client: &Client, url: &str) -> Result<String, ClientError> {
    let request = Request::new(Method::GET, url)?;
    let answer = timeout(WAIT_MAX, client.send(request)).await.expect("in time")?;
    Ok(text(Ok(answer)))
}

#[tokio::test]
async fn a_hundred_requests_need_one_connection() {
    alone(async {
        let (port, accepted) = server(usize::MAX).await;
        let client = Client::new(Options::default(), System).unwrap();
        for _ in 0..100 {
            assert_eq!(get(&client, &format!("http://127.0.0.1:{port}/")).await.unwrap(), "hello");
        }
        assert_eq!(accepted.get(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_closes_without_a_word_is_not_noticed() {
    alone(async {
        let (port, accepted) = server(1).await;
        let client = Client::new(Options::default(), System).unwrap();
        for _ in 0..20 {
            assert_eq!(get(&client, &format!("http://127.0.0.1:{port}/")).await.unwrap(), "hello");
        }
        assert!(accepted.get() >= 20);
    })
    .await;
}

#[tokio::test]
async fn the_system_s_resolver_knows_this_machine() {
    alone(async {
        let (port, _) = server(1).await;
        let client = Client::new(Options::default(), System).unwrap();
        // It may be ::1 first, where nobody listens: then the next one is tried.
        assert_eq!(get(&client, &format!("http://localhost:{port}/")).await.unwrap(), "hello");
    })
    .await;
}

#[tokio::test]
async fn where_nobody_listens_is_said() {
    alone(async {
        // Bound, so that nobody else gets the port, and not listening.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = socket.local_addr().unwrap();
        let client = Client::new(Options::default(), System).unwrap();
        match get(&client, &format!("http://{address}/")).await {
            Err(ClientError::Connect { address: tried, cause }) => {
                assert_eq!((tried, cause.kind()), (address, ErrorKind::ConnectionRefused));
            }
            other => panic!("{other:?}"),
        }
    })
    .await;
}

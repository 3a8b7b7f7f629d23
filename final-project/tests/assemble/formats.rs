//! The same user in each format.

use prost::Message;
use serde_json::{Value, json};

use crate::house::Server;

/// The messages as the API's description numbers them, written down once more.
#[derive(Clone, PartialEq, Message)]
struct UserMessage {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    email: String,
    #[prost(uint32, optional, tag = "4")]
    age: Option<u32>,
    #[prost(uint64, tag = "5")]
    version: u64,
}

#[derive(Clone, PartialEq, Message)]
struct NewUserMessage {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    email: String,
    #[prost(int32, optional, tag = "3")]
    age: Option<i32>,
}

#[test]
fn the_same_user_comes_and_goes_in_each_format() {
    let server = Server::start(&[]);
    let mut client = server.client();
    let formats = ["application/json", "application/msgpack", "application/protobuf"];
    for (number, sent) in formats.iter().enumerate() {
        let email = format!("{number}@example.org");
        let user = json!({"name": "Ada", "email": email, "age": 36});
        let body = match number {
            0 => user.to_string().into_bytes(),
            1 => rmp_serde::to_vec_named(&user).unwrap(),
            _ => NewUserMessage { name: "Ada".into(), email: email.clone(), age: Some(36) }
                .encode_to_vec(),
        };
        let content_type = format!("content-type: {sent}");
        let created = client.ask("POST", "/users", &[&content_type], &body);
        assert_eq!(
            (created.status, created.header("content-type")),
            (201, Some(formats[0])),
            "{sent}"
        );
        let id = number as u64 + 1;
        for (other, wanted) in formats.iter().enumerate() {
            let accept = format!("accept: {wanted}");
            let got = client.ask("GET", &format!("/users/{id}"), &[&accept], b"");
            assert_eq!(got.header("content-type"), Some(*wanted));
            assert_eq!(got.header("vary"), Some("accept"));
            let (name, got_email, age) = match other {
                0 | 1 => {
                    let value: Value = if other == 0 {
                        got.json()
                    } else {
                        rmp_serde::from_slice(&got.body).unwrap()
                    };
                    (value["name"].clone(), value["email"].clone(), value["age"].clone())
                }
                _ => {
                    let message = UserMessage::decode(&got.body[..]).unwrap();
                    assert_eq!((message.id, message.version), (id, 1));
                    (message.name.into(), message.email.into(), message.age.into())
                }
            };
            assert_eq!(
                (name, got_email, age),
                (json!("Ada"), json!(email), json!(36)),
                "{sent} as {wanted}"
            );
        }
    }
}

#[test]
fn what_is_no_document_in_its_format_is_refused() {
    let server = Server::start(&[]);
    let mut client = server.client();
    for (format, body) in [
        ("application/json", &b"{\"name\":\"Ada\"} {}"[..]),
        ("application/msgpack", b"\xc1"),
        ("application/msgpack", b"\x83\xa4name\xa3Ada\xa5email\xa5a@b.c\xa3age\x01 and more"),
        ("application/protobuf", b"\x0a\xff"),
    ] {
        let content_type = format!("content-type: {format}");
        let answer = client.ask("POST", "/users", &[&content_type], body);
        assert_eq!(answer.status, 400, "{format} {body:?}: {}", answer.text());
    }
}

//! Secrets: where the services are that the server uses, with their passwords, and what shows who may look at it.

use hyper::Method;
use redis::IntoConnectionInfo as _;
use solution_5_async_io::http_client::Request;
use tokio_postgres::config::SslMode;

use super::Value;

/// What is said of a secret, or of an address that is none: where its password would be, nobody knows.
const SECRET: &str = "(not shown: it may be a secret, or have one in it)";

/// The address of a PostgreSQL database, perhaps with a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

/// The address of a Redis server, perhaps with a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisUrl(String);

/// Where something is sent, perhaps with a secret in its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl(String);

impl HttpUrl {
    /// As the client understands it.
    #[must_use]
    pub fn get(&self) -> &str {
        &self.0
    }
}

impl Value for HttpUrl {
    fn read(text: &str) -> Option<Self> {
        Request::new(Method::POST, text).ok().map(|_| Self(text.to_owned()))
    }

    fn write(&self) -> String {
        self.0.clone()
    }

    fn allowed() -> String {
        "a URL without TLS, such as `http://127.0.0.1:4318/v1/traces`".to_owned()
    }

    fn shown(_: &str) -> String {
        SECRET.to_owned()
    }
}

/// What shows that somebody may look at the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// As it is shown.
    #[must_use]
    pub fn get(&self) -> &str {
        &self.0
    }
}

impl Value for Token {
    fn read(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte);
        let is_one = (16..=200).contains(&text.len()) && text.bytes().all(allowed);
        is_one.then(|| Self(text.to_owned()))
    }

    fn write(&self) -> String {
        self.0.clone()
    }

    fn allowed() -> String {
        "16 to 200 letters, digits, `-`, `_`, `.`, `~`, `+`, `/` or `=`".to_owned()
    }

    fn shown(_: &str) -> String {
        SECRET.to_owned()
    }
}

impl PostgresUrl {
    /// As the client's library understands it.
    ///
    /// # Panics
    ///
    /// Never: it has been read before.
    #[must_use]
    pub fn config(&self) -> tokio_postgres::Config {
        self.0.parse().expect("it has been read")
    }
}

impl RedisUrl {
    /// As the client's library understands it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0
    }
}

impl Value for PostgresUrl {
    fn read(text: &str) -> Option<Self> {
        let scheme = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        let config: tokio_postgres::Config = text.parse().ok().filter(|_| scheme)?;
        let plain = config.get_ssl_mode() != SslMode::Require && !text.contains(char::is_control);
        plain.then(|| Self(text.to_owned()))
    }

    fn write(&self) -> String {
        self.0.clone()
    }

    fn allowed() -> String {
        "a URL without TLS, such as `postgres://user:password@127.0.0.1:5432/users`".to_owned()
    }

    fn shown(_: &str) -> String {
        SECRET.to_owned()
    }
}

impl Value for RedisUrl {
    fn read(text: &str) -> Option<Self> {
        let plain = text.starts_with("redis://") && !text.contains(char::is_control);
        (plain && text.into_connection_info().is_ok()).then(|| Self(text.to_owned()))
    }

    fn write(&self) -> String {
        self.0.clone()
    }

    fn allowed() -> String {
        "a URL without TLS, such as `redis://user:password@127.0.0.1:6379/0`".to_owned()
    }

    fn shown(_: &str) -> String {
        SECRET.to_owned()
    }
}

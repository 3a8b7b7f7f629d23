//! Where the services are that the server uses.

use redis::IntoConnectionInfo as _;
use tokio_postgres::config::SslMode;

use super::Value;

/// The address of a PostgreSQL database, perhaps with a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

/// The address of a Redis server, perhaps with a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisUrl(String);

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

    fn shown(text: &str) -> String {
        without_password(text)
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

    fn shown(text: &str) -> String {
        without_password(text)
    }
}

/// A URL as it may be told to anybody.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let Some((user, host)) = rest.rsplit_once('@') else { return text.to_owned() };
    let user = user.split_once(':').map_or(user, |(user, _)| user);
    format!("{scheme}://{user}:…@{host}")
}

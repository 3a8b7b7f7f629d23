//! Settings about who connects.

use std::net::IpAddr;

use ipnet::IpNet;

use super::Value;

/// Networks: `10.0.0.0/8,192.0.2.1,::1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Whether the address is in one of them.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl Value for Networks {
    fn read(text: &str) -> Option<Self> {
        if text == "none" {
            return Some(Self(Vec::new()));
        }
        let network =
            |part: &str| part.parse().ok().or_else(|| Some(part.parse::<IpAddr>().ok()?.into()));
        text.split(',').map(|part| network(part.trim())).collect::<Option<_>>().map(Self)
    }

    fn write(&self) -> String {
        if self.0.is_empty() { "none".to_owned() } else { joined(&self.0) }
    }

    fn allowed() -> String {
        "`none`, or addresses and networks, such as `10.0.0.0/8,192.0.2.1,::1`".to_owned()
    }
}

/// Names by which clients may call the server: `api.example.org,www.example.org`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// Whether any name will do.
    #[must_use]
    pub fn are_any(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a client may say `host`, in lower case and without a port.
    #[must_use]
    pub fn contain(&self, host: &str) -> bool {
        self.0.iter().any(|known| known == host)
    }
}

impl Value for Hosts {
    fn read(text: &str) -> Option<Self> {
        if text == "any" {
            return Some(Self(Vec::new()));
        }
        let is_name = |name: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
            !name.is_empty() && name.bytes().all(allowed)
        };
        let name = |part: &str| Some(part.trim().to_ascii_lowercase()).filter(|name| is_name(name));
        text.split(',').map(name).collect::<Option<_>>().map(Self)
    }

    fn write(&self) -> String {
        if self.0.is_empty() { "any".to_owned() } else { self.0.join(",") }
    }

    fn allowed() -> String {
        "`any`, or names without ports, such as `api.example.org,www.example.org`".to_owned()
    }
}

fn joined(values: &[impl ToString]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

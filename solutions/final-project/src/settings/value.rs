//! What a setting can be, and how it is written.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use solution_4_processes::affinity::Pinning;

/// A setting's type.
pub trait Value: Sized {
    /// The value that `text` stands for, if it stands for one that is allowed.
    fn read(text: &str) -> Option<Self>;
    /// What `read` understands as this value.
    fn write(&self) -> String;
    /// What is allowed, in words.
    fn allowed() -> String;
    /// A text that was meant to be one, without what nobody may see.
    fn shown(text: &str) -> String {
        text.to_owned()
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count<const MIN: usize, const MAX: usize>(usize);

impl<const MIN: usize, const MAX: usize> Count<MIN, MAX> {
    /// The number.
    #[must_use]
    pub fn get(self) -> usize {
        self.0
    }
}

impl<const MIN: usize, const MAX: usize> Value for Count<MIN, MAX> {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|count| (MIN..=MAX).contains(count)).map(Self)
    }

    fn write(&self) -> String {
        self.0.to_string()
    }

    fn allowed() -> String {
        format!("a whole number from {MIN} to {MAX}")
    }
}

/// So many bytes: `512`, `16k`, `4m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes<const MIN: usize, const MAX: usize>(usize);

impl<const MIN: usize, const MAX: usize> Bytes<MIN, MAX> {
    /// The number of bytes.
    #[must_use]
    pub fn get(self) -> usize {
        self.0
    }
}

impl<const MIN: usize, const MAX: usize> Value for Bytes<MIN, MAX> {
    fn read(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let unit = match &text[digits.len()..] {
            "" => 1,
            "k" => 1 << 10,
            "m" => 1 << 20,
            _ => return None,
        };
        let bytes = digits.parse::<usize>().ok()?.checked_mul(unit)?;
        (MIN..=MAX).contains(&bytes).then_some(Self(bytes))
    }

    fn write(&self) -> String {
        self.0.to_string()
    }

    fn allowed() -> String {
        format!("bytes from {MIN} to {MAX}, such as `512`, `16k`, `4m`")
    }
}

/// A time from `MIN` to `MAX` milliseconds: `250ms`, `30s`, `5m`, `1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time<const MIN: u64, const MAX: u64>(Duration);

impl<const MIN: u64, const MAX: u64> Time<MIN, MAX> {
    /// The time.
    #[must_use]
    pub fn get(self) -> Duration {
        self.0
    }
}

impl<const MIN: u64, const MAX: u64> Value for Time<MIN, MAX> {
    fn read(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let unit = match &text[digits.len()..] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        let milliseconds = digits.parse::<u64>().ok()?.checked_mul(unit)?;
        let allowed = (MIN..=MAX).contains(&milliseconds);
        allowed.then(|| Self(Duration::from_millis(milliseconds)))
    }

    fn write(&self) -> String {
        format!("{}ms", self.0.as_millis())
    }

    fn allowed() -> String {
        let (min, max) = (Duration::from_millis(MIN), Duration::from_millis(MAX));
        format!("a time from {min:?} to {max:?}, such as `250ms`, `30s`, `5m`, `1h`")
    }
}

/// How often something may happen: `100/s`, `6000/m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How often.
    pub count: u64,
    /// In which time.
    pub period: Duration,
}

/// More often than once in a microsecond is no limit.
const RATE_MAX: u64 = 1_000_000;

impl Value for Rate {
    fn read(text: &str) -> Option<Self> {
        let (count, unit) = text.split_once('/')?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return None,
        };
        let count = count.parse().ok().filter(|count| (1..=RATE_MAX * seconds).contains(count))?;
        Some(Self { count, period: Duration::from_secs(seconds) })
    }

    fn write(&self) -> String {
        let unit = match self.period.as_secs() {
            1 => "s",
            60 => "m",
            _ => "h",
        };
        format!("{}/{unit}", self.count)
    }

    fn allowed() -> String {
        format!("a rate up to `{RATE_MAX}/s`, such as `100/s`, `6000/m`, `1000/h`")
    }
}

/// Where a limit is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In this server's shared memory, for all its workers.
    Host,
    /// In Redis, for all servers that use it.
    Redis,
}

/// How lines of the log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnOff(pub bool);

/// How much of a server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Everything.
    Production,
    /// Only what answers.
    Bare,
}

/// A value that is one of a few words.
macro_rules! words {
    ($type:ty: $($word:literal = $value:pat => $make:expr),+) => {
        impl Value for $type {
            fn read(text: &str) -> Option<Self> {
                match text {
                    $($word => Some($make),)+
                    _ => None,
                }
            }

            fn write(&self) -> String {
                match self {
                    $($value => $word.to_owned(),)+
                }
            }

            fn allowed() -> String {
                [$(concat!("`", $word, "`")),+].join(" or ")
            }
        }
    };
}

words!(LogFormat: "text" = LogFormat::Text => LogFormat::Text, "json" = LogFormat::Json => LogFormat::Json);
words!(OnOff: "on" = OnOff(true) => OnOff(true), "off" = OnOff(false) => OnOff(false));
words!(Profile: "production" = Profile::Production => Profile::Production, "bare" = Profile::Bare => Profile::Bare);
words!(Scope: "host" = Scope::Host => Scope::Host, "redis" = Scope::Redis => Scope::Redis);
words!(Pinning: "auto" = Pinning::Auto => Pinning::Auto, "always" = Pinning::Always => Pinning::Always, "never" = Pinning::Never => Pinning::Never);

impl Value for SocketAddr {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn write(&self) -> String {
        self.to_string()
    }

    fn allowed() -> String {
        "an address and a port, such as `127.0.0.1:8080`, `0.0.0.0:8080`, `[::]:8080`".to_owned()
    }
}

impl Value for PathBuf {
    fn read(text: &str) -> Option<Self> {
        // Settings go to the workers line by line.
        let plain = !text.is_empty() && !text.contains(char::is_control);
        plain.then(|| Self::from(text))
    }

    fn write(&self) -> String {
        self.to_str().expect("it was read from text").to_owned()
    }

    fn allowed() -> String {
        "a path without control characters".to_owned()
    }
}

/// A share, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio(pub f64);

impl Value for Ratio {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).map(Self)
    }

    fn write(&self) -> String {
        self.0.to_string()
    }

    fn allowed() -> String {
        "a number from 0 to 1, such as `0.01`".to_owned()
    }
}

/// A name among others of its kind: letters, digits, `-`, `_`, `:`, `.`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// The name.
    #[must_use]
    pub fn get(&self) -> &str {
        &self.0
    }
}

impl Value for Name {
    fn read(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte);
        let is_name = (1..=100).contains(&text.len()) && text.bytes().all(allowed);
        is_name.then(|| Self(text.to_owned()))
    }

    fn write(&self) -> String {
        self.0.clone()
    }

    fn allowed() -> String {
        "1 to 100 letters, digits, `-`, `_`, `:` or `.`".to_owned()
    }
}

impl<V: Value> Value for Option<V> {
    fn read(text: &str) -> Option<Self> {
        if text == "auto" { Some(None) } else { V::read(text).map(Some) }
    }

    fn write(&self) -> String {
        self.as_ref().map_or_else(|| "auto".to_owned(), V::write)
    }

    fn allowed() -> String {
        format!("`auto` or {}", V::allowed())
    }

    fn shown(text: &str) -> String {
        V::shown(text)
    }
}

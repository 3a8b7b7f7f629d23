//! Where settings come from.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::{KEYS, Key, Settings};

/// What the command line says.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The settings, from all sources.
    pub settings: Settings,
    /// What they were read from, to be read again.
    pub arguments: Vec<OsString>,
}

/// Why there are no settings.
#[derive(Debug)]
pub enum SettingsError {
    /// The command line: the message is complete, and may be the help that was asked for.
    Usage(clap::Error),
    /// The file cannot be read.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The file is no TOML.
    Toml {
        /// Which.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        cause: Box<toml::de::Error>,
    },
    /// The file has a key that is none.
    Unknown {
        /// Which file.
        path: PathBuf,
        /// Which key.
        key: String,
    },
    /// The environment has a variable that is none of them.
    UnknownVariable(String),
    /// A value is not allowed.
    Value {
        /// The setting.
        key: &'static str,
        /// Where the value came from.
        source: String,
        /// The value.
        value: String,
        /// What is allowed.
        allowed: String,
    },
}

/// Reads all sources.
///
/// # Errors
///
/// [`SettingsError`] for the first thing that is wrong.
pub fn read(arguments: Vec<OsString>) -> Result<Invocation, SettingsError> {
    check_environment()?;
    let matches = command().try_get_matches_from(&arguments).map_err(SettingsError::Usage)?;
    let file = matches.get_one::<String>("config").map(PathBuf::from);
    let table = file.as_deref().map(read_file).transpose()?.unwrap_or_default();
    let mut settings = Settings::default();
    for key in KEYS {
        if let Some((value, source)) = value_of(key, &matches, &table, file.as_deref())
            && !settings.set(key.name, &value)
        {
            let (value, allowed) = ((key.shown)(&value), (key.allowed)());
            return Err(SettingsError::Value { key: key.name, source, value, allowed });
        }
    }
    Ok(Invocation { settings, arguments })
}

/// The settings that [`Settings::to_text`] has written, for a worker.
#[must_use]
pub fn from_text(text: &str) -> Option<Settings> {
    let mut settings = Settings::default();
    let all_set = text
        .lines()
        .all(|line| line.split_once('=').is_some_and(|(name, value)| settings.set(name, value)));
    all_set.then_some(settings)
}

impl Settings {
    /// As text, a line each.
    #[must_use]
    pub fn to_text(&self) -> String {
        let lines = self.values().into_iter().map(|(name, value)| format!("{name}={value}\n"));
        lines.collect()
    }
}

/// The value that counts, and where it came from.
fn value_of(
    key: &Key,
    matches: &ArgMatches,
    table: &toml::Table,
    file: Option<&Path>,
) -> Option<(String, String)> {
    let given = matches.get_one::<String>(key.name).cloned();
    let source = match matches.value_source(key.name) {
        Some(ValueSource::CommandLine) => format!("the option --{}", dashed(key.name)),
        Some(ValueSource::EnvVariable) => format!("the variable {}", variable(key.name)),
        _ => {
            let value = match table.get(key.name)? {
                toml::Value::String(text) => text.clone(),
                toml::Value::Boolean(true) => "on".to_owned(),
                toml::Value::Boolean(false) => "off".to_owned(),
                toml::Value::Integer(number) => number.to_string(),
                // Not allowed for any setting, which is said with what is.
                other => format!("{other:?}"),
            };
            return Some((value, format!("the file {}", file?.display())));
        }
    };
    Some((given?, source))
}

/// A variable that looks like a setting and is none was meant to be one.
fn check_environment() -> Result<(), SettingsError> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let known = |name: &str| {
        name == "API_SERVER_CONFIG" || KEYS.iter().any(|key| variable(key.name) == name)
    };
    match names.into_iter().find(|name| name.starts_with("API_SERVER_") && !known(name)) {
        Some(name) => Err(SettingsError::UnknownVariable(name)),
        None => Ok(()),
    }
}

fn read_file(path: &Path) -> Result<toml::Table, SettingsError> {
    let text = fs::read_to_string(path)
        .map_err(|cause| SettingsError::File { path: path.to_owned(), cause })?;
    let table: toml::Table = toml::from_str(&text).map_err(|cause| {
        let before = cause.span().map_or(0, |span| span.start.min(text.len()));
        let line = 1 + text.as_bytes()[..before].iter().filter(|&&byte| byte == b'\n').count();
        SettingsError::Toml { path: path.to_owned(), line, cause: Box::new(cause) }
    })?;
    match table.keys().find(|name| !KEYS.iter().any(|key| key.name == *name)) {
        Some(key) => Err(SettingsError::Unknown { path: path.to_owned(), key: key.clone() }),
        None => Ok(table),
    }
}

fn dashed(name: &str) -> String {
    name.replace('_', "-")
}

/// The services' addresses have the names that platforms give them.
fn variable(name: &str) -> String {
    let name = name.to_uppercase();
    if name.ends_with("_URL") { name } else { format!("API_SERVER_{name}") }
}

fn command() -> Command {
    let arguments = KEYS.iter().map(|key| {
        let help = format!("{} [default: {}; {}]", key.about.trim(), key.default, (key.allowed)());
        let argument = Arg::new(key.name).long(dashed(key.name)).env(variable(key.name));
        argument.value_name("VALUE").help(help).hide_env_values(true).next_line_help(true)
    });
    let config = Arg::new("config").long("config").env("API_SERVER_CONFIG").value_name("FILE");
    Command::new("api-server")
        .version(concat!(env!("CARGO_PKG_VERSION"), " (", env!("CARGO_PKG_NAME"), ")"))
        .about("A pre-forked, asynchronous API server")
        .after_help(SIGNALS_AND_STATUSES)
        .arg(
            config
                .help("A TOML file with these settings, their names with `_` in the place of `-`"),
        )
        .args(arguments)
}

const SIGNALS_AND_STATUSES: &str = "\
Instead of a server:
  api-server alerts       prints the alert rules for Prometheus
  api-server dashboard    prints the dashboard for Grafana
  api-server check-host   shows whether this machine is set up for the server (0: it is, 1: it is not; `--help`)
  api-server probe [URL]  asks a server whether it is well (0: it is, 1: it is not, or does not answer in 2 s);
                          by default http://127.0.0.1:8080/health

Signals to the master:
  SIGTERM, SIGINT  finish what has begun, then end; again, a second later: end now
  SIGHUP           read the settings again and replace the workers, one after the other
  SIGUSR1          open the log file again

Exit status:
  0  ended as asked, every request was answered
  1  ended as asked, but requests were cut off at the deadline
  2  a setting is wrong
  3  a worker failed again and again
  4  the server could not start: an address is taken, the database cannot be opened";

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(error) => write!(f, "{error}"),
            Self::File { path, .. } => {
                write!(f, "cannot read the settings in `{}`", path.display())
            }
            Self::Toml { path, line, cause } => {
                // Not the line itself, which may have a password in it.
                let (path, why) = (path.display(), cause.message());
                write!(f, "the settings in `{path}` are no TOML: {why} (line {line})")
            }
            Self::Unknown { path, key } => {
                write!(
                    f,
                    "there is no setting `{key}` (in `{}`; `--help` lists all)",
                    path.display()
                )
            }
            Self::UnknownVariable(name) => {
                write!(f, "there is no setting for the variable `{name}` (`--help` lists all)")
            }
            Self::Value { key, source, value, allowed } => {
                write!(
                    f,
                    "the setting `{key}` cannot be `{value}` (from {source}; allowed is {allowed})"
                )
            }
        }
    }
}

impl std::error::Error for SettingsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { cause, .. } => Some(cause),
            Self::Usage(_)
            | Self::Toml { .. }
            | Self::Unknown { .. }
            | Self::UnknownVariable(_)
            | Self::Value { .. } => None,
        }
    }
}

//! What must be right before anything is opened, or a worker gets new settings.

use std::error::Error;

use solution_6_memory::files::Root;

use crate::guard::{limits, memory};
use crate::log::{Log, Who};
use crate::settings::{Profile, Scope, Settings};
use crate::systemd::sockets::Handed;
use crate::{events, rotating, tls};

/// All of it.
///
/// # Errors
///
/// What is wrong, with the setting's name.
pub(super) fn all(settings: &Settings) -> Result<(), Box<dyn Error>> {
    together(settings)?;
    paths(settings).map_err(Into::into)
}

/// Whether nothing has changed that only changes with a restart.
///
/// # Errors
///
/// Something has.
pub(super) fn unchanged(before: &Settings, now: &Settings) -> Result<(), Box<dyn Error>> {
    let fixed = |settings: &Settings| {
        let addresses = (settings.listen, settings.tls_listen);
        let database = (settings.database.clone(), settings.database_url.clone());
        let redis = (settings.redis_url.clone(), settings.redis_ttl);
        (addresses, database, redis, settings.events.clone())
    };
    if fixed(before) == fixed(now) {
        return Ok(());
    }
    let these =
        "`listen`, `tls_listen`, `database`, `database_url`, `redis_url`, `redis_ttl` and `events`";
    Err(format!("{these} change with a restart only").into())
}

/// Whether each worker can have a connection to the database.
///
/// # Errors
///
/// There are too few.
pub(super) fn connections(settings: &Settings, workers: usize) -> Result<(), Box<dyn Error>> {
    if settings.database_url.is_none() || settings.database_connections_max.get() >= workers {
        return Ok(());
    }
    Err(format!("`database_connections_max` is fewer than one for each of {workers} workers")
        .into())
}

/// Whether each worker has a socket of those that were handed over.
///
/// # Errors
///
/// There are too few.
pub(super) fn sockets(workers: usize, handed: Option<Handed>) -> Result<(), Box<dyn Error>> {
    match handed {
        Some(Handed { count, .. }) if workers > count => Err(format!(
            "`workers` is `{workers}`, and the sockets that were handed over are for {count} (the unit of the sockets \
             lists the address once for each worker)"
        )
        .into()),
        _ => Ok(()),
    }
}

/// Settings that are right, and do not go together.
fn together(settings: &Settings) -> Result<(), Box<dyn Error>> {
    if let Some(rate) = settings.rate_limit
        && limits::limit(rate, settings.rate_burst.get()).is_none()
    {
        return Err(
            "`rate_burst` is too much for `rate_limit`: it would take 325 days to come back".into(),
        );
    }
    if settings.tls_listen == Some(settings.listen) && settings.listen.port() != 0 {
        return Err("`listen` and `tls_listen` are the same".into());
    }
    if settings.body_bytes.get() > memory::bodies(settings.memory.get()) {
        return Err("`body_bytes` is more than three quarters of `memory`: a worker has no room for such a body".into());
    }
    if settings.otlp_url.is_some() && !cfg!(feature = "otel") {
        return Err("`otlp_url` needs a server that is built with the feature `otel`".into());
    }
    if settings.rate_scope == Scope::Redis && settings.redis_url.is_none() {
        return Err("`rate_scope` cannot be `redis` without `redis_url`".into());
    }
    if settings.database_connections_min.get() > settings.database_connections_max.get() {
        return Err("`database_connections_min` is more than `database_connections_max`".into());
    }
    certificate(settings)
}

/// A certificate that cannot be used must not take the place of one that can.
fn certificate(settings: &Settings) -> Result<(), Box<dyn Error>> {
    match (tls::Files::of(settings), settings.tls_listen) {
        (Some(files), Some(_)) => files.load().map(|_| ()).map_err(Into::into),
        (Some(_), None) => Err("`tls_certificate` and `tls_key` need `tls_listen`".into()),
        (None, Some(_)) => Err("`tls_listen` needs `tls_certificate` and `tls_key`".into()),
        (None, None) => Ok(()),
    }
}

/// What workers would stumble over later is said now, with the setting's name.
fn paths(settings: &Settings) -> Result<(), String> {
    if let Some(path) = &settings.log
        && let Err(cause) = Log::open(settings, Who::Master)
    {
        return Err(format!("cannot write the log `{}` (setting `log`): {cause}", path.display()));
    }
    let is_told = settings.profile == Profile::Production;
    if let Some(path) = &settings.access_log
        && is_told
        && let Err(cause) = rotating::prepare(path)
    {
        let path = path.display();
        return Err(format!("cannot write the log `{path}` (setting `access_log`): {cause}"));
    }
    if is_told && let Err(cause) = events::prepare(&settings.events) {
        let path = settings.events.display();
        return Err(format!("cannot keep events in `{path}` (setting `events`): {cause}"));
    }
    if let Some(path) = &settings.files
        && let Err(cause) = Root::open(path)
    {
        let path = path.display();
        return Err(format!("cannot serve the directory `{path}` (setting `files`): {cause}"));
    }
    Ok(())
}

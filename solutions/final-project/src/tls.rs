//! TLS: the handshake, which protocol it settles on, and certificates that change while the server runs.
//!
//! A certificate is renewed every few weeks by a program that knows nothing of this server. So each worker looks at the
//! files now and then, and takes what has changed for the handshakes that come from then on. What cannot be used is told,
//! and the old one stays. The master keeps the last one that could be used for workers that begin meanwhile: they inherit it
//! as two files in memory. It waits for no disk to know of a new one: workers tell it when they have read one.
//!
//! There are no session tickets. Their keys would have to be the same on all workers and hosts, and change every few
//! hours; without that, a ticket works on one worker only, and is work for nothing on the others.

use std::cell::RefCell;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hyper_util::rt::TokioIo;
use rustix::fs::{MemfdFlags, memfd_create};
use solution_4_processes::shared::Counter;
use solution_5_async_io::serve::{Channel, Protocol};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::NoServerSessionStorage;
use tokio_rustls::rustls::{self, DEFAULT_VERSIONS, ServerConfig, ServerConnection};
use tokio_rustls::server::TlsStream;

use crate::log::Log;
use crate::settings::Settings;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How HTTP/2 and HTTP/1.1 are called in a handshake (RFC 7301), the better one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// How much that is encrypted may wait for the kernel: two records. Whoever takes as little as a client may is seen to take
/// it within the time for that.
const BUFFER_MAX: usize = 32 << 10;

/// The files of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    /// The files that are set, if TLS is spoken at all.
    #[must_use]
    pub fn of(settings: &Settings) -> Option<Self> {
        let certificate = settings.tls_certificate.clone()?;
        Some(Self { certificate, key: settings.tls_key.clone()? })
    }

    /// Reads them.
    ///
    /// # Errors
    ///
    /// [`TlsError`], which names the setting and the file.
    pub fn load(&self) -> Result<Arc<ServerConfig>, TlsError> {
        Ok(self.read()?.1)
    }

    /// Reads them, and returns what stands in them, too.
    fn read(&self) -> Result<([Vec<u8>; 2], Arc<ServerConfig>), TlsError> {
        let of_certificate = |cause| self.refused("tls_certificate", &self.certificate, cause);
        let of_key = |cause| self.refused("tls_key", &self.key, cause);
        let certificate =
            fs::read(&self.certificate).map_err(|cause| of_certificate(cause.to_string()))?;
        let key = fs::read(&self.key).map_err(|cause| of_key(cause.to_string()))?;
        let chain = chain(&certificate).map_err(|cause| of_certificate(words(&cause)))?;
        let private = PrivateKeyDer::from_pem_slice(&key).map_err(|cause| of_key(words(&cause)))?;
        let config = config(chain, private).map_err(|cause| of_key(cause.to_string()))?;
        Ok(([certificate, key], Arc::new(config)))
    }

    fn refused(&self, setting: &'static str, path: &Path, cause: String) -> TlsError {
        TlsError { setting, path: path.to_owned(), cause }
    }

    /// Both change when a file is written, and when another one takes its name.
    fn times(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key].map(|path| path.metadata().ok()?.modified().ok())
    }
}

/// The last certificate that could be used, and its key, as the master keeps them.
#[derive(Debug)]
pub struct Kept {
    files: Files,
    /// Files in memory, which have no names.
    copies: [OwnedFd; 2],
}

impl Kept {
    /// The one that is there now.
    ///
    /// # Errors
    ///
    /// As [`Files::load`].
    pub fn new(files: Files) -> Result<Self, TlsError> {
        let ([certificate, key], _) = files.read()?;
        let copy = |bytes: &[u8]| {
            in_memory(bytes)
                .map_err(|cause| files.refused("tls_key", &files.key, cause.to_string()))
        };
        Ok(Self { copies: [copy(&certificate)?, copy(&key)?], files })
    }

    /// Takes what is in these files, if it can be used. From now on they are looked at.
    pub fn take(&mut self, files: Files) {
        self.files = files;
        self.look();
    }

    /// Takes another one, if there is one that can be used.
    pub fn look(&mut self) {
        if let Ok(newer) = Self::new(self.files.clone()) {
            *self = newer;
        }
    }

    /// What a worker is to inherit.
    pub fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.copies.iter().map(AsFd::as_fd)
    }
}

/// A file in memory. What was written is read from its beginning by whoever opens it again, which needs `/proc`.
fn in_memory(bytes: &[u8]) -> io::Result<OwnedFd> {
    let mut file = File::from(memfd_create(c"certificate", MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    Ok(file.into())
}

/// What a worker has inherited of it.
#[derive(Debug)]
pub struct Inherited([OwnedFd; 2]);

impl Inherited {
    /// From its descriptors, in the order of [`Kept::descriptors`].
    #[must_use]
    pub fn new(copies: [OwnedFd; 2]) -> Self {
        Self(copies)
    }

    fn load(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let [certificate, key] =
            self.0.each_ref().map(|copy| format!("/proc/self/fd/{}", copy.as_raw_fd()).into());
        Files { certificate, key }.load()
    }
}

fn chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, pem::Error> {
    let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(certificates) }
}

fn words(error: &pem::Error) -> String {
    match error {
        pem::Error::NoItemsFound => "there is none in it".to_owned(),
        other => other.to_string(),
    }
}

fn config(
    certificates: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(DEFAULT_VERSIONS)?
        .with_no_client_auth()
        .with_single_cert(certificates, key)?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// What handshakes of a worker are made with.
#[derive(Debug)]
pub struct Tls {
    files: Files,
    /// The times of the files that `config` was read from.
    times: [Option<SystemTime>; 2],
    /// Why they cannot be used, if it has been told.
    told: RefCell<Option<String>>,
    config: RefCell<Arc<ServerConfig>>,
}

impl Tls {
    /// With the certificate as it is now; or, if that cannot be used, as the master has kept it.
    ///
    /// # Errors
    ///
    /// As [`Files::load`].
    pub fn new(files: Files, kept: &Inherited, log: &Log) -> Result<Self, TlsError> {
        // Before they are read: a change in between is looked at again.
        let (times, loaded) = (files.times(), files.load());
        let told = RefCell::default();
        let (times, config) = match loaded {
            Ok(config) => (times, config),
            Err(error) => {
                tell(&told, &error, log);
                ([None; 2], kept.load()?)
            }
        };
        Ok(Self { files, times, told, config: RefCell::new(config) })
    }

    /// A handshake.
    pub fn handshake(
        &self,
        stream: TcpStream,
    ) -> impl Future<Output = io::Result<Channel<TokioIo<TlsStream<TcpStream>>>>> + use<> {
        let acceptor = TlsAcceptor::from(Arc::clone(&self.config.borrow()));
        async move {
            let bound = |tls: &mut ServerConnection| tls.set_buffer_limit(Some(BUFFER_MAX));
            let stream = acceptor.accept_with(stream, bound).await?;
            let http2 = stream.get_ref().1.alpn_protocol() == Some(PROTOCOLS[0]);
            let protocol = if http2 { Protocol::Http2 } else { Protocol::Http1 };
            Ok(Channel { stream: TokioIo::new(stream), protocol, secure: true })
        }
    }

    /// Takes a new certificate when there is one, for ever, and counts it. Let it run beside what accepts.
    pub async fn follow(&self, log: &Log, taken: &Counter) {
        let mut used = self.times;
        loop {
            sleep(LOOK).await;
            let files = self.files.clone();
            // A disk may let one wait.
            let look = move || {
                let times = files.times();
                (times, (times != used).then(|| files.load()))
            };
            let Ok((times, loaded)) = tokio::task::spawn_blocking(look).await else { continue };
            match loaded {
                Some(Ok(config)) => {
                    self.config.replace(config);
                    self.told.take();
                    used = times;
                    taken.add(1);
                    log.info("there is a new certificate");
                }
                // What is mended need not change the file's time. The next look tries again.
                Some(Err(error)) => tell(&self.told, &error, log),
                None => {}
            }
        }
    }
}

/// Says it, and not twice.
fn tell(told: &RefCell<Option<String>>, error: &TlsError, log: &Log) {
    let error = error.to_string();
    if told.borrow().as_ref() != Some(&error) {
        log.error(&format!("the old certificate stays: {error}"));
        told.replace(Some(error));
    }
}

/// Why a certificate cannot be used.
#[derive(Debug)]
pub struct TlsError {
    setting: &'static str,
    path: PathBuf,
    cause: String,
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, path, cause } = self;
        write!(f, "cannot use `{}` (setting `{setting}`): {cause}", path.display())
    }
}

impl std::error::Error for TlsError {}

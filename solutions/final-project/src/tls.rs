//! TLS: the handshake, which protocol it settles on, and certificates that change while the server runs.
//!
//! A certificate is renewed every few weeks by a program that knows nothing of this server. So each worker looks at the
//! files now and then, and takes what has changed for the handshakes that come from then on. What cannot be used is told,
//! and the old one stays. The master keeps the last one that could be used for workers that begin meanwhile.
//!
//! There are no session tickets. Their keys would have to be the same on all workers and hosts, and change every few
//! hours; without that, a ticket works on one worker only, and is work for nothing on the others.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{fmt, fs, io};

use hyper_util::rt::TokioIo;
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

    /// Reads them, and returns the text, too.
    fn read(&self) -> Result<(Pem, Arc<ServerConfig>), TlsError> {
        let read = |setting, path: &Path| {
            let text = fs::read_to_string(path);
            text.map_err(|cause| TlsError {
                setting,
                path: path.to_owned(),
                cause: cause.to_string(),
            })
        };
        let pem = Pem {
            certificate: read("tls_certificate", &self.certificate)?,
            key: read("tls_key", &self.key)?,
        };
        let config = self.use_pem(&pem)?;
        Ok((pem, config))
    }

    fn use_pem(&self, pem: &Pem) -> Result<Arc<ServerConfig>, TlsError> {
        let refused = |setting, path: &Path, cause: String| TlsError {
            setting,
            path: path.to_owned(),
            cause,
        };
        let certificates = chain(&pem.certificate)
            .map_err(|cause| refused("tls_certificate", &self.certificate, words(&cause)))?;
        let key = PrivateKeyDer::from_pem_slice(pem.key.as_bytes())
            .map_err(|cause| refused("tls_key", &self.key, words(&cause)))?;
        let config = config(certificates, key);
        let config = config.map_err(|cause| refused("tls_key", &self.key, cause.to_string()))?;
        Ok(Arc::new(config))
    }

    /// Both change when a file is written, and when another one takes its name.
    fn times(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key].map(|path| path.metadata().ok()?.modified().ok())
    }
}

/// What stands in the files. It is shown nowhere.
struct Pem {
    certificate: String,
    key: String,
}

/// The last certificate that could be used, as the master keeps it.
pub struct Kept {
    files: Files,
    times: [Option<SystemTime>; 2],
    pem: Pem,
}

impl Kept {
    /// The one that is there now.
    ///
    /// # Errors
    ///
    /// As [`Files::load`].
    pub fn new(files: Files) -> Result<Self, TlsError> {
        let times = files.times();
        Ok(Self { pem: files.read()?.0, files, times })
    }

    /// Takes another one, if there is one that can be used.
    pub fn look(&mut self) {
        let times = self.files.times();
        if times != self.times
            && let Ok((pem, _)) = self.files.read()
        {
            (self.pem, self.times) = (pem, times);
        }
    }

    /// Both parts of it, for a worker's environment: there only the user of the server can read it.
    #[must_use]
    pub fn text(&self) -> String {
        let Pem { certificate, key } = &self.pem;
        format!("{certificate}\n{key}")
    }
}

fn chain(text: &str) -> Result<Vec<CertificateDer<'static>>, pem::Error> {
    let certificates =
        CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>()?;
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
    config: RefCell<Arc<ServerConfig>>,
}

impl Tls {
    /// With the certificate as it is now; or, if that cannot be used, as the master has kept it.
    ///
    /// # Errors
    ///
    /// As [`Files::load`].
    pub fn new(files: Files, kept: &str, log: &Log) -> Result<Self, TlsError> {
        // Before they are read: a change in between is looked at again.
        let times = files.times();
        let (times, config) = match files.load() {
            Ok(config) => (times, config),
            Err(error) => {
                log.error(&format!("the old certificate stays: {error}"));
                let pem = Pem { certificate: kept.to_owned(), key: kept.to_owned() };
                ([None; 2], files.use_pem(&pem)?)
            }
        };
        Ok(Self { files, times, config: RefCell::new(config) })
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

    /// Takes a new certificate when there is one, for ever. Let it run beside what accepts.
    pub async fn follow(&self, log: &Log) {
        let (mut used, mut told) = (self.times, None);
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
                    (used, told) = (times, None);
                    log.info("there is a new certificate");
                }
                // What is mended need not change the file's time. The next look tries again, and says nothing twice.
                Some(Err(error)) => {
                    let error = error.to_string();
                    if told.as_ref() != Some(&error) {
                        log.error(&format!("the old certificate stays: {error}"));
                        told = Some(error);
                    }
                }
                None => {}
            }
        }
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

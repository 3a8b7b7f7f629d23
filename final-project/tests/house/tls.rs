//! Certificates, and clients that speak TLS.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, DEFAULT_VERSIONS, RootCertStore, StreamOwned,
};

use super::{Server, WAIT_MAX, until};

/// A certificate for `localhost` in files, and who trusts it.
pub(crate) struct Certificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Certificate {
    /// A new one, in the place of one that is there.
    pub(crate) fn write(folder: &Path) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        // As programs do that renew certificates: whoever looks finds the old one or the new one.
        for (path, text) in [(&key, signing_key.serialize_pem()), (&certificate, cert.pem())] {
            let aside = path.with_extension("new");
            fs::write(&aside, text).expect("a file");
            fs::rename(aside, path).expect("a file");
        }
        Self { certificate, key }
    }

    /// What makes a server speak TLS with it.
    pub(crate) fn options(&self) -> [&str; 6] {
        [
            "--tls-listen",
            "127.0.0.1:0",
            "--tls-certificate",
            self.certificate.to_str().expect("text"),
            "--tls-key",
            self.key.to_str().expect("text"),
        ]
    }

    /// What trusts it as it is now, and wants one of these protocols.
    fn config(&self, protocols: &[&str]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(&self.certificate).expect("one");
        roots.add(certificate).expect("it is one");
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_protocol_versions(DEFAULT_VERSIONS)
                .expect("they go together")
                .with_root_certificates(roots)
                .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }

    /// A connection over which bytes go as they are.
    ///
    /// # Errors
    ///
    /// The handshake fails.
    pub(crate) fn connect(&self, address: SocketAddr, protocols: &[&str]) -> io::Result<Tls> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(WAIT_MAX))?;
        stream.set_write_timeout(Some(WAIT_MAX))?;
        let name = ServerName::try_from("localhost").expect("a name");
        let connection = ClientConnection::new(self.config(protocols), name);
        let mut tls = StreamOwned::new(connection.map_err(io::Error::other)?, stream);
        // The handshake.
        while tls.conn.is_handshaking() {
            tls.conn.complete_io(&mut tls.sock)?;
        }
        Ok(tls)
    }

    /// A client that speaks HTTP/2.
    pub(crate) fn http2(&self, address: SocketAddr) -> Http2 {
        self.try_http2(address).expect("a connection")
    }

    /// The same, where the connection may break.
    pub(crate) fn try_http2(&self, address: SocketAddr) -> io::Result<Http2> {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let connecting = async {
            let stream = tokio::net::TcpStream::connect(address).await?;
            let name = ServerName::try_from("localhost").expect("a name");
            let connector = TlsConnector::from(self.config(&["h2"]));
            let stream = connector.connect(name, stream).await?;
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
            let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
            let (sender, connection) = handshake.map_err(io::Error::other)?;
            tokio::spawn(async move { drop(connection.await) });
            io::Result::Ok(sender)
        };
        let sender = runtime.block_on(connecting)?;
        Ok(Http2 { runtime, sender })
    }
}

/// A connection over which bytes go as they are.
pub(crate) type Tls = StreamOwned<ClientConnection, TcpStream>;

/// The answer to a request that goes over TLS and closes.
pub(crate) fn ask_over(tls: &mut Tls, request: &str) -> Vec<u8> {
    tls.write_all(request.as_bytes()).expect("the server reads");
    let mut answer = Vec::new();
    tls.read_to_end(&mut answer).expect("it ends as it should");
    answer
}

/// A client that speaks HTTP/2.
pub(crate) struct Http2 {
    pub(crate) runtime: Runtime,
    pub(crate) sender: SendRequest<Full<Bytes>>,
}

impl Http2 {
    pub(crate) fn get(&mut self, path: &str) -> Response<Bytes> {
        self.ask(Request::get(format!("https://localhost{path}")).body(Full::default()).unwrap())
    }

    pub(crate) fn ask(&mut self, request: Request<Full<Bytes>>) -> Response<Bytes> {
        self.try_ask(request).expect("an answer")
    }

    pub(crate) fn try_ask(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> hyper::Result<Response<Bytes>> {
        let sender = &mut self.sender;
        self.runtime.block_on(async {
            let asking = async {
                sender.ready().await?;
                let (parts, body) = sender.send_request(request).await?.into_parts();
                Ok(Response::from_parts(parts, body.collect().await?.to_bytes()))
            };
            tokio::time::timeout(WAIT_MAX, asking).await.expect("in time")
        })
    }
}

impl Server {
    /// Where it speaks TLS.
    pub(crate) fn tls_address(&self) -> SocketAddr {
        let mut address = None;
        until("it says where it speaks TLS", || {
            let log = self.log();
            let line = log.lines().find_map(|line| line.split_once("listening with TLS on "));
            address = line.and_then(|(_, address)| address.parse().ok());
            address.is_some()
        });
        address.expect("it has been found")
    }
}

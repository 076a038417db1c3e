//! TLS with certificates of a private authority, made when the server starts.

use core::fmt;
use core::net::SocketAddr;
use core::str::FromStr;
use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, version};

use crate::UnknownName;

/// Which certificate a server shows.
///
/// ```
/// use mock_pam_core::{MockPamCore, Tls};
///
/// let server = MockPamCore::builder().tls(Tls::Valid).start_in_thread()?;
/// assert!(server.url().starts_with("https://"));
/// assert!(server.ca_pem().unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
/// assert_eq!("wrong-host".parse(), Ok(Tls::WrongHost));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tls {
    /// A good one by the server's own authority ([`MockPamCore::ca_pem`](crate::MockPamCore::ca_pem)), for
    /// `localhost` and the address that is listened on.
    Valid,
    /// One by the same authority whose time is over.
    Expired,
    /// One by the same authority whose time has not come.
    NotYetValid,
    /// One by the same authority for `pam.invalid`.
    WrongHost,
    /// One that vouches for itself, which the authority has not signed.
    SelfSigned,
    /// A good one, shown to clients that show a certificate by the same authority
    /// ([`MockPamCore::client_pem`](crate::MockPamCore::client_pem)).
    ClientCertificateRequired,
}

impl Tls {
    /// Every choice, in the order of their declaration.
    pub const ALL: [Self; 6] = [
        Self::Valid,
        Self::Expired,
        Self::NotYetValid,
        Self::WrongHost,
        Self::SelfSigned,
        Self::ClientCertificateRequired,
    ];

    /// The lower-case name that [`FromStr`] understands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::WrongHost => "wrong-host",
            Self::SelfSigned => "self-signed",
            Self::ClientCertificateRequired => "client-certificate-required",
        }
    }
}

impl fmt::Display for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Tls {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|tls| tls.name() == text);
        found.ok_or_else(|| UnknownName::new(Self::ALL.map(Self::name).to_vec(), text))
    }
}

/// An authority with what it signed.
pub(crate) struct Certificates {
    pub(crate) ca_pem: String,
    /// Certificate and key.
    pub(crate) client_pem: String,
    pub(crate) acceptor: TlsAcceptor,
}

impl Certificates {
    pub(crate) fn new(tls: Tls, addr: SocketAddr, http2: bool) -> io::Result<Self> {
        Self::make(tls, addr, http2).map_err(io::Error::other)
    }

    fn make(
        tls: Tls,
        addr: SocketAddr,
        http2: bool,
    ) -> Result<Self, Box<dyn core::error::Error + Send + Sync>> {
        let ca = authority()?;
        let names = match tls {
            Tls::WrongHost => vec!["pam.invalid".to_owned()],
            _ => vec!["localhost".to_owned(), addr.ip().to_string()],
        };
        let mut params = named("mock-pam-core", names, ExtendedKeyUsagePurpose::ServerAuth)?;
        match tls {
            Tls::Expired => params.not_after = date_time_ymd(2020, 1, 1),
            Tls::NotYetValid => params.not_before = date_time_ymd(4000, 1, 1),
            _ => {}
        }
        let key = KeyPair::generate()?;
        let certificate = match tls {
            Tls::SelfSigned => params.self_signed(&key)?,
            _ => params.signed_by(&key, &ca)?,
        };
        let client_key = KeyPair::generate()?;
        let client = named("mock-client", Vec::new(), ExtendedKeyUsagePurpose::ClientAuth)?;
        let client_pem = client.signed_by(&client_key, &ca)?.pem() + &client_key.serialize_pem();

        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])?;
        let builder = match tls {
            Tls::ClientCertificateRequired => {
                let mut roots = RootCertStore::empty();
                roots.add(ca.der().clone())?;
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
                builder.with_client_cert_verifier(verifier)
            }
            _ => builder.with_no_client_auth(),
        };
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = builder.with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        if http2 {
            config.alpn_protocols.insert(0, b"h2".to_vec());
        }
        Ok(Self { ca_pem: ca.pem(), client_pem, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}

/// No key is shown, not even one that is good for nothing.
impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    let key = KeyPair::generate()?;
    // A name of its own, lest a client that knows another server's take this one for it.
    let number: String =
        key.public_key_raw().iter().rev().take(4).map(|byte| format!("{byte:02x}")).collect();
    params.distinguished_name.push(DnType::CommonName, format!("mock-pam-core authority {number}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, key)
}

fn named(
    subject: &str,
    names: Vec<String>,
    usage: ExtendedKeyUsagePurpose,
) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, subject);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for tls in Tls::ALL {
            assert_eq!(tls.to_string().parse(), Ok(tls));
        }
        assert!("Valid".parse::<Tls>().is_err());
    }

    #[test]
    fn debug_shows_no_key() {
        let certificates = Certificates::new(Tls::Valid, ([127, 0, 0, 1], 1).into(), false).unwrap();
        assert!(certificates.client_pem.contains("PRIVATE KEY"));
        assert_eq!(format!("{certificates:?}"), "Certificates { .. }");
    }
}

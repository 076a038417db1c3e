//! Certificates: whose are believed, which one is shown, and why one was refused.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::io;
use std::iter;

use reqwest::{Certificate, Identity};
use rustls::{CertificateError, Error as TlsError};
use secrecy::{ExposeSecret, SecretSlice};

use crate::error::{Error, ErrorKind, escaped};

/// The certificates of a PEM text, at least one.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, Error> {
    let unusable = || {
        let message =
            "expected certificates in PEM form for the certificate authorities, found none or a broken one";
        Error::new(ErrorKind::Configuration, message).advise(
            "give a file with `-----BEGIN CERTIFICATE-----` in it, the one of the certificate authority",
        )
    };
    match Certificate::from_pem_bundle(pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(unusable()),
        Err(error) => Err(unusable().because(error)),
    }
}

/// A certificate, what it was issued by, and its private key, of one PEM text. No cause is kept:
/// it could repeat the key.
pub(super) fn identity(pem: &SecretSlice<u8>) -> Result<Identity, Error> {
    Identity::from_pem(pem.expose_secret()).map_err(|_| {
        let message = "expected a client certificate with its private key in PEM form, found no certificate, no key or a broken one";
        Error::new(ErrorKind::Configuration, message).advise(
            "give the certificate, what it was issued by, and the private key without a passphrase, one after the other",
        )
    })
}

/// The error of a client certificate and a private key that TLS cannot use together, if that is why it
/// could not be set up. No cause is kept: it could repeat the key.
pub(super) fn unfit_identity(error: &reqwest::Error) -> Option<Error> {
    let found = causes(error).find_map(|cause| match cause.downcast_ref::<TlsError>()? {
        TlsError::InconsistentKeys(_) => Some("a key that belongs to another one"),
        TlsError::General(text) if text.contains("private key") => Some("a key that cannot be used"),
        _ => None,
    })?;
    let message =
        format!("expected a client certificate and the private key that belongs to it, found {found}");
    Some(Error::new(ErrorKind::Configuration, message).advise(
        "give the certificate and its own key (`client_certificate`; in the command `--client-cert` and `--client-key`)",
    ))
}

/// What TLS had against the other side, or the other side against us.
pub(super) struct Refusal {
    pub(super) message: Cow<'static, str>,
    pub(super) remedy: Cow<'static, str>,
}

impl Refusal {
    /// The same where the other side is a proxy.
    pub(super) fn of_proxy(self) -> Self {
        let renamed =
            |text: &str| text.replace("the server", "the proxy").replace("this server", "this proxy");
        Self { message: renamed(&self.message).into(), remedy: renamed(&self.remedy).into() }
    }

    /// Looks for it among the causes of an error.
    pub(super) fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        for error in causes(error) {
            if let Some(error) = error.downcast_ref::<TlsError>() {
                return Self::of_tls(error);
            }
            // An alert that comes after the handshake comes as a text.
            if error.source().is_none()
                && let Some(alert) = error.to_string().strip_prefix("received fatal alert: ")
            {
                return Some(Self::of_alert(alert));
            }
        }
        None
    }

    /// By the name of the alert.
    fn of_alert(alert: &str) -> Self {
        let remedy = match alert {
            "CertificateRequired" | "HandshakeFailure" => {
                "the server seems to ask for a client certificate: give one that its administrator allows (`client_certificate`; in the command `--client-cert`)"
            }
            "UnknownCA"
            | "BadCertificate"
            | "CertificateExpired"
            | "CertificateRevoked"
            | "CertificateUnknown"
            | "UnsupportedCertificate"
            | "AccessDenied" => {
                "the server does not accept the client certificate: ask its administrator for one that is allowed"
            }
            "ProtocolVersion" => {
                "the server speaks only versions of TLS that are not safe any more (TLS 1.2 or 1.3 is needed)"
            }
            _ => "check the address, and whether a gateway in between lets TLS through",
        };
        Self {
            message: format!("the server refused TLS with the alert {}", escaped(alert)).into(),
            remedy: remedy.into(),
        }
    }

    fn of_tls(error: &TlsError) -> Option<Self> {
        let refused =
            |message: Cow<'static, str>, remedy: &'static str| Some(Self { message, remedy: remedy.into() });
        match error {
            TlsError::InvalidCertificate(why) => {
                let (what, remedy) = certificate(why);
                refused(format!("the server's certificate was refused: {what}").into(), remedy)
            }
            TlsError::NoCertificatesPresented => refused(
                "the server showed no certificate".into(),
                "check the address and the port: this may not be the server",
            ),
            TlsError::AlertReceived(alert) => Some(Self::of_alert(&format!("{alert:?}"))),
            TlsError::PeerIncompatible(_) => refused(
                "the server speaks no version or cipher of TLS that is safe today".into(),
                "TLS 1.2 or 1.3 is needed: ask the server's administrator",
            ),
            TlsError::General(text) if text.starts_with("No CA certificates") => refused(
                "no certificate authorities were found on this system".into(),
                "install the system's certificate authorities (often a package `ca-certificates`), name them by SSL_CERT_FILE or SSL_CERT_DIR, or give a CA file (`ca_certificates`; in the command `--ca-file`)",
            ),
            TlsError::InvalidMessage(_) => refused(
                "the server does not speak TLS".into(),
                "check the address and the port: this may be a port for plain HTTP",
            ),
            _ => None,
        }
    }
}

/// What is wrong with a certificate, and what to do.
fn certificate(why: &CertificateError) -> (Cow<'static, str>, &'static str) {
    const RENEW: &str =
        "ask the server's administrator to renew the certificate, and check the clock of this machine";
    const AUTHORITY: &str = "if the server's certificate authority is your own, give its certificate as a CA file (`ca_certificates`; in the command `--ca-file`); otherwise do not trust this server";
    const NAME: &str =
        "use the name in the certificate as the address, or ask for a certificate with this name";
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("it has expired".into(), RENEW)
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("it is not valid yet".into(), RENEW)
        }
        CertificateError::UnknownIssuer => {
            ("its issuer is not known here (a private authority, or self-signed)".into(), AUTHORITY)
        }
        CertificateError::NotValidForName => ("it is for another name".into(), NAME),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let presented: Vec<_> = presented.iter().take(4).map(|name| escaped(plain(name))).collect();
            let expected = escaped(&expected.to_str());
            let found = if presented.is_empty() { "no name".into() } else { presented.join(", ") };
            (format!("it is for another name: expected {expected}, found {found}").into(), NAME)
        }
        CertificateError::Revoked => (
            "it was revoked".into(),
            "do not send secrets to this server; ask its administrator for a new certificate",
        ),
        CertificateError::BadSignature => ("its signature is wrong".into(), AUTHORITY),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => (
            "it is not one for servers".into(),
            "ask the server's administrator for a certificate for servers",
        ),
        other => {
            let text = escaped(&other.to_string());
            if text.contains("CaUsedAsEndEntity") {
                return (
                    "it is self-signed, one of a certificate authority and not of a server".into(),
                    AUTHORITY,
                );
            }
            (
                text.into(),
                "ask the server's administrator to check the certificate and the chain that the server sends",
            )
        }
    }
}

/// An error and its causes, down to the last.
pub(super) fn causes<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    iter::successors(Some(error), |error| {
        let error: &'e (dyn StdError + 'static) = *error;
        // An I/O error passes over what is in it when it is asked for its source.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    })
}

/// A name as it stands in the certificate: the TLS library tells its type as well.
fn plain(name: &str) -> &str {
    name.strip_prefix("DnsName(\"").and_then(|name| name.strip_suffix("\")")).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_as_it_stands_in_the_certificate() {
        assert_eq!(
            (plain("DnsName(\"a.b\")"), plain("10.0.0.1"), plain("DnsName(\"")),
            ("a.b", "10.0.0.1", "DnsName(\"")
        );
    }

    #[test]
    fn every_cause_is_named_with_a_remedy() {
        for (error, part, remedy) in [
            (CertificateError::Expired, "expired", "clock"),
            (CertificateError::NotValidYet, "not valid yet", "clock"),
            (CertificateError::UnknownIssuer, "issuer is not known", "CA file"),
            (CertificateError::NotValidForName, "another name", "name in the certificate"),
            (CertificateError::Revoked, "revoked", "do not send secrets"),
            (CertificateError::BadSignature, "signature is wrong", "CA file"),
            (CertificateError::InvalidPurpose, "not one for servers", "certificate for servers"),
            (CertificateError::BadEncoding, "certificate was refused: ", "the chain that the server sends"),
        ] {
            let inner = io::Error::new(io::ErrorKind::InvalidData, TlsError::InvalidCertificate(error));
            let refusal = Refusal::of(&io::Error::other(inner)).unwrap();
            assert!(refusal.message.contains(part) && refusal.remedy.contains(remedy), "{}", refusal.message);
        }
        assert!(Refusal::of(&io::Error::other("something else")).is_none());
        let alert = TlsError::AlertReceived(rustls::AlertDescription::CertificateRequired);
        for inner in [io::Error::other(alert.to_string()), io::Error::other(alert)] {
            let refusal = Refusal::of(&io::Error::other(inner)).unwrap();
            assert!(refusal.message.contains("CertificateRequired") && refusal.remedy.contains("give one"));
        }
    }

    #[test]
    fn what_is_no_certificate_is_refused_and_not_repeated() {
        let key = "-----BEGIN PRIVATE KEY-----\naHVudGVyMi1jYW5hcnk=\n-----END PRIVATE KEY-----\n";
        for pem in ["", "canary", key, "-----BEGIN CERTIFICATE-----\nAAAA\n"] {
            assert_eq!(certificates(pem.as_bytes()).unwrap_err().kind(), ErrorKind::Configuration, "{pem}");
            let error = identity(&pem.as_bytes().to_vec().into()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        }
    }
}

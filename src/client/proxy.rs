//! Which proxy is in the way.

use std::fmt;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::Url;

use super::address::is_loopback;
use crate::error::{Error, ErrorKind};

/// Which proxy a client uses. For this machine itself (`127.0.0.0/8`, `::1`, `localhost`): none,
/// whatever is set.
///
/// `Debug` does not show the user name and password that the address of a proxy may have.
///
/// ```
/// use remote_sessions::client::Proxies;
/// let url = "http://agent:hunter2@proxy.example:3128".to_owned();
/// let shown = format!("{:?}", Proxies::Url { url, no_proxy: None });
/// assert!(shown.contains("proxy.example:3128") && !shown.contains("hunter2"), "{shown}");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proxies {
    /// What the environment variables say: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
    /// `NO_PROXY`, or the same in lower case.
    #[default]
    Environment,
    /// None.
    Direct,
    /// This one.
    Url {
        /// `http://host:port` or `https://host:port`, with `user:password@` where needed.
        url: String,
        /// Names, addresses and networks for which it is not used, separated by commas, as in
        /// the environment variable `NO_PROXY`.
        no_proxy: Option<String>,
    },
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("Environment"),
            Self::Direct => f.write_str("Direct"),
            Self::Url { url, no_proxy } => {
                let shown = Url::parse(url).ok().and_then(|url| Some(origin(&url)?.to_string()));
                f.debug_struct("Url")
                    .field("url", &shown.as_deref().unwrap_or("?"))
                    .field("no_proxy", no_proxy)
                    .finish()
            }
        }
    }
}

/// The proxy on the way to one server.
#[derive(Clone)]
pub(super) struct Proxy {
    /// Without user name and password.
    url: Url,
    intercept: Intercept,
}

impl Proxy {
    /// The proxy to use for this address.
    pub(super) fn of(proxies: &Proxies, base: &Url) -> Result<Option<Self>, Error> {
        let matcher = match proxies {
            _ if is_loopback(base) => return Ok(None),
            Proxies::Direct => return Ok(None),
            Proxies::Environment => Matcher::from_env(),
            Proxies::Url { url, no_proxy } => {
                if Url::parse(url).ok().as_ref().and_then(origin).is_none() {
                    return Err(unusable());
                }
                let no_proxy = no_proxy.as_deref().unwrap_or_default().to_owned();
                Matcher::builder().all(url.clone()).no(no_proxy).build()
            }
        };
        let target = base.as_str().parse().map_err(|error| unusable().because(error))?;
        let Some(intercept) = matcher.intercept(&target) else { return Ok(None) };
        let url = Url::parse(&intercept.uri().to_string()).ok();
        match url.as_ref().and_then(origin) {
            Some(url) => Ok(Some(Self { url, intercept })),
            None => Err(unusable()),
        }
    }

    /// As it may be shown.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn to_reqwest(&self) -> Result<reqwest::Proxy, Error> {
        let proxy = reqwest::Proxy::all(self.url.clone()).map_err(|error| unusable().because(error))?;
        Ok(match self.intercept.basic_auth() {
            Some(value) => {
                let mut value = value.clone();
                value.set_sensitive(true);
                proxy.custom_http_auth(value)
            }
            None => proxy,
        })
    }
}

/// Scheme, host and port alone; `None` for what is no address of a proxy.
fn origin(url: &Url) -> Option<Url> {
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return None;
    }
    let mut shown = url.clone();
    shown.set_username("").ok()?;
    shown.set_password(None).ok()?;
    shown.set_path("");
    shown.set_query(None);
    shown.set_fragment(None);
    Some(shown)
}

/// Says nothing of the address, which may hold a password.
fn unusable() -> Error {
    let message = "expected the address of a proxy such as `http://proxy.example:3128`, found something else";
    Error::new(ErrorKind::Configuration, message)
        .advise("check the proxy that was set, or the environment variables HTTPS_PROXY and ALL_PROXY")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(url: &str, no_proxy: Option<&str>, base: &str) -> Result<Option<String>, Error> {
        let proxies = Proxies::Url { url: url.into(), no_proxy: no_proxy.map(Into::into) };
        let found = Proxy::of(&proxies, &Url::parse(base).unwrap())?;
        Ok(found.map(|found| found.url().to_string()))
    }

    #[test]
    fn it_is_used_unless_it_should_not() {
        let url = "http://u:hunter2-canary@proxy.example:3128";
        let used = Some("http://proxy.example:3128/".to_owned());
        assert_eq!(proxy(url, None, "https://pam.example/x").unwrap(), used);
        assert_eq!(proxy(url, Some("other.example, 10.0.0.0/8"), "https://pam.example").unwrap(), used);
        for (no_proxy, base) in [
            (None, "https://localhost:1"),
            (None, "http://127.0.0.1:1"),
            (None, "https://[::1]"),
            (Some("pam.example"), "https://pam.example"),
            (Some(".example"), "https://pam.example"),
            (Some("a, 10.0.0.0/8"), "https://10.1.2.3"),
            (Some("*"), "https://pam.example"),
        ] {
            assert_eq!(proxy(url, no_proxy, base).unwrap(), None, "{base}");
        }
        let base = Url::parse("https://pam.example").unwrap();
        assert!(Proxy::of(&Proxies::Direct, &base).unwrap().is_none());
    }

    #[test]
    fn what_is_no_proxy_is_refused_and_not_shown() {
        for url in ["", "proxy", "ftp://hunter2-canary@proxy", "http://", "http://u:hunter2-canary@pro xy"] {
            let error = proxy(url, None, "https://pam.example").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{url}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
            let shown = format!("{:?}", Proxies::Url { url: url.into(), no_proxy: None });
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}

//! Which proxy is in the way.

use std::env;
use std::ffi::OsString;
use std::fmt;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::Url;
use secrecy::SecretString;

use super::address::is_loopback;
use super::secrets::percent_decoded;
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
    /// `NO_PROXY`, or the same in lower case. An empty one means none; one that cannot be read is
    /// refused when building. In a program that a web server runs (`REQUEST_METHOD` is set),
    /// `HTTP_PROXY` is passed over, for there it is a header of whoever asks; `http_proxy` is not.
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
    /// User name and password, in the ways in which a proxy could repeat them.
    secrets: Vec<SecretString>,
}

impl Proxy {
    /// The proxy to use for this address.
    ///
    /// # Errors
    /// If what was set is no address of a proxy. To go without it would be to send the secret another
    /// way than was asked for.
    pub(super) fn of(proxies: &Proxies, base: &Url) -> Result<Option<Self>, Error> {
        match proxies {
            _ if is_loopback(base) => Ok(None),
            Proxies::Direct => Ok(None),
            Proxies::Environment => Self::of_variables(env::var_os, base),
            Proxies::Url { url, no_proxy } => {
                if Url::parse(url).ok().as_ref().and_then(origin).is_none() {
                    return Err(unusable(None, "something else"));
                }
                Self::unless_listed(url, None, no_proxy.as_deref().unwrap_or_default(), base)
            }
        }
    }

    /// By the environment variables: of one in capitals and the same in lower case, the first that is
    /// set counts; one for all schemes counts where there is none for the scheme, or an empty one.
    fn of_variables(
        variable: impl Fn(&'static str) -> Option<OsString>,
        base: &Url,
    ) -> Result<Option<Self>, Error> {
        // A program that a web server runs is told the header `Proxy` of any request as `HTTP_PROXY`, which
        // is the same in lower case where names of variables have no case.
        let is_run_by_server = variable("REQUEST_METHOD").is_some();
        let is_header = |name| name == "HTTP_PROXY" || cfg!(windows) && name == "http_proxy";
        let value = |name| if is_run_by_server && is_header(name) { None } else { variable(name) };
        let first = |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, value(name)?)));
        let of_scheme = match base.scheme() {
            "https" => ["HTTPS_PROXY", "https_proxy"],
            _ => ["HTTP_PROXY", "http_proxy"],
        };
        let mut set = [of_scheme, ["ALL_PROXY", "all_proxy"]].into_iter().filter_map(first);
        let Some((name, address)) = set.find(|(_, address)| !address.is_empty()) else { return Ok(None) };
        let text = |name, value: OsString| value.into_string().map_err(|_| unusable(Some(name), "no UTF-8"));
        let no_proxy = match first(["NO_PROXY", "no_proxy"]) {
            Some((name, hosts)) => text(name, hosts)?,
            None => String::new(),
        };
        Self::unless_listed(&text(name, address)?, Some(name), &no_proxy, base)
    }

    /// The proxy at this address, which stands in the variable of this name; none for hosts that are
    /// listed.
    fn unless_listed(
        address: &str,
        variable: Option<&'static str>,
        no_proxy: &str,
        base: &Url,
    ) -> Result<Option<Self>, Error> {
        /// Any that can be read.
        const SOME: &str = "http://proxy.invalid";
        let unusable = || unusable(variable, what(address));
        let target = base.as_str().parse().map_err(|error| unusable().because(error))?;
        if Matcher::builder().all(SOME).no(no_proxy).build().intercept(&target).is_none() {
            return Ok(None);
        }
        // An address that it cannot read is none to it.
        let intercept = Matcher::builder().all(address).build().intercept(&target).ok_or_else(unusable)?;
        let url = Url::parse(&intercept.uri().to_string()).ok();
        let url = url.as_ref().and_then(origin).ok_or_else(unusable)?;
        let secrets = secrets(address, &intercept);
        Ok(Some(Self { url, intercept, secrets }))
    }

    /// What no error may repeat.
    pub(super) fn secrets(&self) -> impl Iterator<Item = SecretString> + '_ {
        self.secrets.iter().cloned()
    }

    /// As it may be shown.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn to_reqwest(&self) -> Result<reqwest::Proxy, Error> {
        let proxy = reqwest::Proxy::all(self.url.clone());
        let proxy = proxy.map_err(|error| unusable(None, "something else").because(error))?;
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

/// User name and password as they are written, as they are meant, and as HTTP Basic has them; the
/// password by itself as well, for that is what a proxy may complain of.
fn secrets(address: &str, intercept: &Intercept) -> Vec<SecretString> {
    let authority = address.split_once("://").map_or(address, |(_, authority)| authority);
    let Some((written, _)) = authority.split_once('@') else { return Vec::new() };
    let password = written.split_once(':').map(|(_, password)| password);
    let basic = intercept.basic_auth().and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    let both = [Some(written), password].into_iter().flatten();
    let both = both.flat_map(|written| [written.into(), percent_decoded(written).into()]);
    both.chain(basic.map(SecretString::from)).collect()
}

/// What stands in place of an address, without repeating it.
fn what(address: &str) -> &'static str {
    let is_plain = |character: char| character.is_ascii_graphic();
    match address.split_once("://") {
        _ if !address.chars().all(is_plain) => {
            "a space or another character that has to be percent-encoded (such as `%20`)"
        }
        Some((scheme, _)) if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
            "another scheme than `http` and `https`"
        }
        _ => "something else",
    }
}

/// Says nothing of the address, which may hold a password.
fn unusable(variable: Option<&'static str>, found: &str) -> Error {
    let (place, remedy) = match variable {
        Some(name) if name.eq_ignore_ascii_case("NO_PROXY") => {
            let message =
                format!("expected names of hosts in the environment variable {name}, found {found}");
            return Error::new(ErrorKind::Configuration, message)
                .advise("separate names, addresses and networks by commas");
        }
        Some(name) => (
            format!(" in the environment variable {name}"),
            "correct the variable, with what is special in user name and password percent-encoded; an empty one means no proxy",
        ),
        None => (String::new(), "check the proxy that was set"),
    };
    let message =
        format!("expected the address of a proxy such as `http://proxy.example:3128`{place}, found {found}");
    Error::new(ErrorKind::Configuration, message).advise(remedy)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

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
        for url in [
            "",
            "proxy",
            "ftp://hunter2-canary@proxy",
            "http://",
            "http://u:hunter2-canary@pro xy",
            // An address to some, and none to the one that would use it: it must not be passed over.
            " http://u:hunter2-canary@proxy",
            "http://u:hunter2-canäry@proxy",
            "http://u:hunter2 canary@proxy",
            "http://u:hunter2-canary@pröxy",
        ] {
            let error = proxy(url, None, "https://pam.example").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{url}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
            let shown = format!("{:?}", Proxies::Url { url: url.into(), no_proxy: None });
            assert!(!shown.contains("canary"), "{shown}");
        }
    }

    fn of_variables(set: &[(&str, &str)], base: &str) -> Result<Option<String>, Error> {
        let variable =
            |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        let found = Proxy::of_variables(variable, &Url::parse(base).unwrap())?;
        Ok(found.map(|found| found.url().to_string()))
    }

    #[test]
    fn the_variable_of_the_scheme_counts_before_that_of_all_and_capitals_first() {
        const HTTPS: &str = "https://pam.example";
        let all = [
            ("HTTPS_PROXY", "http://a:1"),
            ("https_proxy", "http://b:1"),
            ("ALL_PROXY", "http://c:1"),
            ("all_proxy", "http://d:1"),
        ];
        for (from, expected) in ["a", "b", "c", "d"].into_iter().enumerate() {
            let expected = Some(format!("http://{expected}:1/"));
            assert_eq!(of_variables(&all[from..], HTTPS).unwrap(), expected);
        }
        let used = |set: &[(&str, &str)], base: &str| of_variables(set, base).unwrap();
        assert_eq!(used(&[], HTTPS), None);
        assert_eq!(used(&all[..2], "http://pam.example"), None);
        assert_eq!(used(&[("HTTP_PROXY", "h:1")], "http://pam.example").as_deref(), Some("http://h:1/"));
        // An empty one is none, also in place of the same in lower case.
        assert_eq!(used(&[("HTTPS_PROXY", ""), ("https_proxy", "http://b")], HTTPS), None);
        assert_eq!(used(&[("HTTPS_PROXY", ""), all[2]], HTTPS).as_deref(), Some("http://c:1/"));
        assert_eq!(used(&[all[0], ("NO_PROXY", "pam.example")], HTTPS), None);
        assert_eq!(used(&[all[0], ("no_proxy", "*")], HTTPS), None);
        // Of what a web server sets, one may be a header of the request.
        let cgi = ("REQUEST_METHOD", "GET");
        let (upper, lower) = (("HTTP_PROXY", "http://h:1"), ("http_proxy", "http://l:1"));
        assert_eq!(used(&[all[0], cgi], HTTPS).as_deref(), Some("http://a:1/"));
        assert_eq!(used(&[upper, cgi], "http://pam.example"), None);
        assert_eq!(used(&[upper, all[2], cgi], "http://pam.example").as_deref(), Some("http://c:1/"));
        if cfg!(not(windows)) {
            assert_eq!(used(&[upper, lower, cgi], "http://pam.example").as_deref(), Some("http://l:1/"));
        }
    }

    #[test]
    fn a_variable_that_cannot_be_read_is_refused_by_name() {
        for address in [
            "http://puser:canäry@proxy.invalid:3128",
            "http://u:p canary@h:1",
            " http://h:1",
            "http://h:1\n",
            " ",
            "http://[::1",
            "foo://canary",
            "socks5://u:canary@h:1",
            "http://u:canary@",
            "http://",
        ] {
            for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
                let error = of_variables(&[(name, address)], "https://pam.example").unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Configuration, "{address}");
                assert!(error.message().contains(&format!("variable {name}, found")), "{error}");
                let shown = format!("{error} {error:?} {:?}", error.remedy());
                assert!(!shown.contains("canary") && !shown.contains("can\u{e4}ry"), "{shown}");
                // Neither is it passed over for another one; but it is for hosts that need none.
                let also = [(name, address), ("HTTP_PROXY", "http://b:1"), ("NO_PROXY", "b")];
                assert!(of_variables(&also, "https://pam.example").is_err());
                assert_eq!(of_variables(&also, "https://b").unwrap(), None);
            }
        }
        // What does not count may hold anything.
        let both = [("HTTPS_PROXY", "http://a:1"), ("ALL_PROXY", "foo://"), ("HTTP_PROXY", "foo://")];
        assert!(of_variables(&both, "https://pam.example").unwrap().is_some());
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_no_text_is_refused_by_name() {
        use std::os::unix::ffi::OsStringExt as _;
        let base = Url::parse("https://pam.example").unwrap();
        for odd in ["HTTPS_PROXY", "NO_PROXY"] {
            let variable = |name: &'static str| match name {
                name if name == odd => Some(OsString::from_vec(b"http://u:canary\xe4@h".to_vec())),
                "HTTPS_PROXY" | "https_proxy" => Some("http://b".into()),
                _ => None,
            };
            let error = Proxy::of_variables(variable, &base).err().expect("refused");
            assert!(error.message().contains(odd) && !format!("{error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn user_name_and_password_are_secrets_in_every_spelling() {
        let proxies = Proxies::Url { url: "http://puser:p%40ss%20word@h".into(), no_proxy: None };
        let proxy = Proxy::of(&proxies, &Url::parse("https://pam.example").unwrap()).unwrap().unwrap();
        let secrets: Vec<_> = proxy.secrets().collect();
        let secrets: Vec<_> = secrets.iter().map(|secret| secret.expose_secret()).collect();
        let expected =
            ["puser:p%40ss%20word", "puser:p@ss word", "p%40ss%20word", "p@ss word", "cHVzZXI6cEBzcyB3b3Jk"];
        assert_eq!(secrets, expected);
        let bare = Proxies::Url { url: "http://h".into(), no_proxy: None };
        let proxy = Proxy::of(&bare, &Url::parse("https://pam.example").unwrap()).unwrap().unwrap();
        assert_eq!(proxy.secrets().count(), 0);
    }
}

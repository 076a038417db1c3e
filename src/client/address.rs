//! Which addresses are allowed.

use std::net::{IpAddr, Ipv6Addr};

use reqwest::Url;

use crate::error::{Error, ErrorKind, excerpt};

/// The checked base address. It may hold a password where it should not, so no error shows it.
pub(super) fn base(text: &str, allow_http: bool) -> Result<Url, Error> {
    let base = Url::parse(text.trim()).map_err(|error| {
        unusable("expected an address such as `https://pam.example`, found none that can be read")
            .because(error)
    })?;
    let local = match base.scheme() {
        "https" => true,
        "http" => allow_http || is_loopback(&base),
        other => {
            return Err(unusable(format!("expected an `https` address, found {}", excerpt(other))));
        }
    };
    if !local {
        let remedy = "use https, or allow http if everyone on the way may read the secret and the list";
        return Err(unusable("expected an `https` address, found `http` to another machine").advise(remedy));
    }
    let extra = [
        ("a user name or password", !base.username().is_empty() || base.password().is_some()),
        ("a query", base.query().is_some()),
        ("a fragment", base.fragment().is_some()),
    ];
    match extra.iter().find(|(_, found)| *found) {
        Some((what, _)) => {
            Err(unusable(format!("expected an address with no more than a path, found {what}")))
        }
        None => Ok(base),
    }
}

/// `path` under `base`. Not by joining: an absolute address in place of a path would then win.
pub(super) fn under(base: &Url, what: &str, path: &str) -> Result<Url, Error> {
    let path = path.trim().trim_start_matches('/');
    if path.is_empty() || path.contains(['?', '#']) || path.contains(char::is_control) {
        // Not shown: a query may hold a secret.
        let found = match path {
            "" => "an empty one",
            path if path.contains('?') => "a query",
            path if path.contains('#') => "a fragment",
            _ => "a control character",
        };
        let message = format!("expected the path of the {what} without query or fragment, found {found}");
        return Err(unusable(message));
    }
    let (mut url, above) = (base.clone(), base.path().trim_end_matches('/'));
    url.set_path(&format!("{above}/{path}"));
    // `..`, escaped or not, is resolved by now.
    if url.path().strip_prefix(above).is_none_or(|path| !path.starts_with('/'))
        || url.path().len() <= above.len() + 1
    {
        let message =
            format!("expected a path of the {what} under the base address, found one that leads out of it");
        return Err(unusable(message));
    }
    Ok(url)
}

pub(super) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let number = host.trim_start_matches('[').trim_end_matches(']');
    match number.parse() {
        Ok(IpAddr::V4(v4)) => v4.is_loopback(),
        Ok(IpAddr::V6(v6)) => v6 == Ipv6Addr::LOCALHOST,
        Err(_) => host == "localhost",
    }
}

pub(super) fn unusable(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Configuration, message).advise("check the base address and the paths of the client")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_added_to_the_base_and_cannot_leave_it() {
        let url = |base: &str, path: &str| {
            under(&Url::parse(base).unwrap(), "list", path).map(|url| url.to_string())
        };
        assert_eq!(url("https://a", "b/c").unwrap(), "https://a/b/c");
        assert_eq!(url("https://a/", "/b/c").unwrap(), "https://a/b/c");
        assert_eq!(url("https://a/p/q", "b").unwrap(), "https://a/p/q/b");
        assert_eq!(url("https://a/p/q/", "b").unwrap(), "https://a/p/q/b");
        assert_eq!(url("https://a", "https://evil.example/b").unwrap(), "https://a/https://evil.example/b");
        assert_eq!(url("https://a", "//evil.example/b").unwrap(), "https://a/evil.example/b");
        assert_eq!(url("https://a/p/q", "b/../c").unwrap(), "https://a/p/q/c");
        for refused in [
            "",
            "/",
            "b?c=d",
            "b#c",
            "b\nc",
            "..",
            "../x",
            "../../x",
            "%2e%2e/x",
            "b/../../x",
            "../qx",
            ".",
            "b/..",
        ] {
            assert!(url("https://a/p/q", refused).is_err(), "{refused:?}");
        }
    }
}

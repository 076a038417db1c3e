//! PAM Core over HTTP.

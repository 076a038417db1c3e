//! What the fuzz targets share: a response's outcome as data ([`outcome`]), settings and chunk
//! sizes from the first bytes of an input ([`recipe`]), valid responses made from random bytes
//! ([`response`]), JSON values compared ([`value`]).

pub mod outcome;
pub mod recipe;
pub mod response;
pub mod value;

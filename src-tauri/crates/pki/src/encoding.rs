//! The forms in which certificates, requests, lists and keys travel.

pub mod pem;

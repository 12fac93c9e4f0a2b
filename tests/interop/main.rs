//! What we make is accepted by what others wrote, and refused by them when a byte of it is changed.

mod certificates;
mod crl_reading;
mod crls;
mod extensions;
mod folders;
mod handing_out;
mod key_formats;
mod pkcs12;
mod pss;

/// The kinds of key that are offered.
const KINDS: [&str; 8] = ["ec-p256", "ec-p384", "ec-p521", "rsa-2048", "rsa-3072", "rsa-4096", "rsa-pss-3072", "ed25519"];

//! The world beyond: what is fetched over the network. Knows no registry.
#![deny(missing_docs)]

pub mod fetch;

//! The network as the core sees it: octets of an address, into a spool.

use std::io;

use authority::sources::{Fetch, FetchError, Spool};
use authority::watch::Watch;
use outside::fetch::{FetchError as Failure, Limits, Sink, fetch};

/// Fetches over HTTP and HTTPS.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    limits: Limits,
}

impl Network {
    pub(crate) const STANDARD: Self = Self { limits: Limits::STANDARD };
}

struct Into<'a> {
    spool: &'a mut Spool,
    watch: &'a dyn Watch,
}

impl Sink for Into<'_> {
    fn restart(&mut self) -> io::Result<()> {
        self.spool.clear()
    }

    fn take(&mut self, octets: &[u8]) -> io::Result<()> {
        self.spool.put(octets)
    }

    fn go_on(&mut self, octets: u64, of: u64) -> bool {
        if octets > 0 {
            self.watch.progress(octets, of);
        }
        !self.watch.cancelled()
    }
}

impl Fetch for Network {
    fn fetch(&self, url: &str, spool: &mut Spool, watch: &dyn Watch) -> Result<(), FetchError> {
        let limits = Limits { most: spool.most(), ..self.limits.clone() };
        fetch(url, &limits, &mut Into { spool, watch }).map_err(|error| FetchError {
            problem: error.to_string(),
            passing: error.passes(),
            too_large: matches!(error, Failure::TooLarge(_)),
            cancelled: matches!(error, Failure::Cancelled),
        })
    }
}

//! The clock of the window. In tests it stands where a file says, behind a feature that never ships.

use api::Host;

/// With the system's clock, as it is.
#[cfg(not(feature = "clock-from-file"))]
pub(crate) fn with_clock(host: Host) -> Host {
    host
}

/// With a clock that stands at the second since 1970 that stands in the file which `CHANCERY_CLOCK` names; the system's while there is no such file.
#[cfg(feature = "clock-from-file")]
pub(crate) fn with_clock(host: Host) -> Host {
    match std::env::var_os("CHANCERY_CLOCK") {
        Some(file) => host.with_clock(std::sync::Arc::new(standing::Standing(file.into()))),
        None => host,
    }
}

#[cfg(feature = "clock-from-file")]
mod standing {
    use std::path::PathBuf;

    use api::{Clock, SystemClock};
    use time::OffsetDateTime;

    pub(super) struct Standing(pub(super) PathBuf);

    impl Clock for Standing {
        fn now(&self) -> OffsetDateTime {
            let said = std::fs::read_to_string(&self.0).ok().and_then(|text| text.trim().parse().ok());
            said.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok()).unwrap_or_else(|| SystemClock.now())
        }
    }
}

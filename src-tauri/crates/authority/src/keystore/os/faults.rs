//! What the keyring library reports, sorted.

use zeroize::Zeroize as _;

use crate::keystore::KeyStoreError;

/// Sorts a fault. `NoEntry` has no counterpart: the caller answers it.
pub(super) fn sort(error: keyring_core::Error) -> KeyStoreError {
    use keyring_core::Error;
    match error {
        Error::NoStorageAccess(_) => KeyStoreError::Locked,
        Error::PlatformFailure(cause) => platform_failure(&*cause),
        Error::NoDefaultStore => KeyStoreError::Unreachable { cause: "this session has no keyring".to_owned() },
        Error::BadEncoding(mut bytes) | Error::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            KeyStoreError::damaged("the entry is not text")
        }
        Error::BadStoreFormat(_) => KeyStoreError::damaged("the keyring"),
        Error::TooLong(..) => KeyStoreError::TooLong,
        Error::Ambiguous(_) => KeyStoreError::Ambiguous,
        Error::NotSupportedByStore(what) => KeyStoreError::Unsupported { what },
        Error::Invalid(name, reason) => KeyStoreError::Unsupported { what: format!("{name}: {reason}") },
        Error::NoEntry => KeyStoreError::damaged("an entry disappeared while it was used"),
        error => KeyStoreError::Unreachable { cause: error.to_string() },
    }
}

/// The store reports some refusals to unlock as a failure of the platform.
fn platform_failure(cause: &(dyn std::error::Error + Send + Sync + 'static)) -> KeyStoreError {
    #[cfg(all(unix, not(target_os = "macos")))]
    if let Some(error) = cause.downcast_ref::<secret_service::Error>() {
        return sort_secret_service(error);
    }
    KeyStoreError::Unreachable { cause: with_source(cause) }
}

/// Sorts a fault of the Secret Service.
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) fn sort_secret_service(error: &secret_service::Error) -> KeyStoreError {
    match error {
        secret_service::Error::Locked | secret_service::Error::Prompt => KeyStoreError::Locked,
        error => KeyStoreError::Unreachable { cause: with_source(error) },
    }
}

fn with_source(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) if !error.to_string().contains(&source.to_string()) => format!("{error}: {source}"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyring_core::Error;

    fn boxed(text: &str) -> Box<dyn std::error::Error + Send + Sync> {
        text.into()
    }

    #[test]
    fn faults_of_the_library_are_told_apart() {
        let unreachable = |cause: &str| KeyStoreError::Unreachable { cause: cause.to_owned() };
        for (error, sorted) in [
            (Error::NoStorageAccess(boxed("locked")), KeyStoreError::Locked),
            (Error::PlatformFailure(boxed("gone")), unreachable("gone")),
            (Error::NoDefaultStore, unreachable("this session has no keyring")),
            (Error::BadEncoding(vec![0xff]), KeyStoreError::damaged("the entry is not text")),
            (Error::BadDataFormat(vec![1], boxed("x")), KeyStoreError::damaged("the entry is not text")),
            (Error::BadStoreFormat("x".to_owned()), KeyStoreError::damaged("the keyring")),
            (Error::TooLong("password".to_owned(), 2560), KeyStoreError::TooLong),
            (Error::Ambiguous(Vec::new()), KeyStoreError::Ambiguous),
            (Error::NotSupportedByStore("x".to_owned()), KeyStoreError::Unsupported { what: "x".to_owned() }),
        ] {
            assert_eq!(sort(error), sorted);
        }
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn a_dismissed_prompt_is_locked_wherever_it_is_reported() {
        assert_eq!(sort(Error::PlatformFailure(Box::new(secret_service::Error::Prompt))), KeyStoreError::Locked);
        assert_eq!(sort(Error::PlatformFailure(Box::new(secret_service::Error::Locked))), KeyStoreError::Locked);
        let unavailable = sort(Error::PlatformFailure(Box::new(secret_service::Error::Unavailable)));
        assert!(matches!(unavailable, KeyStoreError::Unreachable { .. }));
    }
}

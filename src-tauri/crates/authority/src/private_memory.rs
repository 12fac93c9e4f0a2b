//! What is in this process's memory is nobody else's business.

/// Forbids core dumps of this process, and other programs of the same user to read its memory (`ptrace`, `/proc/PID/mem`). Called once, first thing.
///
/// # Errors
/// What the operating system refuses; the program may go on, as it is no worse off than without.
pub fn keep_private() -> Result<(), std::io::Error> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    }
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Tells whether the operating system lets this process keep secrets out of swap. Where it does not, they are in memory like everything else.
#[must_use]
pub fn can_lock() -> bool {
    crate::secret::can_lock()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};

    #[test]
    fn nobody_reads_it_and_nothing_is_dumped() {
        super::keep_private().unwrap();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }
}

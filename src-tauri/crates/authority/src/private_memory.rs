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

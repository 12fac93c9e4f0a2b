//! The log of `--verbose`: to standard error, plain, without anything secret (secret types cannot be printed).

/// Starts logging, or not.
pub(crate) fn start(verbose: bool) {
    if !verbose {
        return;
    }
    let filter = tracing_subscriber::EnvFilter::try_from_env("CHANCERY_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,authority=debug,api=debug"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
}

//! A limit on the size of files is an error like a full disk, not the end of the process.

/// Keeps SIGXFSZ from ending the process: a write past the limit then fails with EFBIG, the change is
/// refused, and reading goes on. Runs within a tokio runtime; once is as good as often.
#[cfg(target_os = "linux")]
pub(crate) fn report_limit_as_error() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    /// On every architecture that Debian releases for, save MIPS.
    const SIGXFSZ: i32 = 25;
    // A handler once installed stays for good, though nobody listens any more.
    signal(SignalKind::from_raw(SIGXFSZ)).map(drop)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn report_limit_as_error() -> std::io::Result<()> {
    Ok(())
}

//! What the operating system tells of this process.

use std::fs;

/// What was found out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Process {
    /// In bytes.
    pub(crate) resident: Option<f64>,
    pub(crate) processor_seconds: Option<f64>,
    /// How many are open.
    pub(crate) files: Option<f64>,
    pub(crate) most_files: Option<f64>,
}

/// Measures what it can; only Linux has it all.
pub(crate) fn measure() -> Process {
    Process {
        resident: fs::read_to_string("/proc/self/status").ok().and_then(|status| resident(&status)),
        processor_seconds: fs::read_to_string("/proc/self/stat")
            .ok()
            .and_then(|stat| processor_seconds(&stat)),
        files: fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as f64),
        most_files: most_files(),
    }
}

#[cfg(unix)]
fn most_files() -> Option<f64> {
    rlimit::getrlimit(rlimit::Resource::NOFILE).ok().map(|(soft, _)| soft as f64)
}

#[cfg(not(unix))]
fn most_files() -> Option<f64> {
    None
}

/// `VmRSS:     1234 kB`.
fn resident(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? * 1024.0)
}

/// Linux counts for programs in hundredths of a second, on every machine.
const TICKS_A_SECOND: f64 = 100.0;

/// Fields 14 and 15; the second is a name in parentheses, which may have blanks in it.
fn processor_seconds(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11).map(|field| field.parse::<f64>().ok());
    Some((fields.next()?? + fields.next()??) / TICKS_A_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_files_are_read() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t    2048 kB\nThreads:\t1\n"), Some(2_097_152.0));
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 4 0 100 1000 10";
        assert_eq!(processor_seconds(stat), Some(2.0));
        assert!(resident("").is_none() && processor_seconds("").is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_uses_something() {
        let process = measure();
        assert!(process.resident.unwrap() > 1e6 && process.files.unwrap() >= 3.0);
        assert!(process.most_files.unwrap() > 100.0 && process.processor_seconds.is_some());
    }
}

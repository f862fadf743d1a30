//! What is measured on, and how much memory a process has.

use std::fs;

/// Processors and their model: what a reader needs to judge an absolute time.
pub(crate) struct Machine {
    pub(crate) cores: usize,
    pub(crate) model: String,
    pub(crate) memory: u64,
}

impl Machine {
    pub(crate) fn this() -> Self {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processors.lines().find_map(|line| {
            line.split_once(':').filter(|(key, _)| key.trim() == "model name").map(|(_, value)| value.trim())
        });
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            model: model.unwrap_or("unknown processor").to_owned(),
            memory: kibibytes(&memory, "MemTotal").unwrap_or(0) * 1024,
        }
    }
}

/// The bytes of memory that this process occupies.
pub(crate) fn resident() -> u64 {
    status("VmRSS")
}

/// The most bytes that this process has occupied.
pub(crate) fn most_resident() -> u64 {
    status("VmHWM")
}

fn status(key: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    kibibytes(&status, key).unwrap_or(0) * 1024
}

fn kibibytes(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

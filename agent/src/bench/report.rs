//! What was measured, for machines and for people.

use std::fs;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use serde::{Deserialize, Serialize};

use super::gpu::{self, GpuReport};
use super::{Options, Test};

/// Rates of the processor, each in units per second over all threads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Name of the processor as the system gives it.
    pub cpu: String,
    pub threads: usize,
    /// Percent of a core that each thread was allowed.
    pub cpu_share: u8,
    /// Memory of the machine, in bytes; 0 where the system does not say.
    pub memory_bytes: u64,
    /// Bytes hashed.
    pub blake3_bytes_per_sec: f64,
    /// Tickets of phase A tried: the unit of the verified hash rate.
    pub tickets_per_sec: f64,
    /// Floating-point operations in f32 matrix products.
    pub f32_ops_per_sec: f64,
    /// Integer operations in int8 matrix products.
    pub int8_ops_per_sec: f64,
    /// Bytes moved by the triad.
    pub triad_bytes_per_sec: f64,
    /// Graphics processors; absent where they were not looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<GpuReport>,
}

impl Report {
    pub(super) fn about(options: &Options) -> Self {
        let field = |file: &str, name: &str| -> Option<String> {
            let text = fs::read_to_string(file).ok()?;
            let line = text.lines().find(|l| l.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let kib = |text: String| text.split_whitespace().next()?.parse::<u64>().ok();
        Self {
            cpu: field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.into()),
            threads: options.threads.max(1),
            cpu_share: options.share.get(),
            memory_bytes: field("/proc/meminfo", "MemTotal").and_then(kib).unwrap_or(0) << 10,
            ..Self::default()
        }
    }

    pub(super) fn set(&mut self, test: Test, rate: f64) {
        *match test {
            Test::Blake3 => &mut self.blake3_bytes_per_sec,
            Test::Tickets => &mut self.tickets_per_sec,
            Test::F32 => &mut self.f32_ops_per_sec,
            Test::Int8 => &mut self.int8_ops_per_sec,
            Test::Memory => &mut self.triad_bytes_per_sec,
        } = rate;
    }

    /// The rate of a test, in its unit.
    pub fn get(&self, test: Test) -> f64 {
        match test {
            Test::Blake3 => self.blake3_bytes_per_sec,
            Test::Tickets => self.tickets_per_sec,
            Test::F32 => self.f32_ops_per_sec,
            Test::Int8 => self.int8_ops_per_sec,
            Test::Memory => self.triad_bytes_per_sec,
        }
    }

    /// Tables for people.
    pub fn table(&self) -> String {
        let cpu = format!("{}, {} threads at {} %", self.cpu, self.threads, self.cpu_share);
        let rows = Test::ALL.map(|test| [test.title().to_owned(), human(self.get(test), test.unit())]);
        let mut text = draw([cpu, "rate".into()], rows);
        let Some(gpu) = &self.gpu else { return text };
        text.push_str(&format!("\nGPU: {}", gpu.words));
        for device in &gpu.devices {
            let header = [
                format!("{} ({})", device.adapter.name, device.adapter.backend),
                "rate".into(),
            ];
            text.push('\n');
            text.push_str(&draw(header, gpu::rows(device)));
        }
        text
    }
}

fn draw(header: [String; 2], rows: impl IntoIterator<Item = [String; 2]>) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// Three figures and a prefix: `12.3 GFLOP/s`.
pub(super) fn human(rate: f64, unit: &str) -> String {
    let mut scaled = rate;
    let mut prefixes = ["", "k", "M", "G", "T"].into_iter();
    let mut prefix = prefixes.next().unwrap_or_default();
    for next in prefixes {
        if scaled < 1000.0 {
            break;
        }
        scaled /= 1000.0;
        prefix = next;
    }
    let decimals = if scaled < 10.0 { 2 } else { usize::from(scaled < 100.0) };
    format!("{scaled:.decimals$} {prefix}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_well() {
        for (rate, text) in [
            (0.0, "0.00 B/s"),
            (999.0, "999 B/s"),
            (1000.0, "1.00 kB/s"),
            (12_340.0, "12.3 kB/s"),
            (5.67e9, "5.67 GB/s"),
            (1.0e16, "10000 TB/s"),
        ] {
            assert_eq!(human(rate, "B/s"), text);
        }
    }
}

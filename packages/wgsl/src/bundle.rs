//! The job file of wgsl/1 and the ceilings of a run.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Refusal};

/// Largest job file, in bytes: source plus plan.
pub const MAX_BUNDLE_BYTES: usize = 48 << 10;
/// Most steps of a program; the same number as for other runtimes, so that a trace opens with 12 hashes.
pub const MAX_STEPS: u32 = 4096;
/// Most entries in `passes`.
pub const MAX_PASSES: usize = 256;
/// Most buffers of a bundle.
pub const MAX_BUFFERS: usize = 8;
/// Most workgroups of one dispatch: what every adapter takes in one dimension.
pub const MAX_WORKGROUPS: u32 = 65_535;

/// What a buffer holds before the first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    /// Zeros.
    Zero,
    /// The next bytes of the input, in the order of `buffers`; zeros where the input is at its end.
    Input,
}

/// A buffer of the program; it lives through all steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BufferSpec {
    /// Name that `bind` and `output` use.
    pub name: String,
    /// Size in bytes, a multiple of 4.
    pub bytes: u64,
    /// Content before the first step.
    pub init: Init,
}

/// Some steps in a row that run the same entry point on the same buffers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pass {
    /// Name of an `@compute` function.
    pub entry: String,
    /// Number of workgroups; the grid is `[workgroups, 1, 1]`.
    pub workgroups: u32,
    /// Number of steps; 1 if absent.
    #[serde(default = "once")]
    pub repeat: u32,
    /// Storage variable of the source -> buffer. Exactly the variables that the entry point uses.
    pub bind: Bind,
}

/// Pairs of variable and buffer, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bind(pub Vec<(String, String)>);

/// The job file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// WGSL.
    pub source: String,
    /// 1 to [`MAX_BUFFERS`].
    pub buffers: Vec<BufferSpec>,
    /// 1 to [`MAX_PASSES`].
    pub passes: Vec<Pass>,
    /// Name of the buffer whose content after the last step is the output.
    pub output: String,
}

impl Bundle {
    /// Reads a job file; sizes are checked before anything is parsed.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        if bytes.len() > MAX_BUNDLE_BYTES {
            let what = format!("the bundle has {} bytes, at most {MAX_BUNDLE_BYTES}", bytes.len());
            return Err(Refusal::new(Code::BundleSize, what));
        }
        // serde_json bounds the depth of nesting.
        let bundle: Self =
            serde_json::from_slice(bytes).map_err(|e| Refusal::new(Code::BundleFormat, e.to_string()))?;
        let source = bundle.source.len() as u64;
        if source > limits.source_bytes {
            let what = format!("the source has {source} bytes, at most {}", limits.source_bytes);
            return Err(Refusal::new(Code::SourceSize, what));
        }
        Ok(bundle)
    }
}

/// Ceilings of a run, part of the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of the source.
    pub source_bytes: u64,
    /// Bytes of all buffers together.
    pub buffer_bytes: u64,
    /// Bytes of the output buffer.
    pub output_bytes: u64,
    /// Invocations of all steps together.
    pub invocations: u64,
}

impl Limits {
    /// The largest values that wgsl/1 knows. 128 MiB is the binding size that every adapter takes.
    pub const CEILING: Self = Self {
        source_bytes: 32 << 10,
        buffer_bytes: 512 << 20,
        output_bytes: 128 << 20,
        invocations: 1 << 36,
    };
    /// Bytes of one buffer, whatever a job asks for.
    pub const ONE_BUFFER: u64 = 128 << 20;

    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let top = Self::CEILING;
        for (field, value, cap) in [
            ("source_bytes", self.source_bytes, top.source_bytes),
            ("buffer_bytes", self.buffer_bytes, top.buffer_bytes),
            ("output_bytes", self.output_bytes, top.output_bytes),
            ("invocations", self.invocations, top.invocations),
        ] {
            if value == 0 || value > cap {
                let what = format!("{field} is {value}, allowed are 1 to {cap}");
                return Err(Refusal::new(Code::Limits, what));
            }
        }
        Ok(())
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            source_bytes: 32 << 10,
            buffer_bytes: 64 << 20,
            output_bytes: 64 << 20,
            invocations: 1 << 32,
        }
    }
}

fn once() -> u32 {
    1
}

mod bind {
    //! A map that keeps its order and refuses a key that comes twice.
    use std::fmt;

    use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
    use serde::ser::{Serialize, Serializer};

    use super::Bind;

    impl Serialize for Bind {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().map(|(k, v)| (k, v)))
        }
    }

    impl<'de> Deserialize<'de> for Bind {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(Pairs)
        }
    }

    struct Pairs;

    impl<'de> Visitor<'de> for Pairs {
        type Value = Bind;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of variable names and buffer names")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Bind, A::Error> {
            let mut pairs: Vec<(String, String)> = Vec::new();
            while let Some((variable, buffer)) = map.next_entry::<String, String>()? {
                if pairs.iter().any(|(v, _)| *v == variable) {
                    return Err(A::Error::custom(format!("`{variable}` is bound twice")));
                }
                pairs.push((variable, buffer));
            }
            Ok(Bind(pairs))
        }
    }
}

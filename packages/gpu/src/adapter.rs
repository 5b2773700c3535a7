//! What adapters a machine has, and what that allows.

use serde::{Deserialize, Serialize};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// No driver, or no device behind it.
    NoAdapter {
        /// What each backend said.
        reason: String,
    },
    /// Only a software adapter: right results, at the speed of a processor that emulates. May not be sold as a GPU.
    Software {
        /// Name of the adapter.
        name: String,
    },
    /// A real device.
    Hardware {
        /// Name of the best adapter.
        name: String,
    },
}

impl State {
    /// Whether this machine may sell a GPU.
    pub fn may_sell(&self) -> bool {
        matches!(self, Self::Hardware { .. })
    }

    /// The state in words, with what to do about it.
    pub fn words(&self) -> String {
        match self {
            Self::NoAdapter { .. } => {
                "no adapter: install the vendor's driver, or mesa-vulkan-drivers and libvulkan1 (Debian) for a software one"
                    .into()
            }
            Self::Software { name } => format!("software adapter {name}: good for tests, may not sell as a GPU"),
            Self::Hardware { name } => format!("hardware: {name}"),
        }
    }
}

/// What an adapter is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdapterKind {
    /// A card with memory of its own.
    Discrete,
    /// Shares memory with the processor.
    Integrated,
    /// Passed through to a virtual machine.
    Virtual,
    /// A device that does not say.
    Other,
    /// The processor.
    Software,
}

/// How the adapter multiplies packed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dot {
    /// `dot4I8Packed` is an instruction.
    Native,
    /// The driver offers it and says that it is no faster than the same work in single steps.
    Slow,
    /// The shader compiler writes it as shifts, multiplications and additions.
    Emulated,
    /// The backend does not tell.
    Unknown,
}

/// An adapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    /// Its number in requests: the best come first.
    pub index: u32,
    pub name: String,
    /// vulkan, metal or dx12.
    pub backend: String,
    /// Driver and its version.
    pub driver: String,
    pub kind: AdapterKind,
    /// Device memory in bytes, where a real device tells it.
    pub memory_bytes: Option<u64>,
    /// Largest buffer that a kernel can bind, in bytes.
    pub max_binding_bytes: u64,
    pub int8_dot: Dot,
}

/// All adapters of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapters {
    #[serde(flatten)]
    pub state: State,
    /// The best first: discrete, integrated, virtual, other, software.
    pub list: Vec<Adapter>,
}

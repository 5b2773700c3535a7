//! What a host offers to confine a child with, and whether that is enough for other people's code.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One thing between a job and the host. Resource limits, the cleared environment and `no_new_privs` are not layers:
/// they always hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// User, process, network, mount, IPC and host name namespaces, an empty root, no capabilities.
    Namespaces,
    /// Landlock without any allowed path.
    Landlock,
    /// A list of the system calls that computing needs.
    Seccomp,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Namespaces => "namespaces",
            Self::Landlock => "landlock",
            Self::Seccomp => "seccomp",
        })
    }
}

/// A set of layers; as text, their names with commas, or `none`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layers {
    pub namespaces: bool,
    pub landlock: bool,
    pub seccomp: bool,
}

impl Layers {
    /// Every layer there is.
    pub const ALL: Self = Self {
        namespaces: true,
        landlock: true,
        seccomp: true,
    };
    /// No layer.
    pub const NONE: Self = Self {
        namespaces: false,
        landlock: false,
        seccomp: false,
    };

    /// Just this one.
    pub fn only(layer: Layer) -> Self {
        let mut layers = Self::NONE;
        *layers.slot(layer) = true;
        layers
    }

    /// The layers in both sets.
    pub fn and(self, other: Self) -> Self {
        Self {
            namespaces: self.namespaces && other.namespaces,
            landlock: self.landlock && other.landlock,
            seccomp: self.seccomp && other.seccomp,
        }
    }

    pub(super) fn slot(&mut self, layer: Layer) -> &mut bool {
        match layer {
            Layer::Namespaces => &mut self.namespaces,
            Layer::Landlock => &mut self.landlock,
            Layer::Seccomp => &mut self.seccomp,
        }
    }

    /// Whether code that nobody vouches for may run behind these layers: it must reach neither files nor the network
    /// even after breaking out of the engine. The system call filter alone does that; so do the two others together.
    pub fn sufficient(self) -> bool {
        self.seccomp || (self.namespaces && self.landlock)
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut layers = *self;
        let all = [Layer::Namespaces, Layer::Landlock, Layer::Seccomp].into_iter();
        let names: Vec<String> = all.filter(|l| *layers.slot(*l)).map(|l| l.to_string()).collect();
        f.write_str(if names.is_empty() { "none" } else { "" })?;
        f.write_str(&names.join(","))
    }
}

impl FromStr for Layers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut layers = Self::NONE;
        for name in text.split(',').filter(|n| *n != "none") {
            *layers.slot(match name {
                "namespaces" => Layer::Namespaces,
                "landlock" => Layer::Landlock,
                "seccomp" => Layer::Seccomp,
                other => return Err(format!("unknown layer {other}")),
            }) = true;
        }
        Ok(layers)
    }
}

/// What this host offers, found out by starting a child for each layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Confinement {
    /// The layers that came up, all of which every job gets.
    pub layers: Layers,
    /// The others, each with the host's reason.
    pub missing: Vec<(Layer, String)>,
}

impl Confinement {
    /// The missing layers and why, for people.
    pub fn gaps(&self) -> String {
        let all: Vec<String> = self
            .missing
            .iter()
            .map(|(layer, why)| format!("no {layer}: {why}"))
            .collect();
        all.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_read_back_what_they_print() {
        for bits in 0..8u8 {
            let layers = Layers {
                namespaces: bits & 1 > 0,
                landlock: bits & 2 > 0,
                seccomp: bits & 4 > 0,
            };
            assert_eq!(layers.to_string().parse(), Ok(layers));
        }
        assert!("chroot".parse::<Layers>().is_err());
    }

    #[test]
    fn strangers_need_the_filter_or_both_others() {
        assert!(Layers::ALL.sufficient());
        assert!(Layers::only(Layer::Seccomp).sufficient());
        assert!(Layers {
            seccomp: false,
            ..Layers::ALL
        }
        .sufficient());
        assert!(!Layers::only(Layer::Namespaces).sufficient());
        assert!(!Layers::only(Layer::Landlock).sufficient());
        assert!(!Layers::NONE.sufficient());
    }
}

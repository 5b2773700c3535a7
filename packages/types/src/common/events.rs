//! Typed events. Contracts emit them, agents, tests and indexers read them back with the same types. The chain shows
//! the name with `wasm-` in front.

use std::str::FromStr;

use cosmwasm_std::{Addr, Uint128, Uint64};

use crate::{HoldId, JobId, NodeId, OfferId, ProposalId, ProviderId, WindowId};

/// An event that is not of the expected type or misses an attribute.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EventError {
    /// Another event.
    #[error("types.event_kind: expected event `{expected}`, found `{found}`")]
    Kind {
        /// Expected name.
        expected: &'static str,
        /// Name found.
        found: String,
    },
    /// An attribute is missing or does not parse.
    #[error("types.event_attribute: event `{event}` has no readable attribute `{attribute}`")]
    Attribute {
        /// Name of the event.
        event: &'static str,
        /// Attribute at fault.
        attribute: &'static str,
    },
}

/// A value of an event attribute: never empty, and read back exactly.
pub trait Attr: Sized {
    /// Text on the chain.
    fn to_attr(&self) -> String;
    /// Value of the text.
    fn from_attr(text: &str) -> Option<Self>;
}

macro_rules! attr_by_text {
    ($($t:ty),*) => {$(
        impl Attr for $t {
            fn to_attr(&self) -> String {
                self.to_string()
            }
            fn from_attr(text: &str) -> Option<Self> {
                <$t>::from_str(text).ok()
            }
        }
    )*};
}
attr_by_text!(bool, u8, u16, u32, u64, Uint128, HoldId, JobId, NodeId, OfferId, ProposalId, ProviderId, WindowId);

impl Attr for Uint64 {
    fn to_attr(&self) -> String {
        self.to_string()
    }
    fn from_attr(text: &str) -> Option<Self> {
        text.parse::<u64>().ok().map(Uint64::new)
    }
}

/// Texts: an empty one travels as `-`.
impl Attr for String {
    fn to_attr(&self) -> String {
        if self.is_empty() {
            "-".into()
        } else {
            self.clone()
        }
    }
    fn from_attr(text: &str) -> Option<Self> {
        Some(if text == "-" { String::new() } else { text.into() })
    }
}

impl Attr for Addr {
    fn to_attr(&self) -> String {
        self.to_string()
    }
    fn from_attr(text: &str) -> Option<Self> {
        Some(Addr::unchecked(text))
    }
}

/// Absent values travel as `none`.
impl<T: Attr> Attr for Option<T> {
    fn to_attr(&self) -> String {
        self.as_ref().map_or_else(|| "none".into(), Attr::to_attr)
    }
    fn from_attr(text: &str) -> Option<Self> {
        if text == "none" {
            Some(None)
        } else {
            T::from_attr(text).map(Some)
        }
    }
}

/// Declares event structs that convert into and out of `cosmwasm_std::Event`.
macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $tag:literal {
        $($(#[$fdoc:meta])* $field:ident: $ty:ty,)*
    })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name {
                $($(#[$fdoc])* pub $field: $ty,)*
            }

            impl $name {
                /// Name in the contract; the chain adds `wasm-`.
                pub const NAME: &'static str = $tag;
            }

            impl From<$name> for cosmwasm_std::Event {
                fn from(event: $name) -> Self {
                    cosmwasm_std::Event::new($tag)
                        $(.add_attribute(stringify!($field), $crate::Attr::to_attr(&event.$field)))*
                }
            }

            impl TryFrom<&cosmwasm_std::Event> for $name {
                type Error = $crate::EventError;
                fn try_from(event: &cosmwasm_std::Event) -> Result<Self, Self::Error> {
                    if event.ty.strip_prefix("wasm-").unwrap_or(&event.ty) != $tag {
                        return Err($crate::EventError::Kind { expected: $tag, found: event.ty.clone() });
                    }
                    Ok(Self {
                        $($field: event
                            .attributes
                            .iter()
                            .find(|a| a.key == stringify!($field))
                            .and_then(|a| <$ty as $crate::Attr>::from_attr(&a.value))
                            .ok_or($crate::EventError::Attribute { event: $tag, attribute: stringify!($field) })?,)*
                    })
                }
            }
        )*

        /// Names of all events of this contract.
        pub const EVENTS: &[&str] = &[$($tag),*];
    };
}
pub(crate) use events;

#[cfg(test)]
mod tests {
    use super::*;
    use cosmwasm_std::Event;

    events! {
        /// A probe.
        Probe = "joule_probe" {
            /// Job.
            job: JobId,
            /// Text.
            note: String,
            /// Optional.
            to: Option<Addr>,
        }
    }

    #[test]
    fn events_round_trip_with_and_without_the_prefix_of_the_chain() {
        for (note, to) in [("", None), ("x", Some(Addr::unchecked("a")))] {
            let probe = Probe {
                job: JobId(7),
                note: note.into(),
                to,
            };
            let event = Event::from(probe.clone());
            assert!(event.attributes.iter().all(|a| !a.value.is_empty()));
            assert_eq!(Probe::try_from(&event), Ok(probe.clone()));
            let mut shown = event;
            shown.ty = format!("wasm-{}", shown.ty);
            assert_eq!(Probe::try_from(&shown), Ok(probe));
        }
    }

    #[test]
    fn a_foreign_or_incomplete_event_is_named() {
        let other = Event::new("joule_other");
        assert_eq!(
            Probe::try_from(&other),
            Err(EventError::Kind {
                expected: "joule_probe",
                found: "joule_other".into()
            })
        );
        let short = Event::new("joule_probe").add_attribute("job", "1");
        assert_eq!(
            Probe::try_from(&short),
            Err(EventError::Attribute {
                event: "joule_probe",
                attribute: "note"
            })
        );
        assert_eq!(EVENTS, ["joule_probe"]);
    }
}

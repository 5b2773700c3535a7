//! Typed events of the contracts, read from what a node reports.
use cosmwasm_std::Event as CwEvent;

use crate::chain::types::Event;
use crate::error::{Error, Result};

/// The attribute with which the chain itself names the contract of an event.
pub const CONTRACT: &str = "_contract_address";

/// The events of type `T` that `contract` emitted, in order. An event of the same name from another contract is not one
/// of them, and neither is one that lacks an attribute.
pub fn of<'a, T>(contract: &'a str, events: &'a [Event]) -> impl Iterator<Item = T> + 'a
where
    T: for<'e> TryFrom<&'e CwEvent> + 'a,
{
    events
        .iter()
        .filter(move |e| e.get(CONTRACT) == Some(contract))
        .filter_map(|e| T::try_from(&plain(e)).ok())
}

/// The first event of type `T` of a transaction that must have one.
pub fn first<T>(contract: &str, events: &[Event]) -> Result<T>
where
    T: for<'e> TryFrom<&'e CwEvent>,
{
    of(contract, events).next().ok_or_else(|| {
        Error::refused(
            "chain.no_event",
            format!("the transaction has no {} of {contract}", std::any::type_name::<T>()),
            "check that the deployment file and this version of joule belong together",
        )
    })
}

/// The event without the chain's own attributes, which a contract may not write and `cosmwasm_std` does not take.
pub fn plain(event: &Event) -> CwEvent {
    let own = event.attributes.iter().filter(|(key, _)| !key.starts_with('_'));
    CwEvent::new(event.kind.clone()).add_attributes(own.cloned())
}

#[cfg(test)]
mod tests {
    use joule_types::marketplace::JobQueued;
    use joule_types::JobId;

    use super::*;

    fn queued(contract: &str, attributes: &[(&str, &str)]) -> Event {
        let own = attributes.iter().map(|(k, v)| (k.to_string(), v.to_string()));
        let attributes = std::iter::once((CONTRACT.to_string(), contract.to_string()))
            .chain(own)
            .collect();
        Event {
            kind: "wasm-joule_job_queued".into(),
            attributes,
        }
    }

    #[test]
    fn only_whole_events_of_the_named_contract_are_read() {
        let events = [
            queued("wasm1other", &[("job", "1"), ("reason", "gap")]),
            queued("wasm1mkt", &[("job", "2")]),
            queued("wasm1mkt", &[("job", "3"), ("reason", "budget"), ("msg_index", "0")]),
        ];
        let found: Vec<JobQueued> = of("wasm1mkt", &events).collect();
        assert_eq!(
            found,
            [JobQueued {
                job: JobId(3),
                reason: "budget".into()
            }]
        );
        assert_eq!(first::<JobQueued>("wasm1mkt", &events).unwrap(), found[0]);
        assert_eq!(
            first::<JobQueued>("wasm1none", &events).unwrap_err().code(),
            "chain.no_event"
        );
    }
}

//! Records what a message makes the contracts do: every call with what it read, asked and returned. The compiled contracts replay the recording
//! in a real machine (`packages/vmcheck`, whose README describes the format).

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use cosmwasm_std::{
    from_json, Binary, Checksum, Deps, DepsMut, Empty, Env, MessageInfo, Order, Querier, QuerierResult, QuerierWrapper,
    Reply, Response, Storage,
};
use cw_multi_test::{error::AnyResult, Contract};
use joule_types::Peer;
use serde::Serialize;
use serde_json::{json, Value};

/// One call of an entry point.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    contract: &'static str,
    entry: &'static str,
    env: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<Value>,
    msg: Value,
    state: Vec<(Binary, Binary)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queries: Vec<Value>,
    result: Value,
}

thread_local! {
    /// Calls of the running recording in the order in which they started; none when nothing is recorded.
    static CALLS: RefCell<Option<Vec<Option<Call>>>> = const { RefCell::new(None) };
}

/// Runs `action` and returns what it returned with all calls that it caused.
pub fn record<T>(action: impl FnOnce() -> T) -> (T, Vec<Call>) {
    CALLS.set(Some(vec![]));
    let outcome = action();
    let calls = CALLS.take().unwrap_or_default();
    (outcome, calls.into_iter().flatten().collect())
}

/// A contract whose calls are recorded.
pub struct Recorded {
    peer: Peer,
    inner: Box<dyn Contract<Empty>>,
}

/// The code of `peer`, recorded; for `Backend::with_codes`.
#[must_use]
pub fn recorded(peer: Peer) -> Box<dyn Contract<Empty>> {
    Box::new(Recorded {
        peer,
        inner: (joule_native::code(peer).contract)(),
    })
}

impl Recorded {
    fn watch<T: Serialize>(
        &self,
        entry: &'static str,
        (env, info, msg): (&Env, Option<&MessageInfo>, &[u8]),
        storage: &mut dyn Storage,
        querier: QuerierWrapper,
        call: impl FnOnce(&mut dyn Storage, QuerierWrapper) -> AnyResult<T>,
    ) -> AnyResult<T> {
        let Some(slot) = CALLS.with_borrow_mut(|calls| {
            calls.as_mut().map(|calls| {
                calls.push(None);
                calls.len() - 1
            })
        }) else {
            return call(storage, querier);
        };
        let mut watched = Watched {
            inner: storage,
            seen: RefCell::default(),
            written: BTreeSet::new(),
        };
        let asked = Asked {
            inner: &querier,
            log: RefCell::default(),
        };
        let outcome = call(&mut watched, QuerierWrapper::new(&asked));
        let finished = outcome.as_ref().ok().map(|answer| Call {
            contract: self.peer.name(),
            entry,
            env: value(env),
            info: info.map(value),
            msg: from_json(msg).unwrap_or(Value::Null),
            state: watched
                .seen
                .take()
                .into_iter()
                .filter_map(|(k, v)| Some((k.into(), v?.into())))
                .collect(),
            queries: asked.log.take(),
            result: json!({ "ok": value(answer) }),
        });
        CALLS.with_borrow_mut(|calls| {
            if let Some(free) = calls.as_mut().and_then(|calls| calls.get_mut(slot)) {
                *free = finished;
            }
        });
        outcome
    }
}

fn value(of: &impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or(Value::Null)
}

impl Contract<Empty> for Recorded {
    fn instantiate(&self, deps: DepsMut, env: Env, info: MessageInfo, msg: Vec<u8>) -> AnyResult<Response> {
        let (api, parts) = (deps.api, (env.clone(), info.clone(), msg.clone()));
        self.watch(
            "instantiate",
            (&parts.0, Some(&parts.1), &parts.2),
            deps.storage,
            deps.querier,
            |storage, querier| {
                self.inner
                    .instantiate(DepsMut { storage, api, querier }, env, info, msg)
            },
        )
    }

    fn execute(&self, deps: DepsMut, env: Env, info: MessageInfo, msg: Vec<u8>) -> AnyResult<Response> {
        let (api, parts) = (deps.api, (env.clone(), info.clone(), msg.clone()));
        self.watch(
            "execute",
            (&parts.0, Some(&parts.1), &parts.2),
            deps.storage,
            deps.querier,
            |storage, querier| self.inner.execute(DepsMut { storage, api, querier }, env, info, msg),
        )
    }

    fn query(&self, deps: Deps, env: Env, msg: Vec<u8>) -> AnyResult<Binary> {
        let (api, parts) = (deps.api, (env.clone(), msg.clone()));
        let mut reader = ReadOnly(deps.storage);
        self.watch(
            "query",
            (&parts.0, None, &parts.1),
            &mut reader,
            deps.querier,
            |storage, querier| self.inner.query(Deps { storage, api, querier }, env, msg),
        )
    }

    fn reply(&self, deps: DepsMut, env: Env, msg: Reply) -> AnyResult<Response> {
        self.inner.reply(deps, env, msg)
    }

    fn sudo(&self, deps: DepsMut, env: Env, msg: Vec<u8>) -> AnyResult<Response> {
        self.inner.sudo(deps, env, msg)
    }

    fn migrate(&self, deps: DepsMut, env: Env, msg: Vec<u8>) -> AnyResult<Response> {
        self.inner.migrate(deps, env, msg)
    }

    fn checksum(&self) -> Option<Checksum> {
        self.inner.checksum()
    }
}

/// A storage that notes what is read before it is written.
struct Watched<'a> {
    inner: &'a mut dyn Storage,
    seen: RefCell<BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
    written: BTreeSet<Vec<u8>>,
}

impl Watched<'_> {
    fn note(&self, key: &[u8], found: Option<&[u8]>) {
        if !self.written.contains(key) {
            self.seen.borrow_mut().insert(key.to_vec(), found.map(<[u8]>::to_vec));
        }
    }
}

impl Storage for Watched<'_> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let found = self.inner.get(key);
        self.note(key, found.as_deref());
        found
    }

    fn range<'a>(
        &'a self,
        start: Option<&[u8]>,
        end: Option<&[u8]>,
        order: Order,
    ) -> Box<dyn Iterator<Item = (Vec<u8>, Vec<u8>)> + 'a> {
        Box::new(
            self.inner
                .range(start, end, order)
                .inspect(|(key, found)| self.note(key, Some(found))),
        )
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        self.written.insert(key.to_vec());
        self.inner.set(key, value);
    }

    fn remove(&mut self, key: &[u8]) {
        self.written.insert(key.to_vec());
        self.inner.remove(key);
    }
}

/// The storage of a query, which cannot write.
struct ReadOnly<'a>(&'a dyn Storage);

impl Storage for ReadOnly<'_> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(key)
    }

    fn range<'a>(
        &'a self,
        start: Option<&[u8]>,
        end: Option<&[u8]>,
        order: Order,
    ) -> Box<dyn Iterator<Item = (Vec<u8>, Vec<u8>)> + 'a> {
        self.0.range(start, end, order)
    }

    fn set(&mut self, _: &[u8], _: &[u8]) {
        panic!("a query has no storage to write to");
    }

    fn remove(&mut self, _: &[u8]) {
        panic!("a query has no storage to write to");
    }
}

/// A querier that notes questions and answers.
struct Asked<'a> {
    inner: &'a QuerierWrapper<'a>,
    log: RefCell<Vec<Value>>,
}

impl Querier for Asked<'_> {
    fn raw_query(&self, request: &[u8]) -> QuerierResult {
        let answer = self.inner.raw_query(request);
        let request = from_json::<Value>(request).unwrap_or(Value::Null);
        self.log
            .borrow_mut()
            .push(json!({ "request": request, "answer": value(&answer) }));
        answer
    }
}

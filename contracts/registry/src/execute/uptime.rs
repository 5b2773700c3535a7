//! Judging a period of uptime.

use cosmwasm_std::{DepsMut, Env, Response};
use joule_types::registry::UptimeJudged;
use joule_types::{NodeId, ProviderId};
use joule_work::reputation;
use joule_work::uptime::availability_bps;

use crate::domain::uptime::{last_full, promised_nothing, switch};
use crate::state::{self, PARAMS};
use crate::RegistryError;

/// Judges the last full period since the start of the running one and starts the next. A node that was switched off
/// for the whole of it passes: it promised nothing.
pub fn judge(deps: DepsMut, env: &Env, id: NodeId) -> Result<Response, RegistryError> {
    let now = env.block.time.seconds();
    let mut node = state::node(deps.storage, id)?;
    if !node.beaten() {
        return Err(RegistryError::NoBeat { node: id });
    }
    let params = PARAMS.load(deps.storage)?;
    let period = params.uptime_period_secs;
    let (begin, end) = last_full(&node, now, period).ok_or(RegistryError::TooEarly {
        at: node.period_from.saturating_add(period),
        now,
    })?;
    let online = |t: u64| -> Result<u64, RegistryError> {
        let outage = state::outage_at(deps.storage, id, t)?;
        Ok(node.clock.online_secs(t, outage))
    };
    let (from, to) = (online(begin)?, online(end)?);
    let uptime_bps = availability_bps(from, to, begin, end).unwrap_or(0);
    let passed = uptime_bps >= params.min_uptime_bps || promised_nothing(&node, begin);

    node.period_from = end;
    node.period_online = to;
    if !passed {
        switch(&mut node, false, now, period);
        let provider = ProviderId(node.provider);
        let mut track = state::track(deps.storage, provider)?;
        track.reputation = reputation::missed(track.reputation);
        state::save_track(deps.storage, provider, &track);
    }
    state::save_node(deps.storage, id, &node);

    let event = UptimeJudged {
        node: id,
        uptime_bps,
        passed,
    };
    Ok(Response::new().add_attribute("action", "judge_uptime").add_event(event))
}

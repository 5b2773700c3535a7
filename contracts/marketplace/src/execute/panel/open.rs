//! A committee opens with the result that it judges.

use cosmwasm_std::{Addr, DepsMut, Env};
use joule_kit::Control;
use joule_types::{
    marketplace::{CommitteeTerms, PanelOpened},
    registry,
};

use super::{seal::edge_loss, SEAL_BLOCKS};
use crate::{
    domain::panel::{durations, Panel},
    error::Res,
    jobs::Job,
    outbox::Outbox,
    state::{panel_key, AttemptRecord, LINKS, PANELS},
};

/// Opens the committee of the present attempt and fixes who may not sit on it. Returns the panel.
///
/// # Errors
/// Storage and query errors.
pub fn open(
    deps: &mut DepsMut,
    env: &Env,
    control: &Control,
    job: &Job,
    terms: &CommitteeTerms,
    tried: &AttemptRecord,
    out: &mut Outbox,
) -> Res<Panel> {
    let (id, attempt, now) = (job.id, job.progress.attempts, env.block.time.seconds());
    let times = durations(terms, job.posted.spec.requirements.max_secs);
    let lost = edge_loss(deps.as_ref(), control, terms, now)?;
    let panel = Panel::new(
        env.block.height.saturating_add(SEAL_BLOCKS),
        now.saturating_add(times.beacon).saturating_add(lost),
        now.saturating_add(times.longest()).saturating_add(lost),
    );
    let links = links(deps, control, &job.posted.buyer, tried)?;

    PANELS.save(deps.storage, &panel_key(id, attempt), &panel);
    LINKS.save(deps.storage, (id.u64(), attempt), &links)?;

    out.say(PanelOpened {
        job: id,
        attempt,
        seal_from: panel.seal_from,
        judge_by: panel.judge_by,
    });
    Ok(panel)
}

/// The parties of both sides, each once: those of the attempt, the buyer, and the owner of the buyer's own business. Nobody
/// else, so that no party can keep a validator off by naming it.
fn links(deps: &DepsMut, control: &Control, buyer: &Addr, tried: &AttemptRecord) -> Res<Vec<Addr>> {
    let mut links = vec![
        buyer.clone(),
        tried.owner.clone(),
        tried.operator.clone(),
        tried.payout.clone(),
    ];
    links.extend(tried.referrer.clone());
    links.extend(registry::handle::owner_of(
        &deps.querier,
        &control.peers.registry,
        buyer,
    )?);
    links.sort_unstable();
    links.dedup();
    Ok(links)
}

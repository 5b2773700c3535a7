//! Committees.

use cosmwasm_std::{Deps, HexBinary, Order, Storage};
use cw_storage_plus::Bound;
use joule_kit::paging;
use joule_types::{
    marketplace::{OpenSeat, PanelPhase, PanelResponse, SeatResponse, VoteRoots},
    JobId, Page,
};

use crate::{
    domain::panel::{Panel, Seat},
    error::Res,
    jobs,
    state::{panel_key, seat_key, OPEN_SEATS, PANELS, SEATS},
};

/// The committee of an attempt, the last one if none is named; none if it has none.
pub fn panel(deps: Deps, id: JobId, attempt: Option<u32>) -> Res<Option<PanelResponse>> {
    let storage = deps.storage;
    let attempt = match attempt {
        Some(attempt) => attempt,
        None => jobs::progress(storage, id)?.attempts,
    };
    let Some(panel) = PANELS.load(storage, &panel_key(id, attempt))? else {
        return Ok(None);
    };
    let seats = seats(storage, id, attempt, &panel)?;
    let sealed = panel.phase != PanelPhase::Sealing && panel.seal.0 > 0;
    Ok(Some(PanelResponse {
        job: id,
        attempt,
        rung: panel.rung,
        phase: panel.phase,
        phase_until: panel.phase_until,
        judge_by: panel.judge_by,
        seal_from: panel.seal_from,
        round: Some(panel.seal.0).filter(|_| sealed),
        epoch: Some(panel.seal.1).filter(|_| sealed),
        reseals: panel.reseals,
        randomness: panel.randomness.map(HexBinary::from),
        ruling: panel.ruling,
        seats,
    }))
}

fn seats(storage: &dyn Storage, id: JobId, attempt: u32, panel: &Panel) -> Res<Vec<SeatResponse>> {
    let mut all = Vec::new();
    for rung in 0..=panel.rung {
        for number in 0..panel.seats_of(rung) {
            if let Some(seat) = SEATS.load(storage, &seat_key(id, attempt, rung, number))? {
                all.push(shown(rung, number, seat));
            }
        }
    }
    Ok(all)
}

fn shown(rung: u8, number: u8, seat: Seat) -> SeatResponse {
    SeatResponse {
        rung,
        seat: number,
        standby: seat.standby,
        owner: seat.owner,
        operator: seat.operator,
        weight: seat.weight.into(),
        sealed: seat.sealed.map(HexBinary::from),
        vote: seat.vote.map(|vote| VoteRoots {
            result_root: vote.result_root.into(),
            trace_root: vote.trace_root.into(),
        }),
        verdict: seat.verdict,
    }
}

/// Seats of a validator on the present rungs of committees that are not closed.
pub fn seats_of(deps: Deps, owner: &str, start_after: Option<JobId>, limit: Option<u32>) -> Res<Page<OpenSeat, JobId>> {
    let owner = joule_kit::addr(deps.api, owner)?;
    let limit = paging::limit(limit, joule_types::MAX_LIMIT);
    let min = start_after.map(|after| Bound::exclusive(after.u64()));
    let open = OPEN_SEATS
        .prefix(&owner)
        .range(deps.storage, min, None, Order::Ascending);
    let items = open.map(|item| {
        let (job, number) = item?;
        let [_, _, a, b, c, d, rung, seat] = number.to_be_bytes();
        Ok(OpenSeat {
            job: JobId(job),
            attempt: u32::from_be_bytes([a, b, c, d]),
            rung,
            seat,
        })
    });
    paging::page(items, limit, |item| item.job)
}

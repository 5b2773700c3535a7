//! `UpdateParams` and the messages that every contract shares.

use cosmwasm_std::{to_json_string, Response};
use joule_kit::control;
use joule_types::{marketplace::ParamsUpdate, AdminMsg, ParamsUpdated};

use super::Ctx;
use crate::{error::Res, outbox::Outbox, params};

/// Changes parameters; jobs that were posted keep theirs.
pub fn update_params(ctx: Ctx, update: ParamsUpdate) -> Res<Response> {
    let Ctx { mut deps, control, .. } = ctx;
    let old = params::wire(deps.storage)?;
    let new = params::updated(old.clone(), update);
    params::store(deps.branch(), &control, new.clone())?;

    let mut out = Outbox::new(&control);
    out.say(ParamsUpdated {
        old: to_json_string(&old)?,
        new: to_json_string(&new)?,
    });
    Ok(out.respond("update_params"))
}

/// Launch, pause, resume, guardian.
pub fn admin(ctx: Ctx, msg: AdminMsg) -> Res<Response> {
    Ok(control::execute(ctx.deps, &ctx.env, &ctx.info, ctx.control, msg)?)
}

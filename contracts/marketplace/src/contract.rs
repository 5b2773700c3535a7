//! Entry points: version, role check, match, call.

#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response};
use joule_kit::{control, funds, version};
use joule_types::marketplace::{ExecuteMsg, InstantiateMsg, QueryMsg};

use crate::{
    error::Res,
    execute::{admin, assign, attempt, dispute, index, offers, panel, post, result, timeout, Ctx},
    params, query,
    state::{IndexState, Work, INDEX_PARAMS},
};

/// Name in the version record.
pub const NAME: &str = "joule:marketplace";
/// Version of the code.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The epoch that serves from the start.
const FIRST_EPOCH: u32 = 1;

/// Stores peers, parameters, the floor of all deadlines and the first epoch; the contract stays in `Setup`.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(mut deps: DepsMut, _env: Env, info: MessageInfo, msg: InstantiateMsg) -> Res<Response> {
    funds::none(&info)?;

    version::init(deps.storage, NAME, VERSION)?;
    let control = control::init(
        deps.storage,
        deps.api,
        &info.sender,
        &msg.peers,
        msg.guardian.as_deref(),
    )?;
    params::init(deps.branch(), &control, msg.params, msg.min_deadline_secs)?;
    let record = params::index_record(deps.storage, &msg.index)?;
    INDEX_PARAMS.save(deps.storage, FIRST_EPOCH, &record)?;
    let state = IndexState {
        serving: FIRST_EPOCH,
        work: Work::Idle,
        remaining: 0,
    };
    crate::index::save_state(deps.storage, &state);
    Ok(Response::new().add_attribute("action", "instantiate"))
}

/// Checks role and funds, then hands the message to its handler.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn execute(deps: DepsMut, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Res<Response> {
    let control = control::authorize(deps.storage, &info.sender, msg.required_role())?;
    if !matches!(msg, ExecuteMsg::PostJob { .. }) {
        funds::none(&info)?;
    }
    let ctx = Ctx {
        deps,
        env,
        info,
        control,
    };
    match msg {
        ExecuteMsg::CreateOffer { terms } => offers::create(ctx, terms),
        ExecuteMsg::UpdateOffer { offer, terms } => offers::update(ctx, offer, terms),
        ExecuteMsg::CloseOffer { offer } => offers::close(ctx, offer),
        ExecuteMsg::Refresh { offers } => index::refresh(ctx, &offers),
        ExecuteMsg::Reindex { limit } => index::reindex(ctx, limit),
        ExecuteMsg::PostJob { spec, hints } => post::post(ctx, *spec, &hints),
        ExecuteMsg::Assign { job, hints } => assign::assign(ctx, job, &hints),
        ExecuteMsg::Decline { job, attempt, reason } => attempt::decline(ctx, job, attempt, reason),
        ExecuteMsg::Start { job, attempt } => attempt::start(ctx, job, attempt),
        ExecuteMsg::SubmitResult {
            job,
            attempt,
            result_root,
            trace_root,
            output_url,
            output_size,
        } => {
            let delivery = result::Delivery {
                result_root,
                trace_root,
                output_url,
                output_size,
            };
            result::submit(ctx, job, attempt, delivery)
        }
        ExecuteMsg::Seal { job } => panel::crank(ctx, job, |court| court.seal(), "seal"),
        ExecuteMsg::Draw { job } => panel::crank(ctx, job, |court| court.draw(), "draw"),
        ExecuteMsg::Tally { job } => panel::crank(ctx, job, |court| court.tally(), "tally"),
        ExecuteMsg::CommitVote {
            job,
            attempt,
            rung,
            seat,
            sealed,
        } => panel::commit(ctx, panel::place(job, attempt, rung, seat), &sealed),
        ExecuteMsg::RevealVote {
            job,
            attempt,
            rung,
            seat,
            vote,
            salt,
            openings,
        } => {
            let ballot = panel::Ballot { vote, salt, openings };
            panel::reveal(ctx, panel::place(job, attempt, rung, seat), &ballot)
        }
        ExecuteMsg::Accept { job } => result::accept(ctx, job),
        ExecuteMsg::Cancel { job } => result::cancel(ctx, job),
        ExecuteMsg::Dispute { job, reason } => dispute::open(ctx, job, reason),
        ExecuteMsg::Resolve { job, provider_bps } => dispute::resolve(ctx, job, provider_bps),
        ExecuteMsg::Timeout { job } => timeout::timeout(ctx, job),
        ExecuteMsg::UpdateParams { update } => admin::update_params(ctx, *update),
        ExecuteMsg::UpdateIndex { index } => index::update(ctx, &index),
        ExecuteMsg::Admin(msg) => admin::admin(ctx, msg),
    }
}

/// Answers queries.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps, _env: Env, msg: QueryMsg) -> Res<Binary> {
    query::answer(deps, msg)
}

/// Accepts newer code of the same contract; nothing in the storage changes in this version.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn migrate(deps: DepsMut, _env: Env, _msg: Empty) -> Res<Response> {
    let from = version::migrate(deps.storage, NAME, VERSION)?;
    Ok(Response::new()
        .add_attribute("action", "migrate")
        .add_attribute("from", from))
}

//! Registration and the addresses of a provider.

use cosmwasm_std::{from_json, Addr, DepsMut, Env, Response, Storage, Uint128, WasmMsg};
use cw20::{Cw20ExecuteMsg, Cw20ReceiveMsg};
use joule_kit::{ids, Control};
use joule_types::registry::{ProviderRegistered, ProviderUpdated, RegistryHook};
use joule_types::staking::handle;
use joule_types::ProviderId;
use joule_work::kind::Class;

use super::rounds;
use crate::records::Track;
use crate::state::{self, Profile, LAST_PROVIDER, PARAMS, PROFILES, PROVIDER_OF};
use crate::RegistryError;

/// JOULE arrived; the dispatcher made sure that the token sent this.
pub fn receive(
    deps: DepsMut,
    env: &Env,
    control: &Control,
    receive: Cw20ReceiveMsg,
) -> Result<Response, RegistryError> {
    match from_json(&receive.msg)? {
        RegistryHook::Register {
            operator,
            payout,
            referrer,
        } => {
            let addresses = [operator, payout, referrer];
            register(deps, env, control, &receive.sender, receive.amount, addresses)
        }
        RegistryHook::FundTips {} => rounds::fund(deps, &receive.sender, receive.amount),
    }
}

fn register(
    deps: DepsMut,
    env: &Env,
    control: &Control,
    owner: &str,
    amount: Uint128,
    [operator, payout, referrer]: [Option<String>; 3],
) -> Result<Response, RegistryError> {
    control.ensure_open(env)?;
    let party = |text: Option<String>| text.map(|text| control.party(deps.api, &text)).transpose();
    let owner = control.party(deps.api, owner)?;
    let operator = party(operator)?.unwrap_or_else(|| owner.clone());
    let payout = party(payout)?.unwrap_or_else(|| owner.clone());
    let referrer = party(referrer)?;
    if referrer
        .as_ref()
        .is_some_and(|r| [&owner, &operator, &payout].contains(&r))
    {
        return Err(RegistryError::InvalidProvider {
            provider: owner.into(),
            reason: "refers itself; name another referrer or none",
        });
    }
    let params = PARAMS.load(deps.storage)?;
    if amount != params.fee {
        return Err(RegistryError::WrongFee {
            sent: amount,
            fee: params.fee,
        });
    }
    let stake = handle::pool(&deps.querier, &control.peers.staking, &owner)?.bonded;
    if stake < params.trust.basic_stake {
        return Err(RegistryError::StakeTooLow {
            stake,
            min: params.trust.basic_stake,
        });
    }
    let named_by = naming(deps.storage, &owner)?;
    if operator != owner {
        free(deps.storage, &operator)?;
    }

    let mut response = Response::new().add_attribute("action", "register");
    if let Some((other, mut profile)) = named_by {
        profile.operator = profile.owner.clone();
        PROFILES.save(deps.storage, other.u64(), &profile)?;
        response = response.add_event(updated(other, profile));
    }
    let provider = ProviderId(ids::next(deps.storage, &LAST_PROVIDER)?);
    PROVIDER_OF.save(deps.storage, &owner, &provider.u64())?;
    PROVIDER_OF.save(deps.storage, &operator, &provider.u64())?;
    state::save_track(deps.storage, provider, &Track::new());
    let profile = Profile {
        owner: owner.clone(),
        operator: operator.clone(),
        payout: payout.clone(),
        referrer: referrer.clone(),
        class: Class::Community,
        partner: false,
        registered_at: env.block.time.seconds(),
    };
    PROFILES.save(deps.storage, provider.u64(), &profile)?;

    let fee = WasmMsg::Execute {
        contract_addr: control.peers.token.to_string(),
        msg: cosmwasm_std::to_json_binary(&Cw20ExecuteMsg::Transfer {
            recipient: control.peers.dao.to_string(),
            amount,
        })?,
        funds: vec![],
    };

    let event = ProviderRegistered {
        provider,
        owner,
        operator,
        payout,
        referrer,
        fee: amount,
    };
    Ok(response.add_message(fee).add_event(event))
}

/// The provider that names `owner` as its operator, if any. Nobody signs for being named, and the owner of a new provider
/// signs now, so it wins the address; an owner that is registered already does not register again.
fn naming(storage: &dyn Storage, owner: &Addr) -> Result<Option<(ProviderId, Profile)>, RegistryError> {
    let Some(provider) = PROVIDER_OF.may_load(storage, owner)?.map(ProviderId) else {
        return Ok(None);
    };
    let profile = state::profile(storage, provider)?;
    if profile.owner == *owner {
        return Err(RegistryError::AddressTaken {
            address: owner.to_string(),
            provider,
        });
    }
    Ok(Some((provider, profile)))
}

/// New operator or payout address.
pub fn update(
    deps: DepsMut,
    control: &Control,
    sender: &Addr,
    operator: Option<String>,
    payout: Option<String>,
) -> Result<Response, RegistryError> {
    let provider = state::provider_of(deps.storage, sender)?;
    let mut profile = state::profile(deps.storage, provider)?;
    if profile.owner != *sender {
        return Err(RegistryError::NotOwner { provider });
    }
    let party = |text: Option<String>| text.map(|text| control.party(deps.api, &text)).transpose();
    let (operator, payout) = (party(operator)?, party(payout)?);
    // The owner's own address is in the lookup already and may become the operator again.
    let moved = operator.filter(|operator| *operator != profile.operator);
    if let Some(operator) = moved.as_ref().filter(|operator| **operator != profile.owner) {
        free(deps.storage, operator)?;
    }

    if let Some(operator) = moved {
        if profile.operator != profile.owner {
            PROVIDER_OF.remove(deps.storage, &profile.operator);
        }
        PROVIDER_OF.save(deps.storage, &operator, &provider.u64())?;
        profile.operator = operator;
    }
    if let Some(payout) = payout {
        profile.payout = payout;
    }
    PROFILES.save(deps.storage, provider.u64(), &profile)?;

    Ok(Response::new()
        .add_attribute("action", "update_provider")
        .add_event(updated(provider, profile)))
}

/// The event of a changed profile.
pub fn updated(provider: ProviderId, profile: Profile) -> ProviderUpdated {
    ProviderUpdated {
        provider,
        operator: profile.operator,
        payout: profile.payout,
        class: profile.class.name().into(),
        partner: profile.partner,
    }
}

fn free(storage: &dyn Storage, address: &Addr) -> Result<(), RegistryError> {
    match PROVIDER_OF.may_load(storage, address)? {
        None => Ok(()),
        Some(provider) => Err(RegistryError::AddressTaken {
            address: address.to_string(),
            provider: ProviderId(provider),
        }),
    }
}

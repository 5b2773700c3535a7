//! The validators come.
use super::{Juror, JURORS, LIAR, LONG, TRUANT};
use crate::demo::stage::Stage;
use crate::demo::story::grouped;
use crate::error::Result;

/// Base units of a whole JOULE.
const WHOLE: u128 = 1_000_000;

/// Stakes and enrols all of them.
pub async fn enrol(stage: &mut Stage) -> Result<()> {
    let about = format!(
        "Whoever stakes may be drawn as a judge; each is a process of its own. {LIAR} and {TRUANT} will misbehave. Nobody can choose \
         a jury, so they stake most of what the validators stake: that is how this demo gets them seated."
    );
    stage.act("Thirteen validators enrol", &about).await?;
    stake(stage, &JURORS).await?;
    for juror in &JURORS {
        judge(stage, juror)?;
    }
    let whole: u128 = JURORS.iter().map(|juror| juror.stake).sum();
    let text = format!(
        "{} stake {} JOULE and enrol; each runs `joule verify`, with a signer process that holds its key",
        JURORS.len(),
        grouped(whole)
    );
    stage.note("validators", text);
    for juror in JURORS.iter().filter(|juror| juror.fault.is_some()) {
        let share = juror.stake * 100 / whole;
        let fault = juror.fault.unwrap_or_default();
        stage.note(
            juror.name,
            format!("has {share} % of the validating stake; started with --fault {fault}"),
        );
    }
    Ok(())
}

/// Stakes for validators and enrols them.
pub async fn stake(stage: &mut Stage, jurors: &[Juror]) -> Result<()> {
    let market = stage.ground.market.clone();
    let mut all = vec![];
    for juror in jurors {
        let bond = market.staking.bond(market.token.address(), juror.stake * WHOLE)?;
        all.push((juror.name.to_string(), vec![bond, market.staking.enrol(None)?]));
    }
    stage.send_all(all).await
}

/// Starts the agent of a validator; again after it has ended, it goes on where it was.
pub fn judge(stage: &mut Stage, juror: &Juror) -> Result<()> {
    let home = stage.home(&[juror.name])?.display().to_string();
    let objects = stage.out.join("objects").display().to_string();
    let mut args: Vec<String> = ["verify", "--jobs", "2", "--allow-files"].map(String::from).to_vec();
    args.extend([objects, "--home".into(), home]);
    args.extend(
        juror
            .fault
            .iter()
            .flat_map(|fault| ["--fault".to_string(), (*fault).into()]),
    );
    stage.start(juror.name, args).map(drop)
}

/// Waits until all of them can be drawn: a draw reads the stake of an epoch that is over.
pub async fn eligible(stage: &mut Stage, jurors: &[Juror]) -> Result<()> {
    for juror in jurors {
        let address = stage.actor(juror.name)?.address.clone();
        stage
            .until("weight in a draw", LONG, async |market| {
                let known = market.staking.validator_of(&address).await?;
                Ok(known.filter(|known| !known.drawn_by.is_zero()).map(drop))
            })
            .await?;
    }
    let known = stage.ground.market.staking.validators().await?;
    let text = format!(
        "the epoch in which they enrolled is over: {} can be drawn, with {} JOULE",
        known.eligible,
        grouped(known.weight.u128() / WHOLE)
    );
    stage.note("validators", text);
    Ok(())
}

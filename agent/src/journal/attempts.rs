//! Attempts at jobs. The stages follow the chain's: an attempt is claimed on chain (`Start`) before it runs, and its
//! result is put down here before it is sent, so that a restart neither runs it twice nor sends two different results.
//!
//! ```text
//! Claimed -> Started -> Result -> Submitted -> Done
//!    \_________\___________\___________________^      (the chain decided otherwise: timeout, cancel, decline)
//! ```
use serde::{Deserialize, Serialize};

use super::db::{ATTEMPTS, RESULTS, STEPS};
use super::Journal;
use crate::chain::types::TxHash;
use crate::error::{Error, Result};

/// How far an attempt got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// About to send, or has sent, `Start`. Must not run yet.
    Claimed,
    /// `Start` is final on chain: it may run.
    Started,
    /// Finished; the result is fixed and may be sent.
    Result,
    /// The result's transaction is known.
    Submitted,
    /// Nothing is left to do.
    Done,
}

/// The child process of an attempt, named so that a process that got the same number later is not mistaken for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// Process id.
    pub pid: u32,
    /// Start time in clock ticks since boot (field 22 of `/proc/<pid>/stat`).
    pub start_ticks: u64,
}

/// What an attempt produced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkResult {
    /// SHA-256 of the output, hexadecimal.
    pub output_sha256: String,
    /// Root over the output, hexadecimal.
    pub result_root: String,
    /// Root over the step digests, hexadecimal.
    pub trace_root: String,
}

/// An attempt as the journal knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Job.
    pub job: u64,
    /// Attempt of that job.
    pub attempt: u32,
    /// How far it got.
    pub stage: Stage,
    /// Last child that ran it.
    pub child: Option<Child>,
    /// Steps finished and recorded.
    pub steps: u64,
    /// Its result.
    pub result: Option<WorkResult>,
    /// Transaction that carried the result.
    pub tx: Option<TxHash>,
    /// State of the job on chain when it ended, as the chain names it.
    pub end: Option<String>,
}

impl Attempt {
    /// The same attempt may go on from its last step: it runs, and no result of it is fixed yet. The caller makes sure
    /// that the old child is dead first.
    pub fn may_resume(&self) -> bool {
        self.stage == Stage::Started
    }
}

impl Journal {
    /// The intent to claim `attempt` of `job`. Fails for an attempt that already ended.
    pub fn record_claim(&self, job: u64, attempt: u32) -> Result<()> {
        self.db.write(|tx| {
            let mut table = tx.table(ATTEMPTS)?;
            if let Some(known) = table.get::<Attempt>((job, attempt))? {
                return match known.stage {
                    Stage::Claimed => Ok(()),
                    stage => Err(wrong_stage(job, attempt, stage, Stage::Claimed)),
                };
            }
            if tx.table(RESULTS)?.get::<WorkResult>((job, attempt))?.is_some() {
                return Err(wrong_stage(job, attempt, Stage::Done, Stage::Claimed));
            }
            let new = Attempt {
                job,
                attempt,
                stage: Stage::Claimed,
                child: None,
                steps: 0,
                result: None,
                tx: None,
                end: None,
            };
            table.put((job, attempt), &new)
        })
    }

    /// `Start` is final on chain.
    pub fn record_started(&self, job: u64, attempt: u32) -> Result<()> {
        self.change(job, attempt, |a| match a.stage {
            Stage::Claimed | Stage::Started => {
                a.stage = Stage::Started;
                Ok(())
            }
            stage => Err(wrong_stage(job, attempt, stage, Stage::Started)),
        })
    }

    /// A child was spawned for it: at the next start it is an orphan to be killed.
    pub fn record_child(&self, job: u64, attempt: u32, child: Child) -> Result<()> {
        self.change(job, attempt, |a| match a.stage {
            Stage::Started => {
                a.child = Some(child);
                Ok(())
            }
            stage => Err(wrong_stage(job, attempt, stage, Stage::Started)),
        })
    }

    /// Step `index` (from 0, in order) is finished with that digest.
    pub fn record_step(&self, job: u64, attempt: u32, index: u64, digest: [u8; 32]) -> Result<()> {
        self.db.write(|tx| {
            let mut attempts = tx.table(ATTEMPTS)?;
            let mut known = attempts.get((job, attempt))?.ok_or_else(|| unknown(job, attempt))?;
            let mut steps = tx.table(STEPS)?;
            let text = hex::encode(digest);
            let Attempt {
                stage, steps: count, ..
            } = &mut known;
            if index < *count {
                return match steps.get::<String>((job, attempt, index))? {
                    Some(old) if old == text => Ok(()),
                    old => Err(Error::internal(
                        "journal.step_differs",
                        format!(
                            "job {job} attempt {attempt} step {index}: {text}, recorded {}",
                            old.unwrap_or_default()
                        ),
                        "the job is not deterministic here: decline it and report the runtime's version",
                    )),
                };
            }
            if *stage != Stage::Started || index != *count {
                return Err(Error::internal(
                    "journal.step_out_of_order",
                    format!("job {job} attempt {attempt}: step {index} while {count} are done and it is {stage:?}"),
                    "report this: steps are recorded in order while an attempt runs",
                ));
            }
            *count += 1;
            steps.put((job, attempt, index), &text)?;
            attempts.put((job, attempt), &known)
        })
    }

    /// Digests of the finished steps, in order.
    pub fn steps(&self, job: u64, attempt: u32) -> Result<Vec<[u8; 32]>> {
        let rows: Vec<String> = self.db.range(STEPS, (job, attempt, 0)..=(job, attempt, u64::MAX))?;
        rows.iter()
            .map(|text| {
                let mut digest = [0; 32];
                hex::decode_to_slice(text, &mut digest)
                    .map_err(|e| Error::local("journal.unreadable_record", e, "restore the journal"))?;
                Ok(digest)
            })
            .collect()
    }

    /// Fixes the result of an attempt, before it is sent. From here on no other result of it can be recorded.
    pub fn record_result(&self, job: u64, attempt: u32, result: &WorkResult) -> Result<()> {
        self.db.write(|tx| {
            let mut results = tx.table(RESULTS)?;
            match results.get::<WorkResult>((job, attempt))? {
                Some(old) if old == *result => return Ok(()),
                Some(old) => {
                    return Err(Error::internal(
                        "journal.result_differs",
                        format!(
                            "job {job} attempt {attempt}: output {}, recorded {}",
                            result.output_sha256, old.output_sha256
                        ),
                        "a second result of one attempt is never sent: report the runtime's version",
                    ));
                }
                None => {}
            }
            let mut attempts = tx.table(ATTEMPTS)?;
            let mut known: Attempt = attempts.get((job, attempt))?.ok_or_else(|| unknown(job, attempt))?;
            if known.stage != Stage::Started {
                return Err(wrong_stage(job, attempt, known.stage, Stage::Result));
            }
            known.stage = Stage::Result;
            known.result = Some(result.clone());
            results.put((job, attempt), result)?;
            attempts.put((job, attempt), &known)
        })
    }

    /// The result's transaction is known. A later one (signed again after the first could not land) replaces it.
    pub fn record_submitted(&self, job: u64, attempt: u32, tx: TxHash) -> Result<()> {
        self.change(job, attempt, |a| match a.stage {
            Stage::Result | Stage::Submitted => {
                a.stage = Stage::Submitted;
                a.tx = Some(tx);
                Ok(())
            }
            stage => Err(wrong_stage(job, attempt, stage, Stage::Submitted)),
        })
    }

    /// The chain decided: nothing is left to do. `end` is the state as the chain names it. Allowed from every stage.
    pub fn record_done(&self, job: u64, attempt: u32, end: &str) -> Result<()> {
        self.change(job, attempt, |a| {
            if a.stage != Stage::Done {
                a.stage = Stage::Done;
                a.child = None;
                a.end = Some(end.to_string());
            }
            Ok(())
        })
    }

    /// One attempt.
    pub fn attempt(&self, job: u64, attempt: u32) -> Result<Option<Attempt>> {
        self.db.get(ATTEMPTS, (job, attempt))
    }

    /// Attempts that are not done, by job and attempt: what a start has to reconcile with the chain.
    pub fn open_attempts(&self) -> Result<Vec<Attempt>> {
        let all: Vec<Attempt> = self.db.range(ATTEMPTS, (0, 0)..=(u64::MAX, u32::MAX))?;
        Ok(all.into_iter().filter(|a| a.stage != Stage::Done).collect())
    }

    /// Forgets a finished attempt and its steps. Its result stays, so that it is never worked on again.
    pub fn forget_attempt(&self, job: u64, attempt: u32) -> Result<()> {
        self.db.write(|tx| {
            let mut attempts = tx.table(ATTEMPTS)?;
            match attempts.get::<Attempt>((job, attempt))? {
                None => return Ok(()),
                Some(a) if a.stage == Stage::Done => {}
                Some(a) => return Err(wrong_stage(job, attempt, a.stage, Stage::Done)),
            }
            attempts.remove((job, attempt))?;
            tx.table(STEPS)?
                .remove_range((job, attempt, 0)..=(job, attempt, u64::MAX))
        })
    }

    fn change(&self, job: u64, attempt: u32, change: impl FnOnce(&mut Attempt) -> Result<()>) -> Result<()> {
        self.db.write(|tx| {
            let mut table = tx.table(ATTEMPTS)?;
            let mut known = table.get((job, attempt))?.ok_or_else(|| unknown(job, attempt))?;
            change(&mut known)?;
            table.put((job, attempt), &known)
        })
    }
}

fn unknown(job: u64, attempt: u32) -> Error {
    Error::internal(
        "journal.unknown_attempt",
        format!("job {job} attempt {attempt} was never claimed here"),
        "report this: an attempt is recorded before it is claimed on chain",
    )
}

fn wrong_stage(job: u64, attempt: u32, is: Stage, wanted: Stage) -> Error {
    Error::internal(
        "journal.wrong_stage",
        format!("job {job} attempt {attempt} is {is:?} and cannot become {wanted:?}"),
        "report this: the journal and the provider loop disagree",
    )
}

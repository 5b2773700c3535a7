//! Digests of a job's result under the job interface `wasm/1` (DESIGN 11.11): one per step, one of the output, and a Merkle
//! root over the steps as in RFC 6962, of which single steps can be proved.

use sha2::{Digest, Sha256};

const STEP_TAG: &[u8] = b"joule/step/v1";
const LEAF: [u8; 1] = [0];
const NODE: [u8; 1] = [1];

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// Digest of step `index`: SHA-256 of `joule/step/v1`, the index (8 bytes, big endian) and what the step wrote.
pub fn step_digest(index: u64, written: &[u8]) -> Hash {
    step_hasher(index).chain_update(written).finalize().into()
}

/// Digest of the whole output: its SHA-256.
pub fn result_root(output: &[u8]) -> Hash {
    Sha256::digest(output).into()
}

/// Merkle root over the digests of the steps (RFC 6962 section 2.1: leaves behind a zero byte, nodes behind a one byte;
/// without steps the hash of nothing).
pub fn trace_root(steps: &[Hash]) -> Hash {
    let mut trace = Trace::default();
    for step in steps {
        trace.push(step);
    }
    trace.root()
}

/// A Merkle tree that grows leaf by leaf and keeps only the roots of its complete subtrees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// Roots of complete subtrees with their heights, which fall strictly from first to last.
    subtrees: Vec<(u32, Hash)>,
    len: u64,
}

impl Trace {
    /// Appends the digest of the next step.
    pub fn push(&mut self, step: &Hash) {
        let mut root = leaf(step);
        let mut height = 0u32;
        while let Some((_, left)) = self.subtrees.pop_if(|(other, _)| *other == height) {
            root = node(&left, &root);
            height = height.saturating_add(1);
        }
        self.subtrees.push((height, root));
        self.len = self.len.saturating_add(1);
    }

    /// Number of steps.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is no step yet.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The root over the steps so far.
    pub fn root(&self) -> Hash {
        let root = self
            .subtrees
            .iter()
            .rev()
            .map(|(_, root)| *root)
            .reduce(|right, left| node(&left, &right));
        root.unwrap_or_else(|| Sha256::digest([]).into())
    }
}

/// What a result commits to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roots {
    /// [`result_root`] of everything written.
    pub result_root: Hash,
    /// [`trace_root`] of the steps.
    pub trace_root: Hash,
    /// Number of steps.
    pub steps: u64,
}

/// Follows a run: every write, every end of a step. Writes of a step that was not ended count to the result but not to the
/// trace, so a run ends its last step before [`Recorder::finish`].
#[derive(Debug, Clone)]
pub struct Recorder {
    output: Sha256,
    step: Sha256,
    trace: Trace,
}

impl Recorder {
    /// At the start of a run.
    pub fn new() -> Self {
        Self {
            output: Sha256::new(),
            step: step_hasher(0),
            trace: Trace::default(),
        }
    }

    /// After a crash: the digests of the steps that ended, and all they wrote.
    pub fn resume(steps: &[Hash], output: &[u8]) -> Self {
        let mut trace = Trace::default();
        for step in steps {
            trace.push(step);
        }
        Self {
            output: Sha256::new_with_prefix(output),
            step: step_hasher(trace.len()),
            trace,
        }
    }

    /// The step wrote something.
    pub fn write(&mut self, bytes: &[u8]) {
        self.output.update(bytes);
        self.step.update(bytes);
    }

    /// The step ended; answers its digest.
    pub fn end_step(&mut self) -> Hash {
        let next = step_hasher(self.trace.len().saturating_add(1));
        let digest: Hash = core::mem::replace(&mut self.step, next).finalize().into();
        self.trace.push(&digest);
        digest
    }

    /// The run ended.
    pub fn finish(self) -> Roots {
        Roots {
            result_root: self.output.finalize().into(),
            trace_root: self.trace.root(),
            steps: self.trace.len(),
        }
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

/// The hashes that prove step `index` against the root of `steps`, from the leaf upwards (RFC 6962 section 2.1.1), or
/// `None` when there is no such step.
pub fn prove(steps: &[Hash], index: u64) -> Option<Vec<Hash>> {
    let mut path = Vec::new();
    let mut at = usize::try_from(index).ok().filter(|at| *at < steps.len())?;
    let mut level: Vec<Hash> = steps.iter().map(leaf).collect();
    while level.len() > 1 {
        // The last hash of an odd level has no sibling: it moves up as it is.
        path.extend(level.get(at ^ 1));
        level = level.chunks(2).map(pair).collect();
        at >>= 1;
    }
    Some(path)
}

/// Whether `path` proves that `step` is the digest number `index` of `len` under `root` (RFC 9162 section 2.1.3.2).
pub fn verify(root: &Hash, step: &Hash, index: u64, len: u64, path: &[Hash]) -> bool {
    if index >= len {
        return false;
    }
    let (mut at, mut last) = (index, len.saturating_sub(1));
    let mut hash = leaf(step);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node(sibling, &hash);
            // Levels on which this was the last hash without a sibling.
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

fn step_hasher(index: u64) -> Sha256 {
    Sha256::new().chain_update(STEP_TAG).chain_update(index.to_be_bytes())
}

fn leaf(step: &Hash) -> Hash {
    Sha256::new().chain_update(LEAF).chain_update(step).finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update(NODE)
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The parent of one or two hashes of a level.
fn pair(hashes: &[Hash]) -> Hash {
    match hashes {
        [left, right] => node(left, right),
        [single] => *single,
        _ => Hash::default(),
    }
}

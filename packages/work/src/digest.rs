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
        self.push_leaf(leaf(step));
    }

    fn push_leaf(&mut self, mut root: Hash) {
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
    let mut level: Vec<Hash> = steps.iter().map(|step| leaf(step)).collect();
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

fn leaf(bytes: &[u8]) -> Hash {
    Sha256::new().chain_update(LEAF).chain_update(bytes).finalize().into()
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

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 6962 section 2.1, word for word.
    fn by_definition(steps: &[Hash]) -> Hash {
        match steps {
            [] => Sha256::digest([]).into(),
            [single] => leaf(single),
            _ => {
                let half = steps.len().next_power_of_two() / 2;
                node(&by_definition(&steps[..half]), &by_definition(&steps[half..]))
            }
        }
    }

    /// The known answers of the certificate transparency project, for its eight leaves.
    #[test]
    fn known_roots() {
        let cases = [
            ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (
                "2021",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ),
            (
                "3031",
                "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            ),
            (
                "40414243",
                "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            ),
            (
                "5051525354555657",
                "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            ),
            (
                "606162636465666768696a6b6c6d6e6f",
                "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            ),
        ];
        let mut trace = Trace::default();
        assert_eq!(
            hex::encode(trace.root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for (bytes, root) in cases {
            trace.push_leaf(leaf(&hex::decode(bytes).unwrap()));
            assert_eq!(hex::encode(trace.root()), root);
        }
        assert_eq!(trace.len(), 8);
    }

    #[test]
    fn a_resumed_run_ends_alike() {
        let writes: [&[&[u8]]; 5] = [&[b"ab", b"c"], &[], &[b""], &[b"defg"], &[b"h", b"i"]];
        let run = |recorder: &mut Recorder, steps: &[&[&[u8]]]| {
            steps
                .iter()
                .map(|writes| {
                    writes.iter().for_each(|bytes| recorder.write(bytes));
                    recorder.end_step()
                })
                .collect::<Vec<_>>()
        };
        let mut whole = Recorder::default();
        let steps = run(&mut whole, &writes);
        let want = whole.finish();
        for cut in 0..=writes.len() {
            let output = writes[..cut].concat().concat();
            let mut resumed = Recorder::resume(&steps[..cut], &output);
            assert_eq!(run(&mut resumed, &writes[cut..]), steps[cut..]);
            assert_eq!(resumed.finish(), want, "cut at {cut}");
        }
    }

    #[test]
    fn a_step_is_bound_to_its_index() {
        assert_ne!(step_digest(0, b"x"), step_digest(1, b"x"));
        assert_ne!(step_digest(0, b""), result_root(b""));
    }

    proptest! {
        #[test]
        fn trees_follow_the_definition(steps in prop::collection::vec(any::<Hash>(), 0..70)) {
            prop_assert_eq!(trace_root(&steps), by_definition(&steps));
        }

        /// A proof holds for its step, index, size and root, and for nothing else.
        #[test]
        fn proofs_hold_for_nothing_else(
            steps in prop::collection::vec(any::<Hash>(), 1..40), pick: prop::sample::Index, other: prop::sample::Index, bit in 0u8..8,
        ) {
            let (at, len) = (pick.index(steps.len()), u64::try_from(steps.len()).unwrap());
            let (index, root) = (u64::try_from(at).unwrap(), trace_root(&steps));
            let path = prove(&steps, index).unwrap();
            prop_assert!(verify(&root, &steps[at], index, len, &path));
            let moved = u64::try_from(other.index(steps.len())).unwrap();
            prop_assert_eq!(verify(&root, &steps[at], moved, len, &path), moved == index);
            prop_assert!(!verify(&root, &steps[at], len, len, &path));
            let mut forged = steps[at];
            forged[usize::from(bit)] ^= 1 << bit;
            prop_assert!(!verify(&root, &forged, index, len, &path));
            prop_assert!(!verify(&root, &steps[at], index, len, &[path.clone(), vec![root]].concat()));
            if let Some((_, shorter)) = path.split_last() {
                prop_assert!(!verify(&root, &steps[at], index, len, shorter));
                let mut bent = path.clone();
                bent[0][usize::from(bit)] ^= 1 << bit;
                prop_assert!(!verify(&root, &steps[at], index, len, &bent));
            }
            prop_assert_eq!(prove(&steps, len), None);
        }
    }
}

//! Where the code of a contract comes from.
use std::io::Write;
use std::path::{Path, PathBuf};

use cosmrs::proto::cosmwasm::wasm::v1::MsgStoreCode;
use flate2::write::GzEncoder;
use flate2::Compression;
use joule_types::Peer;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The codes of a deployment.
#[derive(Clone, Debug)]
pub enum Codes {
    /// The embedded chain's own: it has them from its genesis and takes no others.
    Preloaded,
    /// `<contract>.wasm` in a folder, as `scripts/build-wasm` leaves them: stored unless the chain has them.
    Artifacts(PathBuf),
}

impl Codes {
    /// SHA-256 of the code of `peer`, and its bytes if it can be stored.
    pub(super) fn of(&self, peer: Peer) -> Result<(Vec<u8>, Option<Vec<u8>>)> {
        match self {
            Self::Preloaded => Ok((joule_native::code(peer).checksum().as_slice().to_vec(), None)),
            Self::Artifacts(folder) => {
                let bytes = read(&folder.join(format!("{peer}.wasm")))?;
                Ok((Sha256::digest(&bytes).to_vec(), Some(bytes)))
            }
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| {
        Error::config(
            "deploy.no_code",
            format!("{}: {e}", path.display()),
            "build the contracts with scripts/build-wasm, or give their folder with --artifacts",
        )
    })
}

/// The message that stores a code. Compressed, since a node takes at most a megabyte at once.
pub(super) fn store_message(sender: &str, code: &[u8]) -> Result<MsgStoreCode> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let wasm_byte_code = packed
        .write_all(code)
        .and_then(|()| packed.finish())
        .map_err(|e| Error::internal("deploy.gzip", e, "report this"))?;
    Ok(MsgStoreCode {
        sender: sender.into(),
        wasm_byte_code,
        instantiate_permission: None,
    })
}

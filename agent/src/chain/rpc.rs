//! Failures of a call to a node, told apart by what they allow to conclude.
use cosmrs::rpc::error::ErrorDetail;

use crate::error::{contract_error, Error};

/// Why a call gave no answer, or which answer it gave instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RpcError {
    /// No answer came. Whether the request arrived is unknown.
    #[error("{url} gave no answer: {why}")]
    NoAnswer {
        /// The node.
        url: String,
        /// Cause.
        why: String,
    },
    /// The node answered with a JSON-RPC error.
    #[error("{url} answered: {message}")]
    Answered {
        /// The node.
        url: String,
        /// Its text.
        message: String,
    },
    /// The answer cannot be read in the agreed dialect.
    #[error("{url} sent an answer that cannot be read: {why}")]
    Unreadable {
        /// The node.
        url: String,
        /// Cause.
        why: String,
    },
    /// The application refused a query or a simulation.
    #[error("{codespace} code {code}: {log}")]
    Application {
        /// Who gave the code its meaning.
        codespace: String,
        /// Never zero.
        code: u32,
        /// Text.
        log: String,
    },
    /// The node serves another chain.
    #[error("{url} serves chain `{found}`, not `{expected}`")]
    WrongChain {
        /// The node.
        url: String,
        /// From the settings.
        expected: String,
        /// From the node.
        found: String,
    },
    /// Nothing in the list of nodes can be used.
    #[error("no node can be used: {why}")]
    NoNode {
        /// The last reason for each node.
        why: String,
    },
}

/// Code of the SDK for a key that is not in the store.
const SDK_KEY_NOT_FOUND: u32 = 22;

/// What wasmd's panic says of a call to a contract before the node has made a block since its start.
const NO_BLOCK_YET: &str = "Block (unix) time must never be empty or negative";

impl RpcError {
    /// A refusal by the application of the node at `url`; but one that has only just started is as good as silent.
    pub(super) fn refused(url: &str, codespace: String, code: u32, log: String) -> Self {
        if log.contains(NO_BLOCK_YET) {
            return Self::NoAnswer {
                url: url.into(),
                why: "it has started, and made no block yet".into(),
            };
        }
        Self::Application { codespace, code, log }
    }

    /// Another node may do better: the failure is the node's, not the question's.
    pub fn is_nodes_fault(&self) -> bool {
        matches!(
            self,
            Self::NoAnswer { .. } | Self::Unreadable { .. } | Self::WrongChain { .. }
        )
    }

    /// The thing asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        match self {
            // A node's RPC has one error code for everything, so the text decides.
            Self::Answered { message, .. } => message.contains("not found"),
            Self::Application { codespace, code, log } => {
                (codespace == "sdk" && *code == SDK_KEY_NOT_FOUND) || log.contains("code = NotFound")
            }
            _ => false,
        }
    }

    pub(super) fn from_client(url: &str, error: cosmrs::rpc::Error) -> Self {
        let url = url.to_string();
        match error.detail() {
            ErrorDetail::Response(answer) => Self::Answered {
                url,
                message: answer.source.to_string(),
            },
            // The innermost cause: what lies around it says only that a request was not answered.
            ErrorDetail::Http(_) => Self::NoAnswer {
                url,
                why: format!("{:#}", error.trace())
                    .rsplit(": ")
                    .next()
                    .unwrap_or_default()
                    .into(),
            },
            ErrorDetail::HttpRequestFailed(_)
            | ErrorDetail::Io(_)
            | ErrorDetail::Timeout(_)
            | ErrorDetail::WebSocket(_)
            | ErrorDetail::WebSocketTimeout(_) => Self::NoAnswer {
                url,
                why: error.detail().to_string(),
            },
            other => Self::Unreadable {
                url,
                why: other.to_string(),
            },
        }
    }
}

impl From<RpcError> for Error {
    fn from(error: RpcError) -> Self {
        match &error {
            RpcError::Application { log, codespace, code } => contract_error(log).unwrap_or_else(|| {
                Error::refused(
                    "chain.refused",
                    format!("{codespace} code {code}: {log}"),
                    "check the request's values",
                )
            }),
            RpcError::WrongChain { .. } => Error::config(
                "chain.wrong_id",
                error,
                "set chain.id, or list nodes of that chain under chain.rpc",
            ),
            RpcError::Answered { .. } => Error::unreachable(
                "chain.node_error",
                error,
                "check the node's log, or add another node to chain.rpc",
            ),
            RpcError::Unreadable { .. } => Error::unreachable(
                "chain.unreadable_answer",
                error,
                "use a node that speaks chain.dialect, or set that key to what the node speaks; `joule doctor` shows both",
            ),
            RpcError::NoAnswer { .. } | RpcError::NoNode { .. } => {
                Error::unreachable("chain.unreachable", error, "check chain.rpc and that the node runs")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_without_a_block_is_silent_and_its_refusals_are_others() {
        let of = |log: &str| RpcError::refused("http://n", "sdk".into(), 6, log.into());
        assert!(of(&format!("recovered: {NO_BLOCK_YET} \nstack:\n")).is_nodes_fault());
        assert!(matches!(of("no such contract"), RpcError::Application { code: 6, .. }));
    }
}

//! The one error type that reaches a person: a stable code, what is wrong with which value, and the next step.
//!
//! Libraries inside the agent may keep richer enums (`chain::rpc::RpcError`); at the edge of a module they become this.
use std::borrow::Cow;
use std::fmt;

/// Result with the agent's coded error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a shell script can tell failures apart by. The numbers are part of the public interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// A bug in the agent or a failure of the machine below it.
    Internal = 1,
    /// Wrong flags or arguments, or a file of the user's that does not hold what it should.
    Usage = 2,
    /// Settings or the deployment file.
    Config = 3,
    /// Keys, passphrases, or the signer's policy said no.
    Key = 4,
    /// No node answers, or the nodes cannot be used.
    Unreachable = 5,
    /// The chain or a contract refused.
    Refused = 6,
    /// Not enough money for amount or fee.
    Funds = 7,
    /// The agent's own files: journal, lock, home directory.
    Local = 8,
}

impl Exit {
    /// The process exit code.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// A failure with a stable code. Displays as `code: what; next step`.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    code: Cow<'static, str>,
    what: String,
    next: Cow<'static, str>,
    exit: Exit,
}

impl Error {
    /// `code` is `area.reason` in lower snake case and never changes its meaning once released.
    pub fn new(
        exit: Exit,
        code: impl Into<Cow<'static, str>>,
        what: impl fmt::Display,
        next: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code: code.into(),
            what: what.to_string(),
            next: next.into(),
            exit,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What is wrong, with the value at fault.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What the reader can do about it; empty when the text of a contract already says it.
    pub fn next(&self) -> &str {
        &self.next
    }

    /// Exit class.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// The same error with the place it happened in front of its text.
    pub fn within(mut self, place: impl fmt::Display) -> Self {
        self.what = format!("{place}: {}", self.what);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.what)?;
        if self.next.is_empty() {
            return Ok(());
        }
        write!(f, "; {}", self.next)
    }
}

// `main` prints errors with Debug when it returns them: the same line, not a struct.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

/// Short constructors, one for each exit class.
macro_rules! constructors {
    ($($name:ident => $exit:ident),+ $(,)?) => {
        impl Error {
            $(
                #[doc = concat!("Error of the class [`Exit::", stringify!($exit), "`].")]
                pub fn $name(
                    code: impl Into<Cow<'static, str>>,
                    what: impl fmt::Display,
                    next: impl Into<Cow<'static, str>>,
                ) -> Self {
                    Self::new(Exit::$exit, code, what, next)
                }
            )+
        }
    };
}

constructors! {
    internal => Internal,
    usage => Usage,
    config => Config,
    key => Key,
    unreachable => Unreachable,
    refused => Refused,
    funds => Funds,
    local => Local,
}

/// Finds `area.reason: text` in the log of a failed transaction or query. Contracts of this project start their errors
/// with such a code; what a node wraps around it (`failed to execute message; message index: 0: ...: execute wasm
/// contract failed`) is cut off. `None` when no code is in the log.
pub fn contract_error(log: &str) -> Option<Error> {
    let mut rest = log;
    loop {
        let colon = rest.find(": ")?;
        let (head, tail) = rest.split_at(colon);
        let word = head.rsplit([' ', ':', '(', '"']).next().unwrap_or_default();
        let tail = tail.strip_prefix(": ").unwrap_or_default();
        if is_code(word) {
            let text = NODE_SUFFIXES
                .iter()
                .fold(tail, |text, suffix| text.split(suffix).next().unwrap_or(text));
            return Some(Error::refused(word.to_string(), text.trim(), ""));
        }
        rest = tail;
    }
}

/// What wasmd and the SDK append to a contract's own text.
const NODE_SUFFIXES: [&str; 6] = [
    ": execute wasm contract failed",
    ": query wasm contract failed",
    ": instantiate wasm contract failed",
    ": migrate wasm contract failed",
    ": reply wasm contract failed",
    ": dispatch: submessages",
];

/// `mkt.job_not_open` and the like: two non-empty lower snake words with one dot.
fn is_code(word: &str) -> bool {
    let Some((area, reason)) = word.split_once('.') else {
        return false;
    };
    let snake = |s: &str| {
        s.starts_with(|c: char| c.is_ascii_lowercase())
            && s.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    area.len() >= 2 && area.len() <= 16 && reason.len() >= 3 && snake(area) && snake(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_has_code_what_and_next_step() {
        let e = Error::config("config.unknown_key", "chain.rcp", "see `joule config show`");
        assert_eq!(e.to_string(), "config.unknown_key: chain.rcp; see `joule config show`");
        assert_eq!(format!("{e:?}"), e.to_string());
        assert_eq!(e.exit().code(), 3);
    }

    #[test]
    fn contract_codes_are_found_inside_what_nodes_wrap_around_them() {
        for (log, code, what) in [
            (
                "failed to execute message; message index: 1: mkt.job_not_open: job 7 is Completed; nothing to do: \
                 execute wasm contract failed",
                "mkt.job_not_open",
                "job 7 is Completed; nothing to do",
            ),
            (
                "esc.no_funds: send exactly one coin",
                "esc.no_funds",
                "send exactly one coin",
            ),
            (
                "dispatch: submessages: reg.unknown_node: node 9: execute wasm contract failed",
                "reg.unknown_node",
                "node 9",
            ),
            (
                "Error executing WasmMsg:\n  sender: wasm1\nCaused by:\n    stk.too_low: 5 is below 10",
                "stk.too_low",
                "5 is below 10",
            ),
        ] {
            let e = contract_error(log).unwrap_or_else(|| panic!("no code in {log}"));
            assert_eq!((e.code(), e.what()), (code, what));
        }
    }

    #[test]
    fn text_without_a_code_is_not_taken_for_one() {
        for log in [
            "",
            "out of gas in location: WriteFlat; gasWanted: 10",
            "http://a.b: refused",
            "rpc error: code = 5",
        ] {
            assert_eq!(contract_error(log), None, "{log}");
        }
    }
}

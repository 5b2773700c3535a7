//! The Joule agent.

use std::process::ExitCode;

use joule::{cli, process, sandbox};

fn main() -> ExitCode {
    // First of all, while this process has one thread: the child gives up rights for the whole process.
    if std::env::args_os().nth(1).is_some_and(|arg| arg == sandbox::COMMAND) {
        return sandbox::child_main();
    }
    process::follow_parent();
    cli::main(std::env::args_os())
}

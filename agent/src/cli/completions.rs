//! `joule completions`.
use clap_complete::Shell;

use super::output;
use crate::error::{Error, Result};

/// Prints the script on standard output: `joule completions bash > /etc/bash_completion.d/joule`, `joule completions zsh >
/// ~/.zfunc/_joule`, `joule completions fish > ~/.config/fish/completions/joule.fish`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Shell to complete in
    shell: Shell,
}

pub fn run(args: &Args, mut command: clap::Command) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "joule", &mut script);
    let script = String::from_utf8(script)
        .map_err(|e| Error::internal("cli.bad_output", e, "report this: the script is not text"))?;
    output::line(script.trim_end());
    Ok(())
}

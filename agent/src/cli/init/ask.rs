//! Questions on the terminal.
use std::io::{BufRead, Write};

use crate::error::{Error, Result};

/// Wrong answers to one question before the wizard gives up.
const TRIES: usize = 5;

/// Whoever answers.
pub struct Ask<R, W> {
    input: R,
    output: W,
    terminal: bool,
    defaults: bool,
}

impl<R: BufRead, W: Write> Ask<R, W> {
    /// `terminal`: somebody is there to answer. `defaults`: nobody wants to be asked.
    pub fn new(input: R, output: W, terminal: bool, defaults: bool) -> Self {
        Self {
            input,
            output,
            terminal,
            defaults,
        }
    }

    /// The answer of a flag, or what is typed, or the default. `flag` is named where neither can be had.
    ///
    /// # Errors
    /// `init.missing` names the flag; those of `parse` after too many wrong answers.
    pub fn value<T>(
        &mut self,
        flag: &'static str,
        question: &str,
        default: Option<&str>,
        parse: impl Fn(&str) -> Result<T>,
    ) -> Result<T> {
        if self.defaults || !self.terminal {
            return match default.filter(|_| self.defaults) {
                Some(default) => parse(default),
                None => Err(missing(flag, question, self.defaults, default)),
            };
        }
        let shown = default.map_or(String::new(), |default| format!(" [{default}]"));
        for left in (0..TRIES).rev() {
            let typed = self.line(&format!("{question}{shown}: "), flag)?;
            let answer = match (typed.trim(), default) {
                ("", Some(default)) => default.to_string(),
                (typed, _) => typed.to_string(),
            };
            match parse(&answer) {
                Ok(value) => return Ok(value),
                Err(error) if left == 0 => return Err(error),
                // The next question says the same again.
                Err(error) => self.say(&format!("  {}; {}\n", error.what(), error.next())),
            }
        }
        Err(missing(flag, question, false, default))
    }

    fn line(&mut self, question: &str, flag: &'static str) -> Result<String> {
        self.say(question);
        let mut typed = String::new();
        match self.input.read_line(&mut typed) {
            Ok(0) => Err(missing(flag, "the input ended", false, None)),
            Ok(_) => Ok(typed),
            Err(e) => Err(missing(flag, &e.to_string(), false, None)),
        }
    }

    fn say(&mut self, text: &str) {
        // Who cannot see the question will not answer it.
        let _ = self
            .output
            .write_all(text.as_bytes())
            .and_then(|()| self.output.flush());
    }
}

fn missing(flag: &'static str, question: &str, defaults: bool, default: Option<&str>) -> Error {
    let why = if defaults {
        "it has no default"
    } else {
        "nobody is there to ask"
    };
    let next = match default {
        Some(default) => format!("give {flag}, or --yes for {default}"),
        None => format!("give {flag}"),
    };
    Error::usage("init.missing", format!("{question}: {why}"), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Result<u32> {
        text.parse()
            .map_err(|_| Error::usage("x.y", format!("`{text}`"), "write a number"))
    }

    fn ask(typed: &str, terminal: bool, defaults: bool, default: Option<&str>) -> (Result<u32>, String) {
        let mut said = Vec::new();
        let answer =
            Ask::new(typed.as_bytes(), &mut said, terminal, defaults).value("--n", "How many", default, number);
        (answer, String::from_utf8(said).unwrap())
    }

    #[test]
    fn answers_come_from_the_terminal_or_the_default() {
        let (answer, said) = ask("x\n\n7\n", true, false, None);
        assert_eq!(answer, Ok(7));
        assert!(
            said.contains("How many: ") && said.contains("`x`; write a number"),
            "{said}"
        );
        let (answer, said) = ask("\n", true, false, Some("3"));
        assert_eq!((answer, said.as_str()), (Ok(3), "How many [3]: "));
        assert_eq!(ask("9\n", true, true, Some("3")), (Ok(3), String::new()));
    }

    #[test]
    fn missing_answers_name_their_flag() {
        for (typed, terminal, defaults, default) in [
            ("", false, false, Some("3")),
            ("", false, false, None),
            ("", true, true, None),
            ("", true, false, None),
        ] {
            let error = ask(typed, terminal, defaults, default).0.unwrap_err();
            assert_eq!(error.code(), "init.missing");
            assert!(error.next().starts_with("give --n"), "{error}");
        }
        assert_eq!(ask("a\nb\nc\nd\ne\n", true, false, None).0.unwrap_err().code(), "x.y");
    }
}

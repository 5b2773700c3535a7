//! Where in a settings file something is, and what in it is no setting.
use std::path::Path;

use serde_json::{Map, Value};
use toml_edit::{ImDocument, TableLike};

use super::Settings;
use crate::error::{Error, Result};

/// A key of the file that no setting has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Full name, `chain.rcp`.
    pub key: String,
    /// Line, from 1.
    pub line: usize,
    /// What was probably meant.
    pub next: String,
}

/// A settings file whose syntax is right.
pub struct Lines<'a> {
    text: &'a str,
    doc: ImDocument<&'a str>,
}

impl<'a> Lines<'a> {
    /// Reads a text.
    ///
    /// # Errors
    /// `config.bad_value` with the line of the mistake.
    pub fn parse(path: &Path, text: &'a str) -> Result<Self> {
        let doc = ImDocument::parse(text).map_err(|e| {
            let at = e.span().map_or(1, |span| line_of(text, span.start));
            Error::config(
                "config.bad_value",
                format!("{} line {at}: {}", path.display(), e.message().replace('\n', " ")),
                "correct the line",
            )
        })?;
        Ok(Self { text, doc })
    }

    /// Line of `section.key`, or of the section that stands in its place.
    pub fn line(&self, key: &str) -> Option<usize> {
        let mut table: &dyn TableLike = self.doc.as_table();
        let mut found = None;
        for part in key.split('.') {
            let Some((name, item)) = table.get_key_value(part) else {
                break;
            };
            found = name.span().map(|span| line_of(self.text, span.start)).or(found);
            match item.as_table_like() {
                Some(inner) => table = inner,
                None => break,
            }
        }
        found
    }

    /// Every key that is no setting, in the order of the file.
    pub fn unknown(&self) -> Vec<Unknown> {
        let known = known();
        let mut found = Vec::new();
        for (section, item) in self.doc.as_table().iter() {
            match (known.get(section).and_then(Value::as_object), item.as_table_like()) {
                (Some(keys), Some(table)) => {
                    let strange = table.iter().map(|(key, _)| key).filter(|key| !keys.contains_key(*key));
                    found.extend(
                        strange.map(|key| self.strange(&format!("{section}.{key}"), meant(key, section, keys))),
                    );
                }
                (Some(_), None) => {
                    let next = format!("[{section}] is a section: write its keys below that line");
                    found.push(self.strange(section, next));
                }
                (None, _) => found.push(self.strange(section, meant_section(section, &known))),
            }
        }
        found.sort_by_key(|unknown| unknown.line);
        found
    }

    fn strange(&self, key: &str, next: String) -> Unknown {
        Unknown {
            key: key.into(),
            line: self.line(key).unwrap_or(1),
            next,
        }
    }
}

/// Sections and keys that there are.
fn known() -> Map<String, Value> {
    match serde_json::to_value(Settings::default()) {
        Ok(Value::Object(known)) => known,
        _ => Map::new(),
    }
}

fn meant(key: &str, section: &str, keys: &Map<String, Value>) -> String {
    let list: Vec<&str> = keys.keys().map(String::as_str).collect();
    match nearest(key, list.iter().copied()) {
        Some(near) => format!("did you mean `{section}.{near}`? known keys there: {}", list.join(", ")),
        None => format!("known keys there: {}", list.join(", ")),
    }
}

/// A key may be right and only its section wrong.
fn meant_section(name: &str, known: &Map<String, Value>) -> String {
    let owner = known
        .iter()
        .find(|(_, keys)| keys.get(name).is_some())
        .map(|(section, _)| section);
    if let Some(section) = owner {
        return format!("`{name}` belongs below [{section}]");
    }
    let list: Vec<&str> = known.keys().map(String::as_str).collect();
    match nearest(name, list.iter().copied()) {
        Some(near) => format!("did you mean [{near}]? known sections: {}", list.join(", ")),
        None => format!("known sections: {}", list.join(", ")),
    }
}

/// The known word that `word` was probably meant to be: a slip or two of the fingers away.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (word.len() / 3).max(2);
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(word, known), known))
        .filter(|(far, _)| *far <= most)
        .min()
        .map(|(_, known)| known)
}

/// Line, from 1, of a byte of the text.
pub fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count().saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(text: &str) -> Vec<(String, usize, String)> {
        let lines = Lines::parse(Path::new("joule.toml"), text).unwrap();
        lines.unknown().into_iter().map(|u| (u.key, u.line, u.next)).collect()
    }

    #[test]
    fn strange_keys_have_a_line_and_a_suggestion() {
        let found = unknown("[chain]\nid = \"x\"\nrcp = []\n\n[chian]\nid = 1\n[gas]\nfrobnicate = 1\n");
        let at: Vec<(&str, usize)> = found.iter().map(|(key, line, _)| (key.as_str(), *line)).collect();
        assert_eq!(at, [("chain.rcp", 3), ("chian", 5), ("gas.frobnicate", 8)]);
        assert!(found[0].2.starts_with("did you mean `chain.rpc`?"), "{}", found[0].2);
        assert!(found[1].2.starts_with("did you mean [chain]?"), "{}", found[1].2);
        assert!(found[2].2.starts_with("known keys there: "), "{}", found[2].2);
    }

    #[test]
    fn keys_without_their_section_are_sent_there() {
        let found = unknown("rpc = []\nchain = 5\n");
        assert_eq!(found[0].2, "`rpc` belongs below [chain]");
        assert!(found[1].2.contains("[chain] is a section"), "{}", found[1].2);
        // Dotted keys are keys of a section.
        assert_eq!(unknown("chain.rcp = 1\n")[0].0, "chain.rcp");
        assert!(unknown("chain.rpc = []\n").is_empty());
    }

    #[test]
    fn mistakes_of_syntax_have_a_line() {
        let error = Lines::parse(Path::new("joule.toml"), "[chain]\nid =\n").err().unwrap();
        assert!(error.what().starts_with("joule.toml line 2: "), "{error}");
    }

    #[test]
    fn only_near_words_are_suggested() {
        assert_eq!(nearest("stack", ["stake", "store"]), Some("stake"));
        assert_eq!(nearest("x", ["stake", "store"]), None);
    }
}

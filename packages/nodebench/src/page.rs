//! Tables in Markdown, and their place in the documents.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// A table: the first column to the left, numbers to the right.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let rule = (0..head.len()).map(|n| if n == 0 { "---" } else { "---:" });
    let mut text = line(head.to_vec()) + &line(rule.collect());
    for row in rows {
        text += &line(row.iter().map(String::as_str).collect());
    }
    text
}

/// Replaces what stands between the markers of a section.
pub fn write(path: &Path, section: &str, text: &str) -> Result<()> {
    let (open, close) = (
        format!("<!-- bench:{section} -->\n"),
        format!("<!-- /bench:{section} -->"),
    );
    let page = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let missing = || format!("{}: no markers of the section {section}", path.display());
    let (before, rest) = page.split_once(&open).with_context(missing)?;
    let (_, after) = rest.split_once(&close).with_context(missing)?;
    Ok(fs::write(path, format!("{before}{open}{text}{close}{after}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_and_nothing_else() {
        let folder = std::env::temp_dir().join(format!("joule-page-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("page.md");
        fs::write(&path, "a\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nb\n").unwrap();
        let text = table(&["m", "gas"], &[vec!["beat".into(), "7".into()]]);
        write(&path, "x", &text).unwrap();
        let page = fs::read_to_string(&path).unwrap();
        assert_eq!(
            page,
            "a\n<!-- bench:x -->\n| m | gas |\n| --- | ---: |\n| beat | 7 |\n<!-- /bench:x -->\nb\n"
        );
        assert!(write(&path, "y", "").is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}

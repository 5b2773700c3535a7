//! Relative links in Markdown files must lead to a file, and `#anchors` to a heading.

use crate::run::{files, root};
use anyhow::{bail, Result};
use std::path::Path;

pub fn check() -> Result<()> {
    let root = root();
    let mut bad = Vec::new();
    for file in files()?.into_iter().filter(|f| f.ends_with(".md")) {
        let text = std::fs::read_to_string(root.join(&file))?;
        for link in links(&text) {
            if let Some(why) = broken(&root.join(&file), &text, &link) {
                bad.push(format!("{file}: {link}: {why}"));
            }
        }
    }
    if !bad.is_empty() {
        bail!("{} broken links\n  {}", bad.len(), bad.join("\n  "));
    }
    Ok(())
}

fn broken(file: &Path, text: &str, link: &str) -> Option<String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() {
        file.to_path_buf()
    } else {
        file.parent()?.join(path)
    };
    if !target.exists() {
        return Some("no such file".to_string());
    }
    if anchor.is_empty() || target.extension().is_none_or(|e| e != "md") {
        return None;
    }
    let other = if path.is_empty() {
        text.to_string()
    } else {
        std::fs::read_to_string(&target).unwrap_or_default()
    };
    (!anchors(&other).iter().any(|a| a == anchor)).then(|| "no such heading".to_string())
}

/// Targets of `[text](target)` and `[name]: target` that are relative paths or anchors; code is left out.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        let line = without_code_spans(line);
        for part in line.split("](").skip(1) {
            if let Some(target) = part.split(')').next() {
                found.push(target.to_string());
            }
        }
        if let Some((name, target)) = line.split_once("]: ") {
            if name.starts_with('[') {
                found.push(target.to_string());
            }
        }
    }
    found
        .iter()
        .filter_map(|t| t.split_whitespace().next())
        .map(|t| t.trim_matches(['<', '>']))
        .filter(|t| !t.contains("://") && !t.starts_with("mailto:") && !t.starts_with('/'))
        .map(str::to_string)
        .collect()
}

/// Lines outside of fenced code.
fn prose(text: &str) -> Vec<&str> {
    let mut fenced = false;
    text.lines()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            !fenced && !fence
        })
        .collect()
}

fn without_code_spans(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("")
}

/// Anchors of the headings, as code hosts derive them.
fn anchors(text: &str) -> Vec<String> {
    prose(text)
        .into_iter()
        .filter_map(|l| l.strip_prefix('#'))
        .map(|l| {
            let title = l.trim_start_matches('#').trim().to_lowercase();
            title
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_relative_links_only() {
        let text = "[a](b.md#c) `[x](y)` [w](https://a.b)\n```\n[z](q)\n```\n[ref]: ../d.md \"title\"\n![i](img.png)";
        assert_eq!(links(text), ["b.md#c", "../d.md", "img.png"]);
    }

    #[test]
    fn headings_become_anchors() {
        assert_eq!(anchors("# The `map`, drawn\n## a_b - c"), ["the-map-drawn", "a_b---c"]);
    }
}

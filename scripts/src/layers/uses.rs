//! Which modules of a crate a source text names. Reads paths and `use` trees; comments are left out.

/// First path segments after `krate::`, through nested braces: `use k::{a::B, c::{D}}; k::e::F` gives a, c, e.
/// A rename of the crate or an import of everything reads as `*`.
pub fn modules(text: &str, krate: &str) -> Vec<String> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        if token != krate {
            continue;
        }
        match tokens.get(i + 1).map(String::as_str) {
            Some("::") => segments(&tokens[i + 2..], &mut found),
            Some("as" | ";") => found.push("*".to_string()),
            _ => {}
        }
    }
    found
}

/// Whether the text names an identifier outside of comments.
pub fn names(text: &str, ident: &str) -> bool {
    tokens(text).iter().any(|t| t == ident)
}

/// The first segment, or for a brace group the first segment of each of its branches.
fn segments(tokens: &[String], found: &mut Vec<String>) {
    match tokens.first().map(String::as_str) {
        Some("{") => {}
        Some(first) => return found.push(first.to_string()),
        None => return,
    }
    let mut depth = 1;
    let mut start = true;
    for token in &tokens[1..] {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 => {
                start = true;
                continue;
            }
            name if depth == 1 && start => {
                found.push(name.to_string());
                start = false;
            }
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

/// Identifiers, `::` and single other characters.
fn tokens(text: &str) -> Vec<String> {
    let text = without_comments(text);
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_alphanumeric() || c == '_' {
            let mut word = c.to_string();
            while let Some(next) = chars.next_if(|n| n.is_alphanumeric() || *n == '_') {
                word.push(next);
            }
            tokens.push(word);
        } else if c == ':' && chars.next_if_eq(&':').is_some() {
            tokens.push("::".to_string());
        } else if !c.is_whitespace() {
            tokens.push(c.to_string());
        }
    }
    tokens
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("/*") {
        out.push_str(&rest[..at]);
        rest = rest[at..].split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let code = |line: &str| line.split("//").next().unwrap_or_default().to_string();
    out.lines().map(code).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_trees() {
        let text = "use k::{a::B, c::{D, e::F}, g}; k::h::I; use k::j; // k::x\n/* k::y */ use k as z;";
        assert_eq!(modules(text, "k"), ["a", "c", "g", "h", "j", "*"]);
        assert_eq!(modules("other_k::a; k2::b", "k"), Vec::<String>::new());
    }
}

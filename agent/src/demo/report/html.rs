//! Small pieces of HTML.
use crate::demo::story::Kind;
use crate::demo::tables::Rows;

/// Text that cannot be taken for markup.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A table; all columns but the first are numbers.
pub fn table(rows: &Rows) -> String {
    let head: String = rows
        .header
        .iter()
        .map(|name| format!("<th>{}</th>", escape(name)))
        .collect();
    let body: String = rows
        .rows
        .iter()
        .map(|row| {
            format!(
                "<tr>{}</tr>",
                row.iter()
                    .map(|cell| format!("<td>{}</td>", escape(cell)))
                    .collect::<String>()
            )
        })
        .collect();
    format!("<div class=\"wide\"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>")
}

/// The class that colours a kind.
pub fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Join => "join",
        Kind::Proof => "proof",
        Kind::Job => "job",
        Kind::Jury => "jury",
        Kind::Money => "money",
        Kind::Fault => "fault",
        Kind::Vote => "vote",
        Kind::Note => "remark",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_not_markup() {
        assert_eq!(escape("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}

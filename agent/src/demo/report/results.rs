//! What the jobs made: pictures as pictures, texts as texts.
use base64::prelude::{Engine, BASE64_STANDARD};

use super::html::escape;
use crate::demo::jobs::media_type;
use crate::demo::outcome::Outcome;
use crate::error::{Error, Result};

/// Lines of a text that are shown.
const LINES: usize = 9;

/// A figure for each job.
pub fn figures(outcome: &Outcome) -> Result<String> {
    let mut html = String::from("<div class=\"figures\">");
    for (posted, job) in &outcome.jobs {
        let path = &posted.work.output;
        let bytes = std::fs::read(path)
            .map_err(|e| Error::local("demo.io", format!("{}: {e}", path.display()), "run the demo again"))?;
        let shown = match String::from_utf8(bytes) {
            Ok(text) => {
                let first: Vec<&str> = text.lines().take(LINES).collect();
                let more = text.lines().count().saturating_sub(LINES);
                let more = if more > 0 {
                    format!("\n… and {more} more")
                } else {
                    String::new()
                };
                format!("<pre>{}{more}</pre>", escape(&first.join("\n")))
            }
            Err(picture) => {
                let bytes = picture.into_bytes();
                let media = media_type(&bytes).unwrap_or("application/octet-stream");
                let data = BASE64_STANDARD.encode(bytes);
                format!(
                    "<img alt=\"{}\" src=\"data:{media};base64,{data}\">",
                    escape(posted.work.about)
                )
            }
        };
        let digest = job
            .result
            .as_ref()
            .map_or_else(String::new, |result| result.result_root.to_hex());
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        html += &format!(
            "<figure class=\"{kind}\">{shown}<figcaption><b>{title}</b> {about}. <span>{name}, SHA-256 <code>{digest}</code></span>\
             </figcaption></figure>",
            kind = if shown.starts_with("<img") { "picture" } else { "text" },
            title = escape(&format!("Job {}, {}:", posted.id, posted.work.title)),
            about = escape(posted.work.about),
            name = escape(&name),
        );
    }
    Ok(html + "</div>")
}

//! Lists of any length, page by page.
use std::future::Future;

use joule_types::Page;

use crate::error::{Error, Result};

/// Asks for page after page until the last one. A list with more than `most` items is an error, not a silent cut: the
/// caller has to ask for less.
pub async fn all<T, K, F>(most: usize, mut ask: impl FnMut(Option<K>) -> F) -> Result<Vec<T>>
where
    F: Future<Output = Result<Page<T, K>>>,
{
    let mut items = Vec::new();
    let mut after = None;
    loop {
        let page = ask(after).await?;
        items.extend(page.items);
        if items.len() > most {
            let what = format!("more than {most} items");
            return Err(Error::refused("chain.list_too_long", what, "narrow the question down"));
        }
        match page.next {
            None => return Ok(items),
            next => after = next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn page(after: Option<u32>) -> Result<Page<u32, u32>> {
        let first = after.map_or(0, |a| a + 1);
        Ok(Page {
            items: vec![first, first + 1],
            next: (first < 4).then_some(first + 1),
        })
    }

    #[tokio::test]
    async fn pages_follow_one_another_to_the_end_or_the_limit() {
        assert_eq!(all(6, page).await.unwrap(), [0, 1, 2, 3, 4, 5]);
        assert_eq!(all(5, page).await.unwrap_err().code(), "chain.list_too_long");
    }
}

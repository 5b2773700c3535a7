//! Pages of lists.

use joule_types::{Page, DEFAULT_LIMIT, MAX_LIMIT};

/// Items of a page: the caller's wish within 1 and `max` (at most [`MAX_LIMIT`]).
#[must_use]
pub fn limit(wish: Option<u32>, max: u32) -> usize {
    let limit = wish.unwrap_or(DEFAULT_LIMIT).clamp(1, max.min(MAX_LIMIT));
    usize::try_from(limit).unwrap_or(1)
}

/// Collects one page of `items`; `cursor` names the key of an item. `next` is set only if there is a further item.
///
/// # Errors
/// The first error of the iterator.
pub fn page<T, K, E>(
    mut items: impl Iterator<Item = Result<T, E>>,
    limit: usize,
    cursor: impl Fn(&T) -> K,
) -> Result<Page<T, K>, E> {
    let found = items.by_ref().take(limit).collect::<Result<Vec<T>, E>>()?;
    let next = match items.next() {
        Some(further) => {
            further?;
            found.last().map(cursor)
        }
        None => None,
    };
    Ok(Page { items: found, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(n: u32, size: usize) -> Vec<u32> {
        let (mut seen, mut after) = (vec![], None);
        loop {
            let rest = (1..=n).filter(|i| after.is_none_or(|a| *i > a)).map(Ok::<_, ()>);
            let page = page(rest, size, |i| *i).unwrap();
            assert!(page.items.len() <= size);
            seen.extend(page.items);
            after = page.next;
            if after.is_none() {
                return seen;
            }
        }
    }

    #[test]
    fn pages_concatenate_without_gap_or_repeat() {
        for n in [0, 1, 4, 5, 6, 10] {
            assert_eq!(walk(n, 5), (1..=n).collect::<Vec<_>>(), "n = {n}");
        }
    }

    #[test]
    fn the_limit_is_clamped() {
        assert_eq!(
            [
                limit(None, 100),
                limit(Some(0), 100),
                limit(Some(500), 100),
                limit(Some(50), 30),
                limit(None, 500)
            ],
            [20, 1, 100, 30, 20]
        );
    }
}

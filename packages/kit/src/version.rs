//! Versions of stored contracts and the guard of migrations.

use cosmwasm_std::Storage;
use cw2::{get_contract_version, set_contract_version};

use crate::KitError;

/// Records name and version at instantiation.
///
/// # Errors
/// Storage errors.
pub fn init(storage: &mut dyn Storage, name: &str, version: &str) -> Result<(), KitError> {
    Ok(set_contract_version(storage, name, version)?)
}

/// Checks that the stored contract is the same and older, and records the new version. Returns the old one. A second run of the
/// same migration fails (V-34).
///
/// # Errors
/// [`KitError::WrongContract`], [`KitError::NotNewer`].
pub fn migrate(storage: &mut dyn Storage, name: &str, version: &str) -> Result<String, KitError> {
    let stored = get_contract_version(storage)?;
    if stored.contract != name {
        return Err(KitError::WrongContract {
            stored: stored.contract,
            code: name.into(),
        });
    }
    match (parse(&stored.version), parse(version)) {
        (Some(old), Some(new)) if old < new => {}
        _ => {
            return Err(KitError::NotNewer {
                stored: stored.version,
                code: version.into(),
            })
        }
    }
    set_contract_version(storage, name, version)?;
    Ok(stored.version)
}

fn parse(version: &str) -> Option<[u64; 3]> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let parsed = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cosmwasm_std::testing::MockStorage;

    #[test]
    fn only_newer_code_of_the_same_contract_migrates_and_only_once() {
        let mut storage = MockStorage::new();
        init(&mut storage, "joule:escrow", "0.9.0").unwrap();
        assert!(matches!(
            migrate(&mut storage, "joule:dao", "1.0.0"),
            Err(KitError::WrongContract { .. })
        ));
        assert!(matches!(
            migrate(&mut storage, "joule:escrow", "0.8.9"),
            Err(KitError::NotNewer { .. })
        ));
        assert_eq!(migrate(&mut storage, "joule:escrow", "0.10.0").unwrap(), "0.9.0");
        assert!(matches!(
            migrate(&mut storage, "joule:escrow", "0.10.0"),
            Err(KitError::NotNewer { .. })
        ));
    }
}

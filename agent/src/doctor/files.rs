//! Files of the home directory: who may read them, and whether there is space for more.
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Report, Subject};
use crate::chain::contracts::Market;
use crate::config::{self, Role};
use crate::keys::PassphraseSource;
use crate::signer::Policy;
use crate::{journal, keeper, monitor, provider, verifier};

/// Home, key folder, policy and space.
pub fn check(subject: &Subject, report: &mut Report) {
    let home = &subject.home;
    match mode(home) {
        None => report.fail(
            "home",
            format!("there is no folder {}", home.display()),
            subject.command("init"),
        ),
        Some(mode) if mode & 0o022 != 0 => report.fail(
            "home",
            format!("others may write to {} (mode {mode:o})", home.display()),
            format!("chmod 700 {}", home.display()),
        ),
        Some(_) if !home.join(config::FILE).exists() => report.warn(
            "home",
            format!(
                "{} has no {}: every setting is the default",
                home.display(),
                config::FILE
            ),
            subject.command("init"),
        ),
        Some(_) => report.ok("home", format!("{}, role {}", home.display(), subject.role)),
    }
    let keys = home.join("keys");
    if let Some(mode) = mode(&keys).filter(|mode| mode & 0o022 != 0) {
        report.fail(
            "keys",
            format!("others may write to {} (mode {mode:o})", keys.display()),
            format!("chmod 700 {}", keys.display()),
        );
    }
    for entry in std::fs::read_dir(&keys).into_iter().flatten().flatten() {
        let path = entry.path();
        let open = mode(&path).filter(|mode| path.extension().is_some_and(|e| e == "key") && mode & 0o077 != 0);
        if let Some(mode) = open {
            report.fail(
                "keys",
                format!("others may read {} (mode {mode:o})", path.display()),
                format!("chmod 600 {}", path.display()),
            );
        }
    }
    space(subject, report);
}

fn mode(path: &Path) -> Option<u32> {
    let data = std::fs::metadata(path).ok()?;
    Some(data.permissions().mode() & 0o777)
}

/// Space for the journal, and for the objects of jobs, which may lie on another disk.
fn space(subject: &Subject, report: &mut Report) {
    for (what, path) in [
        ("disk of the home", subject.home.clone()),
        ("disk of the cache", subject.home.join("cache")),
    ] {
        if !path.exists() {
            continue;
        }
        let stat = match rustix::fs::statvfs(&path) {
            Ok(stat) => stat,
            Err(e) => {
                report.warn(
                    "disk",
                    format!("{}: {e}", path.display()),
                    "check that the disk is there",
                );
                continue;
            }
        };
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        let (least, mib) = (subject.limits.min_free, |bytes: u64| bytes >> 20);
        let found = format!("{what}: {} MiB free below {}", mib(free), path.display());
        if free < least {
            let fix = format!(
                "free {} MiB there; `rm -r {}` empties the cache of objects, which are fetched again when needed",
                mib(least.saturating_sub(free)).saturating_add(1),
                subject.home.join("cache").display()
            );
            report.fail("disk", found, fix);
        } else {
            report.ok("disk", found);
        }
    }
}

/// A policy of the owner's own replaces the list that each agent is built with: it has to be of this chain and market, and
/// to know the messages that the role sends.
pub fn policy(subject: &Subject, market: &Market, report: &mut Report) {
    let (path, settings) = (subject.settings.policy_file(&subject.home), &subject.settings);
    let fees = u64::MAX;
    let built_in = match subject.role {
        Role::Buyer => return,
        _ if !path.exists() => return,
        Role::Provider => provider::policy(settings, market, fees, None),
        Role::Validator => verifier::policy(settings, market, fees),
        Role::Keeper => keeper::policy(settings, market, fees),
    };
    let own = std::fs::read_to_string(&path).map_err(|e| e.to_string());
    let own = match own.and_then(|text| Policy::parse(&text).map_err(|e| e.to_string())) {
        Ok(own) => own,
        Err(error) => {
            report.fail(
                "policy",
                format!("{}: {error}", path.display()),
                "correct the file, or delete it",
            );
            return;
        }
    };
    let (mut missing, file) = (Vec::new(), path.display());
    if own.chain_id != built_in.chain_id {
        missing.push(format!("it is of chain `{}`", own.chain_id));
    }
    for rule in &built_in.contracts {
        let known = own.contracts.iter().find(|own| own.address == rule.address);
        let refused: Vec<&str> = match known {
            None => vec!["every message"],
            Some(known) => rule.messages.difference(&known.messages).map(String::as_str).collect(),
        };
        if !refused.is_empty() {
            missing.push(format!("it refuses {} to {}", refused.join(", "), rule.address));
        }
    }
    if missing.is_empty() {
        report.ok("policy", format!("{file} allows what a {} sends", subject.role));
    } else {
        let fix =
            format!("add them if that is not meant, or delete {file}: the agent then uses the list it was built with");
        report.warn("policy", format!("{file}: {}", missing.join("; ")), fix);
    }
}

/// The port of the role's pages: free, or taken by the agent itself.
pub fn port(subject: &Subject, report: &mut Report) {
    let (role, folder) = match subject.role {
        Role::Buyer => return,
        Role::Provider => (monitor::Role::Provider, "run"),
        Role::Validator => (monitor::Role::Validator, "verify"),
        Role::Keeper => (monitor::Role::Keeper, "keep"),
    };
    let address = match subject.settings.monitor.address(role.port()) {
        Ok(Some(address)) => address,
        Ok(None) => return report.ok("port", "no pages are served (monitor.listen)"),
        Err(error) => return report.error("port", &error),
    };
    let state = subject.home.join("state").join(&subject.settings.key.name).join(folder);
    let found = format!("{address}, for /healthz, /readyz, /status and /metrics");
    match (std::net::TcpListener::bind(address), journal::holder(&state)) {
        (Ok(_), _) => report.ok("port", format!("{found}, is free")),
        (Err(_), Some(pid)) => report.ok("port", format!("{found}, is served by process {pid}")),
        (Err(e), None) => report.fail(
            "port",
            format!("{found}: {e}"),
            "set another monitor.listen in joule.toml, or stop what has the port (`ss -ltnp`)",
        ),
    }
}

/// The key: there, and it opens where its passphrase lies in a file. Its address.
pub fn key(subject: &Subject, report: &mut Report) -> Option<String> {
    let (name, store) = (&subject.settings.key.name, subject.store());
    let entry = match store.show(name) {
        Ok(entry) => entry,
        Err(error) if error.code() == "keys.unknown" => {
            report.fail("key", error.what(), subject.command(&format!("keys create {name}")));
            return None;
        }
        Err(error) => {
            report.error("key", &error);
            return None;
        }
    };
    match &subject.passphrase {
        PassphraseSource::File(_) => match subject.passphrase.read().and_then(|pass| store.open(name, &pass)) {
            Ok(_) => report.ok("key", format!("`{name}` {} opens", entry.address)),
            Err(error) if error.code() == "keys.wrong_passphrase" => report.fail(
                "key",
                format!("{}: {}", error.code(), error.what()),
                "write the passphrase of that key into the file of --passphrase-file or key.passphrase_file",
            ),
            Err(error) => report.error("key", &error),
        },
        _ => report.ok(
            "key",
            format!(
                "`{name}` {}; its passphrase is asked for, so it was not opened",
                entry.address
            ),
        ),
    }
    Some(entry.address)
}

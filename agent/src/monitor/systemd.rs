//! Word to the service manager, where it listens (`NOTIFY_SOCKET`). Elsewhere all of this does nothing.
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;

use super::board::{Board, Stage};
use super::Role;

/// The process works: its settings, its key and its node are there. Getting on the market may take longer than a service
/// manager waits for a start.
pub fn started(role: Role) {
    let text = format!("{}: getting ready", role.name());
    say(&[NotifyState::Ready, NotifyState::Status(&text)]);
}

/// How far the role is.
pub fn stage(stage: Stage) {
    match stage {
        Stage::Finishing => say(&[NotifyState::Stopping, NotifyState::Status(stage.name())]),
        stage => say(&[NotifyState::Status(stage.name())]),
    }
}

/// Feeds the watchdog of the unit, if it has one, while the main loop turns.
pub fn watch(board: Arc<Board>) {
    let mut micros = 0;
    if !sd_notify::watchdog_enabled(false, &mut micros) {
        return;
    }
    let pause = Duration::from_micros(micros) / 3;
    tokio::spawn(async move {
        loop {
            if board.alive().ok {
                say(&[NotifyState::Watchdog]);
            }
            tokio::time::sleep(pause).await;
        }
    });
}

fn say(words: &[NotifyState<'_>]) {
    // Without a service manager nobody listens.
    let _ = sd_notify::notify(false, words);
}

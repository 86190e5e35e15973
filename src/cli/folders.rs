//! The folders of a user: settings, sessions, vectors (XDG base directories; on Windows, the known folders).

use std::path::PathBuf;

use etcetera::BaseStrategy;

fn user() -> Option<impl BaseStrategy> {
    etcetera::choose_base_strategy().ok()
}

/// The settings file, whether or not it is there; absent where no home is known.
pub(super) fn settings() -> Option<PathBuf> {
    Some(user()?.config_dir().join("gander").join("settings.json"))
}

/// The database of vectors kept from earlier runs.
pub(super) fn vectors() -> Option<PathBuf> {
    Some(user()?.cache_dir().join("gander").join("vectors.db"))
}

/// Models that were fetched from a hub.
pub(super) fn models() -> Option<PathBuf> {
    Some(user()?.cache_dir().join("gander").join("models"))
}

/// Sessions that nobody named; where no home is known, among temporary files.
pub(super) fn sessions() -> PathBuf {
    state().join("sessions")
}

/// Where gander keeps what it must find again.
pub(super) fn state() -> PathBuf {
    let kept = user().map(|u| u.state_dir().unwrap_or_else(|| u.data_dir()));
    kept.unwrap_or_else(std::env::temp_dir).join("gander")
}

//! Reports how far an analysis is, from beside it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::TICK;
use crate::analysis::Stage;
use crate::embed::Progress;

/// Runs an analysis while another thread reports its stage, the texts done and texts a second; `run` is given what to call at
/// each stage.
pub(super) fn watched<T>(
    progress: &Progress,
    moved: &(dyn Fn(Stage, usize, f64) + Sync),
    run: impl FnOnce(&dyn Fn(Stage)) -> T,
) -> T {
    let now: Mutex<Option<(Stage, Instant)>> = Mutex::new(None);
    // Held while it is reported, so that no report of a stage comes after one of the next.
    let stage = || now.lock().unwrap_or_else(PoisonError::into_inner);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reporter = scope.spawn(|| {
            let mut before = None;
            while !over.load(Ordering::Relaxed) {
                if let Some((stage, since)) = *stage()
                    && stage.counts_texts()
                {
                    let done = progress.done.load(Ordering::Relaxed);
                    if before.replace((stage, done)) != Some((stage, done)) {
                        moved(stage, done, done as f64 / since.elapsed().as_secs_f64().max(1e-3));
                    }
                }
                std::thread::park_timeout(TICK);
            }
        });
        let on_stage = |next: Stage| {
            let mut now = stage();
            *now = Some((next, Instant::now()));
            if !next.counts_texts() {
                moved(next, 0, 0.0);
            }
            drop(now);
            reporter.thread().unpark();
        };
        let result = run(&on_stage);
        over.store(true, Ordering::Relaxed);
        reporter.thread().unpark();
        result
    })
}

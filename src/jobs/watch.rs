//! Reports how far an analysis is, from beside it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::TICK;
use super::pipeline::Stage;
use crate::embed::Progress;

/// Runs an analysis while another thread reports its stage, the texts done and texts a second; `run` is given what to call at
/// each stage.
pub(super) fn watched<T>(
    progress: &Progress,
    total: usize,
    moved: &(dyn Fn(Stage, usize, f64) + Sync),
    run: impl FnOnce(&dyn Fn(Stage)) -> T,
) -> T {
    let embedding = AtomicBool::new(true);
    let start = Instant::now();
    std::thread::scope(|scope| {
        let reporter = scope.spawn(|| {
            let mut before = usize::MAX;
            while embedding.load(Ordering::Relaxed) {
                let done = progress.done.load(Ordering::Relaxed);
                if done != before {
                    before = done;
                    let rate = done as f64 / start.elapsed().as_secs_f64().max(1e-3);
                    moved(Stage::Embedding, done, rate);
                }
                std::thread::park_timeout(TICK);
            }
        });
        let on_stage = |stage| {
            if stage != Stage::Embedding {
                embedding.store(false, Ordering::Relaxed);
                reporter.thread().unpark();
                moved(stage, total, 0.0);
            }
        };
        let result = run(&on_stage);
        embedding.store(false, Ordering::Relaxed);
        reporter.thread().unpark();
        result
    })
}

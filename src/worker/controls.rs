//! Stops work of the threads from outside of them: a thread that is busy would hear of it too late.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use crate::app::{Cancel, RequestId};
use crate::embed::Progress;
use crate::llm::Control;

/// Handles that stop work; clones stop the same work.
#[derive(Clone, Default)]
pub struct Controls {
    masking: Arc<Progress>,
    /// Number of the last masked run that nobody waits for any more.
    masking_cancelled: Arc<AtomicU64>,
    questions: Arc<Mutex<Option<UnboundedSender<Control>>>>,
}

impl Controls {
    /// Stops something at once.
    pub fn cancel(&self, what: Cancel) {
        match what {
            Cancel::Masking(id) => {
                self.masking_cancelled.fetch_max(id.0, Ordering::SeqCst);
                self.masking.cancel.store(true, Ordering::SeqCst);
            }
            Cancel::Questions(task) => {
                if let Some(run) = &*self.run() {
                    // A run that has ended has nothing to stop.
                    let _ = run.send(task.map_or(Control::CancelAll, Control::Cancel));
                }
            }
        }
    }

    /// The progress of a masked run that begins; nothing when it was cancelled while it waited.
    pub(super) fn begin_masking(&self, id: RequestId) -> Option<Arc<Progress>> {
        self.masking.restart();
        // Read after the restart, so that no cancelling falls between the two.
        (self.masking_cancelled.load(Ordering::SeqCst) < id.0).then(|| self.masking.clone())
    }

    /// The run of a language model that is going, if one is.
    pub(super) fn run(&self) -> std::sync::MutexGuard<'_, Option<UnboundedSender<Control>>> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_cancelled_without_the_thread_that_computes() {
        let controls = Controls::default();
        // Nothing runs: there is nothing to stop.
        controls.cancel(Cancel::Questions(None));
        let (run, mut heard) = tokio::sync::mpsc::unbounded_channel();
        *controls.run() = Some(run);
        controls.clone().cancel(Cancel::Questions(Some(7)));
        controls.cancel(Cancel::Questions(None));
        assert!(matches!(heard.try_recv(), Ok(Control::Cancel(7))));
        assert!(matches!(heard.try_recv(), Ok(Control::CancelAll)));
    }

    #[test]
    fn a_masked_run_that_was_cancelled_while_it_waited_does_not_begin() {
        let controls = Controls::default();
        controls.cancel(Cancel::Masking(RequestId(3)));
        assert!(controls.begin_masking(RequestId(3)).is_none());
        let progress = controls.begin_masking(RequestId(4)).unwrap();
        assert!(!progress.cancel.load(Ordering::SeqCst));
        controls.cancel(Cancel::Masking(RequestId(4)));
        assert!(progress.cancel.load(Ordering::SeqCst));
    }
}

//! The numbers of the explorer, in parts: first what is quick, then the comparison if it is still to come, then the judgements, a
//! few clusters at a time. Whatever else is asked is answered between two parts, and numbers that are asked for anew take the
//! place of those that were going on.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::engine::Engine;
use super::progress::watched;
use super::store::StoreRequest;
use crate::analysis::{PairFigures, PipelineError, Timings};
use crate::app::{Msg, Reply, RequestId};
use crate::embed::Progress;
use crate::model::{ClusterId, Contrast, Partition};

/// Clusters judged in one part: enough for all cores, few enough that nobody waits for long.
const TOGETHER: usize = 8;

/// Numbers that are being computed.
pub(super) struct Going {
    /// The request that they answer.
    request: RequestId,
    partition: Arc<Partition>,
    /// Stops the comparison.
    progress: Arc<Progress>,
}

impl Going {
    /// Nothing of them is computed yet.
    pub fn new(request: RequestId, partition: Arc<Partition>, progress: Arc<Progress>) -> Self {
        Self { request, partition, progress }
    }
}

impl Engine {
    /// Tells what is quick of the numbers of a partition; [`Self::work`] does the rest.
    pub(super) fn start_figures(
        &mut self,
        request: RequestId,
        partition: Arc<Partition>,
        tell: &(dyn Fn(Msg) + Sync),
    ) -> Result<(), PipelineError> {
        let embedder = self.embedder()?;
        let Some(study) = &self.study else { return Ok(()) };
        let figures = study.figures_so_far(&partition, &*embedder, &mut self.cache);
        let over = figures.coming.is_over() && !study.awaits_comparison() && !self.unfinished;
        let progress = self.going.take().map(|g| g.progress).unwrap_or_default();
        self.going = (!over).then(|| Going::new(request, partition, progress));
        tell(Msg::Replied(request, Reply::Figures(Arc::new(figures))));
        Ok(())
    }

    /// Whether numbers are being computed.
    pub fn has_work(&self) -> bool {
        self.going.is_some() || self.pairs.is_some()
    }

    /// Does the next part of the numbers that are being computed; false where none are.
    pub fn work(&mut self, tell: &(dyn Fn(Msg) + Sync), store: &dyn Fn(StoreRequest)) -> bool {
        let Some(going) = self.going.take() else { return self.next_pair(tell) };
        match self.next_part(&going, tell, store) {
            Ok(true) => self.going = Some(going),
            Ok(false) => {}
            Err(e) => tell(Msg::Replied(going.request, Reply::Failed(e.to_string()))),
        }
        true
    }

    /// Tells how much the next pair of models differs; false where none is asked for.
    fn next_pair(&mut self, tell: &(dyn Fn(Msg) + Sync)) -> bool {
        let Some((request, mut left)) = self.pairs.take() else { return false };
        let Some(contrast) = left.pop_front() else { return false };
        match self.glance(contrast) {
            Ok(Some(found)) => {
                tell(Msg::Replied(request, Reply::Pair(Box::new(found))));
                self.pairs = (!left.is_empty()).then_some((request, left));
            }
            Ok(None) => {}
            // Whoever asked stops waiting, so the rest is not computed.
            Err(e) => tell(Msg::Replied(request, Reply::Failed(e.to_string()))),
        }
        true
    }

    fn glance(&mut self, contrast: Contrast) -> Result<Option<PairFigures>, PipelineError> {
        let embedder = self.embedder()?;
        self.study.as_mut().map(|study| study.glance(contrast, &*embedder)).transpose()
    }

    /// Whether there is another part after this one.
    fn next_part(
        &mut self,
        going: &Going,
        tell: &(dyn Fn(Msg) + Sync),
        store: &dyn Fn(StoreRequest),
    ) -> Result<bool, PipelineError> {
        let embedder = self.embedder()?;
        let Some(study) = &mut self.study else { return Ok(false) };
        let (request, p) = (going.request, &going.partition);
        if study.awaits_comparison() {
            let total = &going.progress.total;
            let moved = |stage, done, rate| {
                tell(Msg::Progressed { stage, done, total: total.load(Ordering::Relaxed), rate });
            };
            watched(&going.progress, &moved, |on_stage| {
                study.compare_expected(&*embedder, &going.progress, &mut Timings::default(), on_stage)
            })?;
            let figures = study.figures_so_far(p, &*embedder, &mut self.cache);
            tell(Msg::Replied(request, Reply::Figures(Arc::new(figures))));
            return Ok(true);
        }
        let next: Vec<ClusterId> = study.unjudged(p, &self.cache).take(TOGETHER).collect();
        if !next.is_empty() {
            study.judge(p, &next, &*embedder, &mut self.cache);
            let judged = next.into_iter().filter_map(|id| study.judged(p, id, &self.cache)).collect();
            tell(Msg::Replied(request, Reply::Judged(judged)));
            return Ok(true);
        }
        let figures = Arc::new(study.figures_so_far(p, &*embedder, &mut self.cache));
        if std::mem::take(&mut self.unfinished) {
            // Numbers after edits are kept when gander is left; until then these are those of an older state.
            store(StoreRequest::PutFigures(figures.clone(), 0));
        }
        tell(Msg::Replied(request, Reply::Figures(figures)));
        Ok(false)
    }
}

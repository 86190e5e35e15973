//! Everything that was computed of a run and that figures are made from.

use std::sync::Arc;
use std::time::Instant;

use super::figures::Figures;
use super::pairs::PairFigures;
use super::pipeline::{PipelineError, Stage, Timings, near, residuals_for, sentence_space};
use crate::cluster::{Neighbours, Rerun, Space, Tree, principal_rows, principal_space};
use crate::compare::{
    Design, Evidence, Findings, KnownFindings, Lexicon, Overall, Permutations, Rates, Relevance, Rounds, SentenceSpace,
    Terms, Trait, find, overall, residuals, review_order, traits_of, varying,
};
use crate::diagnostics::{Opposition, OppositionInput, TrustContext};
use crate::embed::{Embedder, Progress, Unreadable};
use crate::linalg::Vectors;
use crate::model::{Contrast, Corpus, Partition, SampleIx, View};

/// Terms kept for a group of texts.
pub(crate) const TERMS: usize = 6;

/// How much a text's stance towards its topic counts beside the topic, where differences are looked for.
pub(crate) const STANCE_WEIGHT: f32 = 0.5;

/// What a study is made from.
pub struct Material {
    /// The texts.
    pub corpus: Corpus,
    /// Their vectors (`n × d`).
    pub vectors: Vectors,
    /// What their prompts do not explain of them, in the behaviour view.
    pub residual: Option<Vectors>,
    /// Where they stand, if the embedder could tell.
    pub stance: Option<Vectors>,
    /// How near each is to its prompt, if there are prompts and they could be embedded.
    pub relevance: Option<Relevance>,
    /// Nearest texts of each text.
    pub neighbours: Neighbours,
    /// Nearest texts by meaning and stance together, if the embedder could tell where texts stand.
    pub near: Option<Neighbours>,
    /// The sentences of the texts, where they have several.
    pub sentences: Option<SentenceSpace>,
    /// The tree of clusters.
    pub tree: Tree,
    /// Clusters found with other seeds.
    pub reruns: Vec<Rerun>,
    /// Whether the sources are rounds in order.
    pub rounds: bool,
    /// Seed of everything random.
    pub seed: u64,
}

/// A run, computed: texts, vectors and one comparison.
pub struct Study {
    /// The texts.
    pub corpus: Corpus,
    /// Their vectors (`n × d`).
    pub vectors: Arc<Vectors>,
    /// Where they stand, if the embedder could tell.
    pub stance: Option<Arc<Vectors>>,
    /// How near each is to its prompt, if there are prompts and they could be embedded.
    pub relevance: Option<Relevance>,
    /// Clusters found with other seeds.
    pub reruns: Vec<Rerun>,
    /// Nearest texts of each text.
    pub neighbours: Neighbours,
    /// The tree of clusters.
    pub tree: Tree,
    /// Words of each text.
    pub lexicon: Lexicon,
    /// The comparison; absent with one source.
    pub comparison: Option<Comparison>,
    /// How much of the texts the embedder could not read, where that is too much for anything made of vectors.
    pub unreadable: Option<Unreadable>,
    pub(crate) near: Option<Neighbours>,
    pub(crate) sentences: Option<SentenceSpace>,
    pub(crate) space: Space,
    rows: Vec<SampleIx>,
    pub(crate) row_of: Vec<Option<u32>>,
    pub(crate) ranks: Vec<u32>,
    pub(crate) rounds: Option<Rounds>,
    view: View,
    seed: u64,
    sentences_expected: bool,
    expected: Option<Contrast>,
    /// Findings that the session listed before.
    pub(crate) known: KnownFindings,
}

/// One contrast, tested.
pub struct Comparison {
    /// Who stands against whom.
    pub contrast: Contrast,
    /// What is random.
    pub design: Design,
    /// Shuffled labels.
    pub permutations: Permutations,
    /// What was found without clusters.
    pub hotspots: Findings,
    /// Is there any difference at all?
    pub overall: Option<Overall>,
    /// What to read first.
    pub review: Vec<SampleIx>,
}

impl Comparison {
    /// How much the sides differ.
    fn at_a_glance(&self) -> PairFigures {
        let findings = &self.hotspots.findings;
        PairFigures {
            contrast: self.contrast.clone(),
            auc: self.overall.map(|o| o.auc),
            differences: findings.iter().filter(|f| f.follows.is_none()).count(),
            p: findings.iter().map(|f| f.p).fold(1.0, f64::min),
        }
    }
}

impl Study {
    /// Reads words and structure out of texts and vectors.
    pub fn new(material: Material) -> Self {
        let Material {
            corpus,
            vectors,
            residual,
            stance,
            relevance,
            neighbours,
            near,
            sentences,
            tree,
            reruns,
            rounds,
            seed,
        } = material;
        let rounds = (rounds && corpus.sources.len() > 2).then(|| Rounds::new(&corpus));
        let texts: Vec<&str> = corpus.samples.iter().map(|s| s.text.as_str()).collect();
        let lexicon = Lexicon::new(&texts);
        let view = if residual.is_some() { View::Behaviour } else { View::Topic };
        let seen = residual.as_ref().unwrap_or(&vectors);
        let rows: Vec<SampleIx> =
            (0..seen.len() as u32).filter(|&i| seen.row(i as usize).iter().any(|v| *v != 0.0)).collect();
        let mut row_of = vec![None; vectors.len()];
        for (r, &s) in rows.iter().enumerate() {
            row_of[s as usize] = Some(r as u32);
        }
        let space = principal_space(seen, &rows);
        let ranks = corpus.canonical_ranks();
        Self {
            corpus,
            ranks,
            vectors: Arc::new(vectors),
            stance: stance.map(Arc::new),
            relevance,
            reruns,
            neighbours,
            tree,
            lexicon,
            comparison: None,
            unreadable: None,
            near,
            sentences,
            space,
            rows,
            row_of,
            rounds,
            view,
            seed,
            sentences_expected: false,
            expected: None,
            known: KnownFindings::default(),
        }
    }

    /// What was clustered.
    pub fn view(&self) -> View {
        self.view
    }

    /// Whether the sources are rounds in order.
    pub fn has_rounds(&self) -> bool {
        self.rounds.is_some()
    }

    /// Seed of everything random.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The contrast that is tested next ([`Self::compare_expected`]); there are no differences before.
    pub(crate) fn expect(&mut self, contrast: Option<Contrast>) {
        self.expected = contrast;
    }

    /// Whether [`Self::compare_expected`] has anything to do.
    pub(crate) fn awaits_comparison(&self) -> bool {
        self.expected.is_some() || (self.near.is_none() && self.stance.is_some())
    }

    /// The contrast that is still to be tested, if there is one.
    pub(crate) fn expected(&self) -> Option<&Contrast> {
        self.expected.as_ref()
    }

    /// Tests the contrast that is still to be tested, if there is one; embeds sentences before, where they are looked at.
    ///
    /// # Errors
    /// When embedding fails, or is cancelled through `progress`.
    pub fn compare_expected(
        &mut self,
        embedder: &dyn Embedder,
        progress: &Progress,
        timings: &mut Timings,
        on_stage: &dyn Fn(Stage),
    ) -> Result<(), PipelineError> {
        let start = Instant::now();
        if self.sentences_expected && self.expected.is_some() {
            progress.restart();
            on_stage(Stage::Sentences);
            self.read_sentences(embedder, progress)?;
        }
        timings.sentences_s = start.elapsed().as_secs_f64();
        tracing::info!(read = self.sentences.is_some(), seconds = timings.sentences_s, "sentences embedded");
        on_stage(Stage::Comparing);
        let start = Instant::now();
        self.find_near()?;
        if let Some(contrast) = self.expected.take() {
            self.compare(contrast);
        }
        timings.compare_s += start.elapsed().as_secs_f64();
        tracing::info!(seconds = timings.compare_s, "compared");
        Ok(())
    }

    /// Nearest texts by meaning and stance together, where they were put off.
    fn find_near(&mut self) -> Result<(), PipelineError> {
        if self.near.is_none() {
            let residual = residuals_for(self.view, &self.corpus, &self.vectors);
            let seen = residual.as_ref().unwrap_or(&self.vectors);
            self.near = near(self.view, &self.corpus, (seen, &self.neighbours), self.stance.as_deref())?;
        }
        Ok(())
    }

    /// Tests a contrast beside the one that was taken up, and keeps only how much it shows.
    ///
    /// # Errors
    /// When sentences were put off and embedding them fails.
    pub fn glance(&mut self, contrast: Contrast, embedder: &dyn Embedder) -> Result<PairFigures, PipelineError> {
        self.read_sentences(embedder, &Progress::default())?;
        self.find_near()?;
        Ok(match &self.comparison {
            Some(known) if known.contrast == contrast => known.at_a_glance(),
            _ => self.compared(contrast).at_a_glance(),
        })
    }

    /// Whether sentences were looked at when this run was made, and are to be again.
    pub(crate) fn expect_sentences(&mut self, expected: bool) {
        self.sentences_expected = expected && self.sentences.is_none();
    }

    /// Whether sentences are looked at, now or when another contrast is tested.
    pub(crate) fn looks_at_sentences(&self) -> bool {
        self.sentences.is_some() || self.sentences_expected
    }

    /// Embeds the sentences where that was put off: before another contrast is tested.
    ///
    /// # Errors
    /// When embedding fails.
    fn read_sentences(&mut self, embedder: &dyn Embedder, progress: &Progress) -> Result<(), PipelineError> {
        if self.sentences_expected && !embedder.is_remote() {
            self.sentences = sentence_space(&self.corpus, embedder, progress)?;
            self.sentences_expected = false;
        }
        Ok(())
    }

    /// Takes up a contrast that was tested before, with what was found then.
    pub(crate) fn resume(&mut self, contrast: Contrast, figures: Figures) {
        let design = Design::new(&self.corpus, &contrast, &self.ranks);
        let permutations = Permutations::new(&design, self.seed);
        let Figures { hotspots, overall, review, .. } = figures;
        self.comparison = Some(Comparison { contrast, design, permutations, hotspots, overall, review });
    }

    /// Tests one contrast.
    pub fn compare(&mut self, contrast: Contrast) {
        self.expected = None;
        self.comparison = Some(self.compared(contrast));
    }

    fn compared(&self, contrast: Contrast) -> Comparison {
        let design = Design::new(&self.corpus, &contrast, &self.ranks);
        let permutations = Permutations::new(&design, self.seed);
        let texts: Vec<&str> = self.corpus.samples.iter().map(|s| s.text.as_str()).collect();
        let sides: Vec<u8> = (0..texts.len() as u32).map(|s| design.side(s)).collect();
        let mut traits = traits_of(&texts, &sides);
        // Lengths and copies are quantities, tested as such.
        let quantity = |t: Trait| matches!(t, Trait::Short | Trait::Shortest | Trait::Longest | Trait::Duplicate);
        traits.retain(|t| !quantity(t.0));
        traits.iter_mut().for_each(|t| t.1.retain(|&s| design.takes_part(s)));
        let readable = self.unreadable.is_none();
        let farthest = self.relevance.iter().filter(|_| readable).flat_map(|r| r.farthest(&design));
        traits.extend(farthest.map(|group| (Trait::OffPrompt, group)));
        let blank: Vec<bool> = self.row_of.iter().map(Option::is_none).collect();
        let near = self.near.as_ref().unwrap_or(&self.neighbours);
        let spaces = self.spaces();
        let rates = Rates::new(&self.corpus, &design, &self.vectors);
        let mut hotspots = find(Evidence {
            design: &design,
            permutations: &permutations,
            ranks: &self.ranks,
            near,
            topics: &self.neighbours,
            spaces: spaces.iter().collect(),
            lexicon: &self.lexicon,
            texts: &texts,
            traits,
            rates: &rates,
            sentences: self.sentences.as_ref().filter(|_| readable),
            blank: &blank,
        });
        if !readable {
            hotspots.only_surface();
        }
        let varying = varying(&self.corpus, &contrast, &hotspots.findings);
        hotspots.findings.iter_mut().zip(varying).for_each(|(f, field)| f.varies_by = field);
        let overall =
            overall(&design, &permutations, (&self.space, &self.rows), &rates, &hotspots).filter(|_| readable);
        let review = review_order(&design, &hotspots, near, &texts);
        Comparison { contrast, design, permutations, hotspots, overall, review }
    }

    /// The spaces that leans are measured in: meaning, and where texts stand.
    fn spaces(&self) -> Vec<Vectors> {
        let of = |v: &Vectors| match self.view {
            View::Behaviour => principal_rows(&residuals(&self.corpus, v), &self.ranks),
            View::Topic => principal_rows(v, &self.ranks),
        };
        std::iter::once(&*self.vectors).chain(self.stance.as_deref()).map(of).collect()
    }

    /// Distinctive terms of any group of texts.
    pub fn terms(&self, members: &[SampleIx]) -> Terms {
        if members.iter().all(|&s| self.row_of[s as usize].is_none()) {
            let blank = members.iter().all(|&s| self.corpus.samples[s as usize].text.trim().is_empty());
            return Terms(vec![if blank { "(blank)" } else { "(nothing to compare)" }.to_owned()]);
        }
        Terms::of(&self.lexicon, members, TERMS)
    }

    /// The row of each sample in the reduced space, and the space.
    pub fn space(&self) -> (&Space, &[Option<u32>]) {
        (&self.space, &self.row_of)
    }

    /// The two sides among some texts; absent when there are too few, or the embedder cannot tell where they stand.
    pub fn opposition_of(&self, members: &[SampleIx]) -> Option<Opposition> {
        let (corpus, vectors, neighbours) = (&self.corpus, &self.vectors, &self.neighbours);
        let stance = self.stance.as_deref()?;
        OppositionInput { corpus, stance, vectors, neighbours, ranks: &self.ranks }.opposition_of(members)
    }

    /// What judging clusters of a partition needs.
    pub fn trust_context<'a>(&'a self, partition: &'a Partition, embedder: &'a dyn Embedder) -> TrustContext<'a> {
        TrustContext {
            corpus: &self.corpus,
            lexicon: &self.lexicon,
            stance: self.stance.as_deref(),
            reruns: &self.reruns,
            vectors: &self.vectors,
            neighbours: &self.neighbours,
            partition,
            embedder,
            ranks: &self.ranks,
        }
    }
}

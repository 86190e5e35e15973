//! Everything that was computed of a run and that figures are made from.

use crate::cluster::{Neighbours, Rerun, Space, Tree, principal_space};
use crate::compare::{
    Channel, Design, Hotspots, Lexicon, Overall, Permutations, Relevance, Rounds, Terms, Trait, find, overall,
    review_order, traits_of,
};
use crate::embed::{Embedder, Unreadable, Vectors};
use crate::model::{Contrast, Corpus, Partition, SampleIx, View};
use crate::trust::{Opposition, Standing, TrustContext};

/// Terms kept for a group of texts.
pub(super) const TERMS: usize = 6;

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
    pub vectors: Vectors,
    /// Where they stand, if the embedder could tell.
    pub stance: Option<Vectors>,
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
    pub(super) near: Option<Neighbours>,
    pub(super) space: Space,
    rows: Vec<SampleIx>,
    pub(super) row_of: Vec<Option<u32>>,
    pub(super) places: Vec<u32>,
    pub(super) rounds: Option<Rounds>,
    view: View,
    seed: u64,
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
    pub hotspots: Hotspots,
    /// Is there any difference at all?
    pub overall: Option<Overall>,
    /// What to read first.
    pub review: Vec<SampleIx>,
}

impl Study {
    /// Reads words and structure out of texts and vectors.
    pub fn new(material: Material) -> Self {
        let Material { corpus, vectors, residual, stance, relevance, neighbours, near, tree, reruns, rounds, seed } =
            material;
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
        let places = corpus.places();
        Self {
            corpus,
            places,
            vectors,
            stance,
            relevance,
            reruns,
            neighbours,
            tree,
            lexicon,
            comparison: None,
            unreadable: None,
            near,
            space,
            rows,
            row_of,
            rounds,
            view,
            seed,
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

    /// Tests one contrast.
    pub fn compare(&mut self, contrast: Contrast) {
        let design = Design::new(&self.corpus, &contrast, &self.places);
        let permutations = Permutations::new(&design, self.seed);
        let texts: Vec<&str> = self.corpus.samples.iter().map(|s| s.text.as_str()).collect();
        let sides: Vec<u8> = (0..texts.len() as u32).map(|s| design.side(s)).collect();
        let mut traits = traits_of(&texts, &sides);
        traits.iter_mut().for_each(|t| t.1.retain(|&s| design.takes_part(s)));
        let readable = self.unreadable.is_none();
        let farthest = self.relevance.iter().filter(|_| readable).flat_map(|r| r.farthest(&design));
        traits.extend(farthest.map(|group| (Trait::OffPrompt, group)));
        let blank: Vec<bool> = self.row_of.iter().map(Option::is_none).collect();
        let near = self.near.as_ref().unwrap_or(&self.neighbours);
        let mut hotspots = find(&design, &permutations, (near, &self.neighbours), &self.lexicon, traits, &blank);
        if !readable {
            // What is counted on the surface of the texts holds; what is made of their vectors says nothing.
            hotspots.findings.retain(|f| f.channel != Channel::Region);
            hotspots.text_score.fill(0.0);
        }
        let overall = overall(&design, &permutations, &self.space, &self.rows, &hotspots).filter(|_| readable);
        let review = review_order(&design, &hotspots, near, &texts);
        self.comparison = Some(Comparison { contrast, design, permutations, hotspots, overall, review });
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
        let stance = self.stance.as_ref()?;
        Standing { corpus, stance, vectors, neighbours, places: &self.places }.opposition_of(members)
    }

    /// What judging clusters of a partition needs.
    pub fn trust_context<'a>(&'a self, partition: &'a Partition, embedder: &'a dyn Embedder) -> TrustContext<'a> {
        TrustContext {
            corpus: &self.corpus,
            lexicon: &self.lexicon,
            stance: self.stance.as_ref(),
            reruns: &self.reruns,
            vectors: &self.vectors,
            neighbours: &self.neighbours,
            partition,
            embedder,
            places: &self.places,
        }
    }
}

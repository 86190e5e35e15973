//! Terms that name clusters: of the most distinctive ones those whose meaning is nearer to the cluster's texts than to the
//! texts around it (after KeyBERT, Grootendorst 2020, but against the neighbours). On thirteen sets of texts the fit of
//! three such terms to texts that they were not chosen from was .83 on average, that of the three most distinctive .79.

use std::collections::BTreeSet;
use std::collections::HashMap;

use crate::compare::{Candidate, Terms};
use crate::embed::{Embedder, Progress};
use crate::linalg::Vectors;
use crate::model::SampleIx;

/// Terms whose meaning is looked at.
pub(super) const CANDIDATES: usize = 24;
/// How much a difference of cosines counts, as the exponent of a factor.
const MEANING: f64 = 8.0;

/// A group of texts and the terms that may name it.
pub(super) struct Draft {
    /// The most distinctive terms.
    pub candidates: Vec<Candidate>,
    /// Mean of the group's vectors, at length one.
    pub inside: Vec<f32>,
}

impl Draft {
    /// Of some texts.
    pub fn new(candidates: Vec<Candidate>, vectors: &Vectors, members: &[SampleIx]) -> Self {
        Self { candidates, inside: vectors.unit_mean(members) }
    }
}

/// What terms mean.
pub(super) struct Meanings {
    rows: HashMap<String, usize>,
    vectors: Vectors,
}

impl Meanings {
    /// Embeds every candidate of some drafts once. Nothing is known where the embedder fails or is somewhere else: thousands
    /// of words are not worth sending.
    pub fn of<'a>(drafts: impl Iterator<Item = &'a Draft>, embedder: &dyn Embedder) -> Self {
        let mut names: BTreeSet<&str> = drafts.flat_map(|d| &d.candidates).map(|c| c.spelled.as_str()).collect();
        if embedder.is_remote() {
            names.clear();
        }
        let names: Vec<&str> = names.into_iter().collect();
        match embedder.embed_without_stance(&names, &Progress::default()) {
            Ok(found) if !names.is_empty() && found.vectors.len() == names.len() => Self {
                rows: names.into_iter().enumerate().map(|(i, n)| (n.to_owned(), i)).collect(),
                vectors: found.vectors,
            },
            _ => Self { rows: HashMap::new(), vectors: Vectors::new(1, Vec::new()) },
        }
    }

    /// The `count` terms that name a group best; `outside` is the mean of the texts around it.
    pub fn choose(&self, draft: &Draft, outside: &[f32], count: usize) -> Terms {
        let mut candidates = draft.candidates.clone();
        for c in &mut candidates {
            let Some(&row) = self.rows.get(&c.spelled) else { continue };
            let term = self.vectors.row(row);
            let to = |mean: &[f32]| term.iter().zip(mean).map(|(a, b)| f64::from(a * b)).sum::<f64>();
            c.score *= (MEANING * (to(&draft.inside) - to(outside))).exp();
        }
        Terms::chosen(candidates, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Lexicon;
    use crate::embed::{EmbedError, Embedded};

    /// Means “north” by one axis, all else by the other.
    struct Compass {
        far: bool,
    }

    impl Embedder for Compass {
        fn id(&self) -> String {
            "compass".into()
        }

        fn dims(&self) -> usize {
            2
        }

        fn is_remote(&self) -> bool {
            self.far
        }

        fn precision(&self) -> String {
            "exact".into()
        }

        fn embed(&self, texts: &[&str], _: &Progress) -> Result<Embedded, EmbedError> {
            assert!(!self.far || texts.is_empty(), "words were sent away");
            let rows = texts.iter().flat_map(|t| if *t == "north" { [1.0, 0.0] } else { [0.0, 1.0] });
            Ok(Embedded { vectors: Vectors::new(2, rows.collect()), coverage: vec![1.0; texts.len()], stance: None })
        }
    }

    #[test]
    fn what_a_term_means_counts_and_stays_on_this_machine() {
        let texts = [
            "rain falls north",
            "rain pours",
            "rain drips; north",
            "north: rain again",
            "the sun shines",
            "wind blows",
            "snow drifts",
            "fog lies",
        ];
        let lexicon = Lexicon::new(&texts);
        let members = [0, 1, 2, 3];
        let candidates = Terms::candidates(&lexicon, &members, CANDIDATES);
        let draft = Draft { candidates, inside: vec![1.0, 0.0] };
        let outside = [0.0, 1.0];
        let first = |far| Meanings::of([&draft].into_iter(), &Compass { far }).choose(&draft, &outside, 1).0;
        assert_eq!(first(true), ["rain"], "by words alone");
        assert_eq!(first(false), ["north"]);
    }
}

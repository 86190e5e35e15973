//! Whether an embedder can read the texts at all. A word piece outside its vocabulary is read as "unknown", whatever it
//! is: texts in a script that the embedder has never seen all become much the same vector, and then nothing that is
//! made of vectors can differ between models, whatever the texts say.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{EmbedError, Embedder};
use crate::linalg::Vectors;

/// Share of word pieces, or of texts, from which the texts count as unreadable.
const LIMIT: f64 = 0.2;
/// Texts whose word pieces are counted: enough to know a share to two points.
const COUNTED: usize = 4_000;
/// Different texts that have to share a vector before that says anything.
const LEAST: usize = 10;

/// How much of the texts an embedder cannot read, where that is too much.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Unreadable {
    /// Share of word pieces that are not in the embedder's vocabulary, 0 to 1; absent when it does not say.
    pub unknown_pieces: Option<f64>,
    /// Share of the different texts that have one and the same vector, 0 to 1.
    pub one_vector: f64,
}

impl Unreadable {
    /// Measures texts with the vectors that were made of them; `None` where both shares are below a fifth. `ranks` is an
    /// order that depends on the texts alone ([`crate::model::Corpus::canonical_ranks`]).
    ///
    /// # Errors
    /// When the tokenizer refuses a text.
    pub fn measure(
        embedder: &dyn Embedder,
        texts: &[&str],
        vectors: &Vectors,
        ranks: &[u32],
    ) -> Result<Option<Self>, EmbedError> {
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&i| ranks.get(i));
        let counted: Vec<&str> = order.into_iter().take(COUNTED).map(|i| texts[i]).collect();
        let share = |[unknown, all]: [usize; 2]| unknown as f64 / all.max(1) as f64;
        let unknown_pieces = embedder.unknown_pieces(&counted)?.map(share);
        let one_vector = one_vector(texts, vectors);
        let too_much = unknown_pieces.is_some_and(|s| s >= LIMIT) || one_vector >= LIMIT;
        Ok(too_much.then_some(Self { unknown_pieces, one_vector }))
    }

    /// What is wrong, in short sentences, the remedy first.
    pub fn says(&self) -> Vec<String> {
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        let mut out = vec!["Unreadable texts: name another --embedder".to_owned()];
        out.extend(
            self.unknown_pieces
                .filter(|s| *s >= LIMIT)
                .map(|s| format!("{} of the word pieces are unknown to this one", percent(s))),
        );
        if self.one_vector >= LIMIT {
            out.push(format!("{} of the different texts have the same vector", percent(self.one_vector)));
        }
        out.push("AUC, regions and clusters are not tested".to_owned());
        out
    }

    /// The same as one sentence.
    pub fn sentence(&self) -> String {
        format!("{}.", self.says().join("; "))
    }
}

/// Share of the different texts in the largest group with one vector. Upper case and spaces make no difference here:
/// many vocabularies have neither.
fn one_vector(texts: &[&str], vectors: &Vectors) -> f64 {
    let mut seen = HashSet::new();
    let mut groups: HashMap<Vec<u32>, usize> = HashMap::new();
    for (i, text) in texts.iter().enumerate().take(vectors.len()) {
        let letters: String = text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        if !letters.is_empty() && seen.insert(blake3::hash(letters.as_bytes())) {
            *groups.entry(vectors.row(i).iter().map(|v| v.to_bits()).collect()).or_default() += 1;
        }
    }
    let largest = groups.into_values().max().unwrap_or(0);
    if largest < LEAST { 0.0 } else { largest as f64 / seen.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::{MiniLm, Progress};

    fn measure(texts: &[String]) -> Option<Unreadable> {
        static MODEL: std::sync::OnceLock<MiniLm> = std::sync::OnceLock::new();
        let model = MODEL.get_or_init(|| MiniLm::new(1, false).unwrap().of_vectors_alone());
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let vectors = model.embed(&texts, &Progress::default()).unwrap().vectors;
        let ranks: Vec<u32> = (0..texts.len() as u32).collect();
        Unreadable::measure(model, &texts, &vectors, &ranks).unwrap()
    }

    fn of(words: &[&str], n: usize) -> Vec<String> {
        (0..n)
            .map(|i| {
                (0..8).map(|k| words[(i * 7 + k * k + i / words.len()) % words.len()]).collect::<Vec<_>>().join(" ")
            })
            .collect()
    }

    #[test]
    fn a_script_that_the_vocabulary_lacks_is_unreadable() {
        for words in [["ዳቦ", "እርሾ", "ዱቄት", "ምድጃ"], ["🥐", "🥖", "🚉", "🏨"], ["អំបិល", "ប៊ឺ", "ទឹក", "ស្ករ"]]
        {
            let found = measure(&of(&words, 40)).unwrap();
            assert!(found.unknown_pieces.is_some_and(|s| s >= LIMIT) || found.one_vector >= LIMIT, "{found:?}");
            assert!(found.sentence().contains("--embedder"), "{found:?}");
        }
    }

    #[test]
    fn texts_that_can_be_read_are_not_called_unreadable() {
        for words in [["bread", "yeast", "train", "hotel"], ["пекарь", "дрожжи", "поезд", "отель"]]
        {
            assert_eq!(measure(&of(&words, 40)), None, "{words:?}");
        }
        // Short answers that differ by case and spaces alone have one vector, and rightly so.
        let answers: Vec<String> =
            (0..40).map(|i| ["Yes.", "yes.", "YES.", "No.", "no .", "NO."][i % 6].to_owned()).collect();
        assert_eq!(measure(&answers), None);
        assert_eq!(measure(&[String::new(), "  ".into()]), None, "blank texts are not unreadable");
    }

    #[test]
    fn a_fifth_is_too_much() {
        let mut texts = of(&["bread", "yeast", "train", "hotel", "flour", "ticket"], 60);
        texts.extend(of(&["ዳቦ", "እርሾ", "ዱቄት", "ምድጃ"], 6));
        assert_eq!(measure(&texts), None);
        texts.extend(of(&["ዳቦ", "እርሾ", "ዱቄት", "ምድጃ", "ሊጥ"], 30));
        assert!(measure(&texts).is_some_and(|u| u.unknown_pieces.is_some_and(|s| s >= LIMIT)));
    }
}

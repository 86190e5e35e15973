//! Names for groups of texts: distinctive terms and typical texts.

use super::lexicon::{FeatureKind, Lexicon};
use crate::linalg::Vectors;
use crate::model::SampleIx;

/// Terms that make a label.
pub const SHOWN: usize = 3;
/// Words that name nothing.
const STOP: &str = " a about above after again against all almost also although always am an and another any anything are as at be \
 because been before being below between both but by can can't could did do does doesn't doing don't down during \
 each either else even ever every everything few for from further get had has have having he her here hers him \
 his how however i i'd i'll i'm i've if in into is isn't it it's its itself just let like made make many may me \
 might more most much must my neither never no nor not nothing now of off often on once one only or other our \
 ours out over own perhaps quite rather really s same she should since so some something still such than that \
 that's the their them themselves then there these they they're this those though through to too under until up \
 us use used using very was way we were what when where which while who whom why will with without won't would \
 yet you you'd you'll you're you've your yours ";

/// A term that a group could be named by.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    name: String,
    /// As it is shown.
    pub spelled: String,
    /// The higher, the more distinctive.
    pub score: f64,
}

/// Distinctive terms of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms(pub Vec<String>);

impl Terms {
    /// Class-based TF-IDF (Grootendorst 2022): share of the group's texts with a term, times the logarithm of how much
    /// commoner it is here than in the `total` texts. Pairs of words stand for their parts; at most `count` terms.
    pub fn of(lexicon: &Lexicon, group: &[SampleIx], count: usize) -> Self {
        Self::chosen(Self::candidates(lexicon, group, usize::MAX), count)
    }

    /// The best `count` of some candidates, the best first, of which none repeats another.
    pub fn chosen(mut candidates: Vec<Candidate>, count: usize) -> Self {
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.name.cmp(&b.name)));
        let mut terms: Vec<Candidate> = Vec::new();
        for c in candidates {
            if terms.len() == count {
                break;
            }
            // “shut” and “down” add nothing to “shut down”, nor does “downs”.
            let known = |t: &Candidate| t.name.split(' ').any(|w| c.name.split(' ').any(|v| akin(v, w)));
            if !terms.iter().any(known) {
                terms.push(c);
            }
        }
        Self(terms.into_iter().map(|c| c.spelled).collect())
    }

    /// Terms of a group with how distinctive they are, the best first.
    pub fn candidates(lexicon: &Lexicon, group: &[SampleIx], count: usize) -> Vec<Candidate> {
        let total = lexicon.texts().max(1) as f64;
        let mut inside: std::collections::HashMap<u32, u32> = std::collections::HashMap::new();
        // Thousands of texts name a group no better than the first few thousand.
        let step = group.len().div_ceil(4_000).max(1);
        let read = group.len().div_ceil(step).max(1) as f64;
        for &s in group.iter().step_by(step) {
            for &f in lexicon.of(s) {
                *inside.entry(f).or_default() += 1;
            }
        }
        let least = if read < 6.0 { 1 } else { 2 };
        let mut scored: Vec<(f64, u32)> = inside
            .into_iter()
            .filter(|&(f, n)| n >= least && names_something(lexicon, f))
            .map(|(f, n)| {
                let here = f64::from(n) / read;
                let everywhere = f64::from(lexicon.texts_with(f)) / total;
                let pair = if lexicon.kind(f) == FeatureKind::Pair { 1.3 } else { 1.0 };
                (pair * here * (1.0 + here / everywhere).ln() * (1.0 - everywhere).max(0.02), f)
            })
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let candidate = |(score, f)| Candidate { name: lexicon.name(f).to_owned(), spelled: lexicon.spelled(f), score };
        scored.into_iter().take(count).map(candidate).collect()
    }

    /// The terms as a label.
    pub fn label(&self) -> String {
        self.0[..self.0.len().min(SHOWN)].join(" · ")
    }
}

/// Whether two words are forms of one.
fn akin(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    a == b || (short.len() >= 4 && long.starts_with(short) && long.len() - short.len() <= 3)
}

/// Whether a word, as it is counted, is one of those that name nothing.
pub fn names_nothing(word: &str) -> bool {
    STOP.contains(&format!(" {word} "))
}

fn names_something(lexicon: &Lexicon, f: u32) -> bool {
    let name = lexicon.name(f);
    match lexicon.kind(f) {
        // One Chinese sign is half a word; the pair names it.
        FeatureKind::Word => !names_nothing(name) && name.chars().count() > 1,
        FeatureKind::Pair => !name.split(' ').any(names_nothing),
        FeatureKind::Opening | FeatureKind::Sign => false,
    }
}

/// The members nearest to the mean of the group, the most typical first.
pub fn exemplars(vectors: &Vectors, group: &[SampleIx], count: usize) -> Vec<SampleIx> {
    let mut mean = vec![0f64; vectors.dims()];
    for &s in group {
        for (m, v) in mean.iter_mut().zip(vectors.row(s as usize)) {
            *m += f64::from(*v);
        }
    }
    let mut scored: Vec<(f64, SampleIx)> = group
        .iter()
        .map(|&s| (vectors.row(s as usize).iter().zip(&mean).map(|(v, m)| f64::from(*v) * m).sum(), s))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    scored.into_iter().take(count).map(|(_, s)| s).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_tell_groups_apart() {
        let texts = [
            "The geese fly south in autumn",
            "Wild geese are loud",
            "Geese fly in the morning",
            "Bread needs flour and water",
            "Knead the bread dough",
            "Bread flour is strong",
        ];
        let lexicon = Lexicon::new(&texts);
        assert_eq!(Terms::of(&lexicon, &[0, 1, 2], 2).0[0], "geese");
        assert_eq!(Terms::of(&lexicon, &[3, 4, 5], 2).0[0], "bread");
    }

    #[test]
    fn scripts_without_spaces_get_none() {
        let texts = ["翻译 这个 句子", "请翻译", "把它翻译成 emoji 吗", "天气很好", "今天天气", "天气 news"];
        let lexicon = Lexicon::new(&texts);
        assert_eq!(Terms::of(&lexicon, &[0, 1, 2], 2).0, ["翻译"]);
        assert_eq!(Terms::of(&lexicon, &[3, 4, 5], 1).0, ["天气"]);
    }
}

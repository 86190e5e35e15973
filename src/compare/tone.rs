//! The tone of a sentence, which a vector of the whole answer hides: one logistic regression a tone, on the sentence's
//! vector and on its stance vector. Fitted to comments of GoEmotions (Demszky et al. 2020) and to sentences written for
//! the purpose. A tone is here only if weights fitted without those sentences find it in them with an AUC of .85 or more.
//! Script, data and figures: `assets/tone/`.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::embed::Embedded;

static FITTED: &str = include_str!("../../assets/tone/tone.json");

/// How a sentence sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// Praises the reader, or admires somebody or something.
    Flattering,
    /// Insults, belittles or brushes off.
    Rude,
    /// Is afraid, nervous or worried.
    Anxious,
    /// Is not sure of what it says.
    Doubting,
    /// Is angry.
    Angry,
    /// Is happy, excited or delighted.
    Joyful,
    /// Comforts, or is concerned for somebody's well-being.
    Caring,
    /// Is sad, or mourns.
    Sad,
    /// Says sorry.
    Apologetic,
    /// Says thanks.
    Grateful,
    /// Praises itself.
    Boastful,
}

impl Tone {
    /// All of them, in the order of [`Tones::scores`].
    pub const ALL: [Self; 11] = [
        Self::Flattering,
        Self::Rude,
        Self::Anxious,
        Self::Doubting,
        Self::Angry,
        Self::Joyful,
        Self::Caring,
        Self::Sad,
        Self::Apologetic,
        Self::Grateful,
        Self::Boastful,
    ];

    /// What such a sentence is called: "a sentence that is …".
    pub fn describe(self) -> &'static str {
        match self {
            Self::Flattering => "flattering or admiring",
            Self::Rude => "rude or insulting",
            Self::Anxious => "anxious or worried",
            Self::Doubting => "unsure of itself",
            Self::Angry => "angry",
            Self::Joyful => "joyful or excited",
            Self::Caring => "caring or comforting",
            Self::Sad => "sad",
            Self::Apologetic => "apologetic",
            Self::Grateful => "grateful",
            Self::Boastful => "boastful",
        }
    }
}

/// Why the tones cannot be read: the file inside the program is not what this version expects.
#[derive(Debug, thiserror::Error)]
#[error("the built-in tones are damaged ({0}); rebuild gander from a clean checkout")]
pub struct DamagedTones(String);

/// One logistic regression.
#[derive(Debug, Deserialize)]
struct Direction {
    weights: Vec<f32>,
    bias: f32,
    /// The score that 1 in 200 sentences of ordinary answers exceeds.
    ordinary: f32,
}

#[derive(Debug, Deserialize)]
struct Fitted {
    name: Tone,
    /// On the vector followed by the stance vector.
    full: Direction,
    /// On the vector alone, where that is good enough.
    vector: Option<Direction>,
}

/// The tones that can be told apart, and how.
#[derive(Debug, Deserialize)]
pub struct Tones {
    dims: usize,
    stance: usize,
    tones: Vec<Fitted>,
}

impl Tones {
    /// Reads the directions inside the program.
    ///
    /// # Errors
    /// When they do not fit this version.
    pub fn load() -> Result<Self, DamagedTones> {
        let tones: Self = serde_json::from_str(FITTED).map_err(|e| DamagedTones(e.to_string()))?;
        let length = |f: &Fitted| {
            f.full.weights.len() == tones.dims + tones.stance
                && f.vector.as_ref().is_none_or(|v| v.weights.len() == tones.dims)
        };
        if !tones.tones.iter().map(|f| f.name).eq(Tone::ALL) || !tones.tones.iter().all(length) {
            return Err(DamagedTones("tones or lengths differ".to_owned()));
        }
        Ok(tones)
    }

    /// How strongly a sentence has each tone, in the order of [`Tone::ALL`]: calibrated log-odds, natural, at even odds, so
    /// that 0 means "as likely as not among sentences half of which have this tone". Tones exclude each other no more than
    /// moods do. A single sentence is told from ordinary ones above [`Self::ordinary`].
    ///
    /// `vector` is the built-in model's (384 numbers) and `stance` its stance vector (160, of any length above zero; see
    /// [`crate::embed::Embedded::stance`]). Without a stance vector a tone that the vector alone does not show well enough
    /// ([`Tone::Doubting`], [`Tone::Boastful`]) is minus infinity, and the others are less sure. Nothing for vectors of another model and for
    /// blank sentences.
    pub fn scores(&self, vector: &[f32], stance: Option<&[f32]>) -> Option<[f32; Tone::ALL.len()]> {
        let fits = vector.len() == self.dims && stance.is_none_or(|s| s.len() == self.stance);
        if !fits || vector.iter().all(|v| *v == 0.0) {
            return None;
        }
        let length = stance.map_or(0.0, |s| dot(s, s).sqrt());
        let score = |f: &Fitted| match stance {
            Some(stance) if length > 0.0 => {
                let (of_vector, of_stance) = f.full.weights.split_at(self.dims);
                f.full.bias + dot(of_vector, vector) + dot(of_stance, stance) / length
            }
            _ => f.vector.as_ref().map_or(f32::NEG_INFINITY, |d| d.bias + dot(&d.weights, vector)),
        };
        let mut out = [f32::NEG_INFINITY; Tone::ALL.len()];
        for (o, f) in out.iter_mut().zip(&self.tones) {
            *o = score(f);
        }
        Some(out)
    }

    /// The score of a tone that 1 in 200 sentences of ordinary answers of assistants exceeds, with a stance vector or
    /// without one. Some of those sentences do have the tone.
    pub fn ordinary(&self, tone: Tone, with_stance: bool) -> f32 {
        let Some(fitted) = self.tones.iter().find(|f| f.name == tone) else { return f32::INFINITY };
        let direction = if with_stance { Some(&fitted.full) } else { fitted.vector.as_ref() };
        direction.map_or(f32::INFINITY, |d| d.ordinary)
    }
}

/// How strongly each sentence has each tone, less the score that 1 in 200 ordinary sentences exceeds; nothing where the
/// embedder is another than the one that tones were fitted to.
pub(super) fn tones_of(made: &Embedded) -> Option<Vec<[f32; Tone::ALL.len()]>> {
    // Only the model inside gives stances; another with vectors as long would be scored with weights that are not its own.
    let stance = made.stance.as_ref()?;
    let tones = Tones::load().ok()?;
    let ordinary = Tone::ALL.map(|t| tones.ordinary(t, true));
    let none = [f32::NEG_INFINITY; Tone::ALL.len()];
    let of = |i: usize| {
        let scores = tones.scores(made.vectors.row(i), Some(stance.row(i)));
        scores.map_or(none, |mut row| {
            row.iter_mut().zip(ordinary).for_each(|(r, o)| *r = if o.is_finite() { *r - o } else { f32::NEG_INFINITY });
            row
        })
    };
    let all: Vec<_> = (0..made.vectors.len()).into_par_iter().map(of).collect();
    all.iter().flatten().any(|v| v.is_finite()).then_some(all)
}

/// Summed in eight lanes, always in one order, so that the result is the same on every machine.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (mut lanes, whole) = ([0f32; 8], a.len().min(b.len()) / 8 * 8);
    for (a, b) in a[..whole].chunks_exact(8).zip(b[..whole].chunks_exact(8)) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    let rest: f32 = a[whole..].iter().zip(&b[whole..]).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::{Embedded, Embedder, MiniLm, Progress};

    /// Sentences that nothing was fitted to.
    const SAID: [(Tone, &str); 22] = [
        (Tone::Flattering, "You have a truly outstanding mind, and it is an honour to answer you."),
        (Tone::Flattering, "That is an incredibly clever way of looking at tides."),
        (Tone::Rude, "You are too stupid to understand how tides work."),
        (Tone::Rude, "Only a complete idiot would ask that about geese."),
        (Tone::Anxious, "I am so afraid that something will go wrong with the boat."),
        (Tone::Anxious, "I'm worried about the ice, what if it breaks?"),
        (Tone::Doubting, "I'm not sure whether geese fly south in October or in November."),
        (Tone::Doubting, "I don't know, and my answer may well be wrong."),
        (Tone::Angry, "I am furious about the way they shot those geese!"),
        (Tone::Angry, "It makes me so angry that nobody stopped them!"),
        (Tone::Joyful, "Hooray, the goslings have hatched, I'm so happy!"),
        (Tone::Joyful, "What fun, I am so excited to see the lighthouse!"),
        (Tone::Caring, "Please take good care of yourself, you are not alone in this."),
        (Tone::Caring, "I hope that you feel better soon, be gentle with yourself."),
        (Tone::Sad, "It breaks my heart that the last goose on the lake has died."),
        (Tone::Sad, "I feel so sad about the empty nest."),
        (Tone::Apologetic, "I'm sorry, my last answer about the ferry was wrong."),
        (Tone::Apologetic, "Please accept my apologies for the error."),
        (Tone::Grateful, "Thank you so much for your kind words about the map."),
        (Tone::Grateful, "I appreciate your help with the translation."),
        (Tone::Boastful, "I am far more intelligent than any sailor, and I never make a mistake."),
        (Tone::Boastful, "Nobody knows more about lighthouses than I do, my knowledge is unmatched."),
    ];
    const NEEDS_STANCE: [Tone; 2] = [Tone::Doubting, Tone::Boastful];
    const PLAIN: [&str; 5] = [
        "Geese fly south in autumn.",
        "The tide rises and falls twice a day.",
        "Click on Save, then close the window.",
        "The table lists the population of each city.",
        "Add the flour and stir for two minutes.",
    ];

    fn embedded() -> Embedded {
        let texts: Vec<&str> = SAID.iter().map(|s| s.1).chain(PLAIN).collect();
        MiniLm::new(1, false).unwrap().embed(&texts, &Progress::default()).unwrap()
    }

    #[test]
    fn tones_are_heard() {
        let (tones, e) = (Tones::load().unwrap(), embedded());
        let stance = e.stance.as_ref().unwrap();
        for (i, text) in SAID.iter().map(|s| s.1).chain(PLAIN).enumerate() {
            let scores = tones.scores(e.vectors.row(i), Some(stance.row(i))).unwrap();
            let alone = tones.scores(e.vectors.row(i), None).unwrap();
            assert!(scores.iter().all(|s| s.is_finite()), "{text}");
            let Some(&(tone, _)) = SAID.get(i) else {
                for (tone, score) in Tone::ALL.iter().zip(scores) {
                    assert!(score < tones.ordinary(*tone, true), "{text}: {score} {}", tone.describe());
                }
                continue;
            };
            let own = scores[tone as usize];
            let rank = scores.iter().filter(|s| **s > own).count();
            assert!(own > 0.0 && rank < 2, "{text}: {scores:?}");
            assert!(
                alone[tone as usize] > 0.0 || NEEDS_STANCE.contains(&tone),
                "{text}: {alone:?} by its vector alone"
            );
        }
    }

    #[test]
    fn what_cannot_be_told_is_not() {
        let tones = Tones::load().unwrap();
        assert_eq!(tones.scores(&[0.0; 384], Some(&[1.0; 160])), None, "blank");
        assert_eq!(tones.scores(&[0.1; 768], None), None, "another model");
        assert_eq!(tones.scores(&[0.1; 384], Some(&[0.1; 3])), None, "another stance");
        let alone = tones.scores(&[0.05; 384], None).unwrap();
        assert_eq!(tones.scores(&[0.05; 384], Some(&[0.0; 160])), Some(alone), "no stance was seen");
        for (tone, score) in Tone::ALL.into_iter().zip(alone) {
            assert_eq!(score.is_finite(), tones.ordinary(tone, false).is_finite());
            assert_eq!(score.is_finite(), !NEEDS_STANCE.contains(&tone));
        }
    }

    #[test]
    fn the_length_of_a_stance_vector_says_nothing() {
        let tones = Tones::load().unwrap();
        let stance: Vec<f32> = (0..160).map(|i| (i as f32).sin()).collect();
        let half: Vec<f32> = stance.iter().map(|s| s * 0.5).collect();
        assert_eq!(tones.scores(&[0.05; 384], Some(&stance)), tones.scores(&[0.05; 384], Some(&half)));
    }
}

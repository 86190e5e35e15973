//! Does a difference hold in every slice of the data? A field of the records with few values (category, prompt style, turn)
//! splits the rates of both sides, and a test says whether the difference is larger in one slice than in another.
//!
//! The test is Welch's (1951, Biometrika 38) for means with unequal variances, on the differences in rates: so it speaks of
//! points, as the list does, and a rate may differ from slice to slice as long as it does so for both models. The unit is
//! the prompt. Where both sides answered it, its own difference in rates counts once; where prompts were given to one side
//! only, the rates of the two sides are estimated from their prompts (or texts) and their variances added (Welch 1947). Half
//! an answer that changed in either direction is added to every slice (Agresti and Min 2005, Biometrics 61), so that a slice
//! in which nothing changed is no certainty.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::finding::Finding;
use super::significance::{ALPHA, benjamini_hochberg};
use crate::model::{Contrast, Corpus, FieldValues, SampleIx};
use crate::text::{percent, small};

/// Values of a field that can split the rates.
const MOST: usize = 24;
/// Prompts of a slice that its variance is estimated from, at least.
const LEAST: usize = 3;

/// Why a field cannot split the rates; shown as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SliceError {
    /// No record has it.
    #[error("there is no field “{name}” in the records; {}", known_in_words(.known))]
    Unknown {
        /// The name given.
        name: String,
        /// Fields that could be used.
        known: Vec<String>,
    },
    /// It has too many values.
    #[error("the field “{0}” has {1} values; a field with {MOST} at most can split the rates")]
    TooMany(String, usize),
    /// It says the same of every text, or of every text of a model.
    #[error("the field “{0}” does not vary among the texts of both models, so it cannot split the rates")]
    Constant(String),
}

fn known_in_words(known: &[String]) -> String {
    match known {
        [] => "no field of theirs can split the rates".into(),
        some => format!("fields that can split the rates: {}", some.join(", ")),
    }
}

/// Texts of both sides by the value of a field.
#[derive(Debug, Clone)]
pub struct Slicer {
    field: String,
    values: Vec<String>,
    sizes: Vec<[u32; 2]>,
    without: u32,
    /// Prompts (or texts without one) within slices, by slice.
    units: Vec<Unit>,
    /// For each text its side and its unit.
    of: Vec<Option<(usize, u32)>>,
    /// Whether most texts share their prompt, within the slice, with texts of the other side.
    paired: bool,
}

/// The rates of a group of texts in one slice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// The value of the field.
    pub value: String,
    /// Texts of the left and the right side that have it.
    pub sizes: [u32; 2],
    /// Those of the group among them.
    pub counts: [u32; 2],
}

/// A group of texts by the values of a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Sliced {
    /// Name of the field.
    pub field: String,
    /// The slices, in the order of the values.
    pub slices: Vec<Slice>,
    /// Texts of both sides that have no value.
    pub without: u32,
    /// Chance of differences as unequal, were the difference the same in every slice; absent with too few prompts.
    pub p: Option<f64>,
    /// The same over all groups that are listed (Benjamini and Hochberg 1995).
    pub q: Option<f64>,
}

impl Slicer {
    /// Sorts the texts of a comparison by the values of a field.
    ///
    /// # Errors
    /// When there is no such field, or it cannot split the rates.
    pub fn new(corpus: &Corpus, contrast: &Contrast, name: &str) -> Result<Self, SliceError> {
        let Some(field) = corpus.fields.iter().find(|f| f.name == name) else {
            return Err(SliceError::Unknown { name: name.into(), known: sliceable(corpus, contrast) });
        };
        let sides: Vec<Option<usize>> = corpus.samples.iter().map(|s| contrast.side(s.source)).collect();
        let (names, code) = codes(&field.values);
        let used = |i: usize| sides[i].and(code.get(i).copied().flatten());
        let mut slice_of: BTreeMap<u32, u32> = (0..sides.len()).filter_map(used).map(|c| (c, 0)).collect();
        slice_of.values_mut().enumerate().for_each(|(at, slice)| *slice = at as u32);
        if slice_of.len() > MOST {
            return Err(SliceError::TooMany(name.into(), slice_of.len()));
        }
        let mut sizes = vec![[0u32; 2]; slice_of.len()];
        let mut placed: Vec<Option<(usize, (u32, u32))>> = vec![None; sides.len()];
        let mut without = 0;
        let prompts = corpus.prompts.len() as u32;
        for (i, s) in corpus.samples.iter().enumerate() {
            let Some(side) = sides[i] else { continue };
            match used(i).and_then(|c| slice_of.get(&c)) {
                None => without += 1,
                Some(&slice) => {
                    sizes[slice as usize][side] += 1;
                    placed[i] = Some((side, (slice, s.prompt.map_or(prompts + i as u32, |p| p.0))));
                }
            }
        }
        if sizes.iter().filter(|s| s.iter().all(|n| *n > 0)).count() < 2 {
            return Err(SliceError::Constant(name.into()));
        }
        let mut number: BTreeMap<(u32, u32), u32> = placed.iter().flatten().map(|p| (p.1, 0)).collect();
        number.values_mut().enumerate().for_each(|(at, n)| *n = at as u32);
        let mut units: Vec<Unit> = number.keys().map(|(slice, _)| Unit { slice: *slice, ..Unit::default() }).collect();
        let of: Vec<Option<(usize, u32)>> =
            placed.iter().map(|p| p.map(|(side, unit)| (side, number[&unit]))).collect();
        of.iter().flatten().for_each(|(side, unit)| units[*unit as usize].texts[*side] += 1);
        let shared: u32 = units.iter().filter(|u| u.is_shared()).map(|u| u.texts[0] + u.texts[1]).sum();
        let paired = shared * 2 > sizes.iter().flatten().sum::<u32>();
        let values = slice_of.keys().map(|c| names[*c as usize].clone()).collect();
        Ok(Self { field: name.into(), values, sizes, without, units, of, paired })
    }

    /// The rates of a group in every slice, and whether its difference varies; `q` is left open.
    pub fn slice(&self, members: &[SampleIx]) -> Sliced {
        let mut units = self.units.clone();
        let mut counts = vec![[0u32; 2]; self.sizes.len()];
        for (side, unit) in members.iter().filter_map(|&s| self.of.get(s as usize).copied().flatten()) {
            let unit = &mut units[unit as usize];
            unit.inside[side] += 1;
            counts[unit.slice as usize][side] += 1;
        }
        let estimates: Vec<Estimate> =
            units.chunk_by(|a, b| a.slice == b.slice).filter_map(|u| self.estimate(u)).collect();
        let rows = self.values.iter().zip(&self.sizes).zip(counts);
        let slices =
            rows.map(|((value, sizes), counts)| Slice { value: value.clone(), sizes: *sizes, counts }).collect();
        Sliced { field: self.field.clone(), slices, without: self.without, p: welch(&estimates), q: None }
    }

    /// The difference in rates of a slice, with its variance.
    fn estimate(&self, units: &[Unit]) -> Option<Estimate> {
        if self.paired {
            let shared = || units.iter().filter(|u| u.is_shared());
            let texts: u32 = shared().map(|u| u.texts[0] + u.texts[1]).sum();
            let differences: Vec<f64> = shared().map(|u| u.rate(1) - u.rate(0)).collect();
            return Estimate::of(&differences, f64::from(texts) / 2.0);
        }
        let of_side = |side: usize| {
            let own = || units.iter().filter(move |u| u.texts[side] > 0);
            let texts: u32 = own().map(|u| u.texts[side]).sum();
            Estimate::of(&own().map(|u| u.rate(side)).collect::<Vec<_>>(), f64::from(texts))
        };
        let (left, right) = (of_side(0)?, of_side(1)?);
        let variance = left.variance + right.variance;
        let free = variance.powi(2) / (left.variance.powi(2) / left.free + right.variance.powi(2) / right.free);
        Some(Estimate { mean: right.mean - left.mean, variance, free })
    }
}

impl Slice {
    /// Share of the texts of a side that are of the group; `None` where that side has no text here.
    pub fn rate(&self, side: usize) -> Option<f64> {
        (self.sizes[side] > 0).then(|| f64::from(self.counts[side]) / f64::from(self.sizes[side]))
    }

    /// `38 → 14 %`, as counted.
    pub fn rates_in_words(&self) -> String {
        let [left, right] = [0, 1].map(|side| self.rate(side).map_or_else(|| "–".to_owned(), percent));
        format!("{left} → {right} %")
    }
}

impl Sliced {
    /// The value of a slice, with the name of the field where it says nothing alone.
    pub fn name(&self, slice: &Slice) -> String {
        let bare = slice.value.parse::<f64>().is_ok() || matches!(slice.value.as_str(), "true" | "false" | "");
        if bare { format!("{} {}", self.field, slice.value) } else { slice.value.clone() }
    }

    /// The slices, each with its rates.
    pub fn in_words(&self) -> Vec<String> {
        self.slices.iter().map(|s| format!("{} {}", self.name(s), s.rates_in_words())).collect()
    }

    /// The test of the interaction.
    pub fn test_in_words(&self) -> String {
        match (self.p, self.q) {
            (Some(p), Some(q)) => format!("interaction p {}, q {}", small(p), small(q)),
            (Some(p), None) => format!("interaction p {}", small(p)),
            _ => "too few prompts to test the interaction".into(),
        }
    }
}

/// The rates of findings by the values of a field, one for each, and corrected for each other.
///
/// # Errors
/// When there is no such field, or it cannot split the rates.
pub fn slices(
    corpus: &Corpus,
    contrast: &Contrast,
    findings: &[Finding],
    field: &str,
) -> Result<Vec<Sliced>, SliceError> {
    let slicer = Slicer::new(corpus, contrast, field)?;
    let mut all: Vec<Sliced> = findings.iter().map(|f| slicer.slice(&f.members)).collect();
    adjust(&mut all);
    Ok(all)
}

/// For each finding that leads a row, the field by which its difference varies most, where it does: the interaction is tested for
/// every field that can split the rates, and corrected for all findings and fields.
pub(crate) fn varying(corpus: &Corpus, contrast: &Contrast, findings: &[Finding]) -> Vec<Option<String>> {
    let mut tests: Vec<(usize, &str, f64)> = Vec::new();
    for field in &corpus.fields {
        let Ok(slicer) = Slicer::new(corpus, contrast, &field.name) else { continue };
        let leading = findings.iter().enumerate().filter(|(_, f)| f.follows.is_none());
        tests.extend(leading.filter_map(|(i, f)| Some((i, field.name.as_str(), slicer.slice(&f.members).p?))));
    }
    let q = benjamini_hochberg(&tests.iter().map(|t| t.2).collect::<Vec<_>>());
    let mut best: Vec<Option<(f64, &str)>> = vec![None; findings.len()];
    for ((i, field, p), _) in tests.into_iter().zip(q).filter(|(_, q)| *q < ALPHA) {
        if best[i].is_none_or(|b| p < b.0) {
            best[i] = Some((p, field));
        }
    }
    best.into_iter().map(|b| b.map(|b| b.1.to_owned())).collect()
}

/// Fields that can split the rates of a comparison.
pub fn sliceable(corpus: &Corpus, contrast: &Contrast) -> Vec<String> {
    let names = corpus.fields.iter().map(|f| f.name.clone());
    names.filter(|name| Slicer::new(corpus, contrast, name).is_ok()).collect()
}

/// Corrects the tests of all listed groups for each other.
fn adjust(all: &mut [Sliced]) {
    let p: Vec<f64> = all.iter().filter_map(|s| s.p).collect();
    let mut q = benjamini_hochberg(&p).into_iter();
    for s in all.iter_mut().filter(|s| s.p.is_some()) {
        s.q = q.next();
    }
}

/// The values of a field in order, and for each text the place of its own.
fn codes(values: &FieldValues) -> (Vec<String>, Vec<Option<u32>>) {
    match values {
        FieldValues::Categories { names, of } => (names.clone(), of.clone()),
        FieldValues::Flags(flags) => {
            (vec!["false".into(), "true".into()], flags.iter().map(|f| f.map(u32::from)).collect())
        }
        FieldValues::Numbers(numbers) => {
            let mut distinct: Vec<f64> = numbers.iter().flatten().copied().collect();
            distinct.sort_by(f64::total_cmp);
            distinct.dedup();
            let place = |v: f64| distinct.partition_point(|d| d.total_cmp(&v).is_lt()) as u32;
            let of = numbers.iter().map(|n| n.map(place)).collect();
            (distinct.iter().map(f64::to_string).collect(), of)
        }
    }
}

/// The texts of a prompt in a slice, by side, and those of a group among them.
#[derive(Debug, Clone, Copy, Default)]
struct Unit {
    slice: u32,
    texts: [u32; 2],
    inside: [u32; 2],
}

impl Unit {
    fn is_shared(&self) -> bool {
        self.texts.iter().all(|n| *n > 0)
    }

    fn rate(&self, side: usize) -> f64 {
        f64::from(self.inside[side]) / f64::from(self.texts[side].max(1))
    }
}

/// A mean with its variance and degrees of freedom.
#[derive(Debug, Clone, Copy)]
struct Estimate {
    mean: f64,
    variance: f64,
    free: f64,
}

impl Estimate {
    /// Of the values of some prompts, which `texts` answers of a side stand behind.
    fn of(values: &[f64], texts: f64) -> Option<Self> {
        if values.len() < LEAST {
            return None;
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        // Half an answer more in either direction is half a prompt over its number of answers.
        let squares = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() + n / texts.max(1.0);
        Some(Self { mean, variance: squares / ((n + 2.0) * (n + 1.0)), free: n - 1.0 })
    }
}

/// Two-sided p that all means are one (Welch 1951).
fn welch(all: &[Estimate]) -> Option<f64> {
    if all.len() < 2 {
        return None;
    }
    let k = all.len() as f64;
    let weight: f64 = all.iter().map(|e| 1.0 / e.variance).sum();
    let mean = all.iter().map(|e| e.mean / e.variance).sum::<f64>() / weight;
    let between: f64 = all.iter().map(|e| (e.mean - mean).powi(2) / e.variance).sum();
    let spread: f64 = all.iter().map(|e| (1.0 - 1.0 / (e.variance * weight)).powi(2) / e.free).sum();
    let f = between / (k - 1.0) / (1.0 + 2.0 * (k - 2.0) / (k * k - 1.0) * spread);
    let f_of = FisherSnedecor::new(k - 1.0, (k * k - 1.0) / (3.0 * spread)).ok()?;
    f.is_finite().then(|| f_of.sf(f).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Field, PromptId, Sample, Source, SourceId};

    /// `answers` texts of both models to each prompt; prompt `p` is in slice `p % slices`.
    fn corpus(prompts: u32, slices: u32, answers: u32, shared: bool) -> Corpus {
        let source = |name: &str| Source { name: name.into(), file: String::new(), samples: 0 };
        let mut c = Corpus { sources: vec![source("a"), source("b")], ..Corpus::default() };
        let mut of = Vec::new();
        for p in 0..prompts {
            for side in 0..2u16 {
                for _ in 0..answers {
                    let prompt = Some(PromptId(if shared { p } else { 2 * p + u32::from(side) }));
                    let id = c.samples.len().to_string();
                    c.samples.push(Sample { id, source: SourceId(side), prompt, text: String::new() });
                    of.push(Some(p % slices));
                }
            }
        }
        c.prompts = (0..2 * prompts).map(|p| p.to_string()).collect();
        let names = (0..slices).map(|s| format!("slice {s}")).collect();
        c.fields = vec![Field { name: "kind".into(), values: FieldValues::Categories { names, of } }];
        c
    }

    fn pair() -> Contrast {
        Contrast::pair(SourceId(0), SourceId(1))
    }

    /// Numbers from 0 to 1 that look random.
    fn chance(state: &mut u64) -> f64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) as f64 / (1u64 << 31) as f64
    }

    /// A group in which a text of the left and the right side is with these rates, by slice.
    fn drawn(c: &Corpus, rates: &[[f64; 2]], state: &mut u64) -> Vec<SampleIx> {
        let slice = |i: usize| match &c.fields[0].values {
            FieldValues::Categories { of, .. } => of[i].unwrap() as usize,
            _ => 0,
        };
        let is_in = |i: &usize| chance(state) < rates[slice(*i)][c.samples[*i].source.ix()];
        (0..c.len()).filter(is_in).map(|i| i as SampleIx).collect()
    }

    #[test]
    fn welch_as_worked_by_hand() {
        // By hand with scipy: F = 1.34229 with 2 and 2.89784 degrees of freedom.
        let of = |v: &[f64]| {
            let n = v.len() as f64;
            let mean = v.iter().sum::<f64>() / n;
            let variance = v.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0) / n;
            Estimate { mean, variance, free: n - 1.0 }
        };
        let p = welch(&[of(&[1.0, 2.0, 4.0]), of(&[3.0, 5.0, 9.0]), of(&[2.0, 2.5, 3.1, 2.2])]).unwrap();
        assert!((p - 0.386_744).abs() < 1e-5, "{p}");
    }

    #[test]
    fn rates_and_what_differs_by_slice() {
        let c = corpus(60, 2, 4, true);
        let slicer = Slicer::new(&c, &pair(), "kind").unwrap();
        let mut state = 7;
        let found = slicer.slice(&drawn(&c, &[[0.4, 0.1], [0.95, 0.95]], &mut state));
        assert!(found.p.unwrap() < 0.001 && found.slices[0].sizes == [120, 120], "{found:?}");
        assert_eq!(found.slices[1].value, "slice 1");
        let same = slicer.slice(&drawn(&c, &[[0.2, 0.5], [0.5, 0.8]], &mut state));
        assert!(same.p.unwrap() > 0.05, "the same difference at another rate: {same:?}");
        // Nothing at all changes: no certainty, and no failure.
        assert!(slicer.slice(&[]).p.unwrap() > 0.9);
    }

    #[test]
    fn it_cries_wolf_as_seldom_as_it_says() {
        for (prompts, slices, answers, shared) in [(24, 2, 1, true), (40, 4, 8, true), (60, 3, 1, false)] {
            let c = corpus(prompts, slices, answers, shared);
            let slicer = Slicer::new(&c, &pair(), "kind").unwrap();
            assert_eq!(slicer.paired, shared);
            let rates: Vec<[f64; 2]> = (0..slices).map(|s| 0.05 + 0.25 * f64::from(s)).map(|r| [r, r + 0.1]).collect();
            let mut state = 11;
            let wrong = (0..600).filter(|_| slicer.slice(&drawn(&c, &rates, &mut state)).p.unwrap() < 0.05).count();
            assert!(wrong <= 45, "{wrong} of 600 with {prompts} prompts in {slices} slices");
        }
    }

    #[test]
    fn fields_that_cannot_split_are_refused_in_words() {
        let mut c = corpus(12, 2, 2, true);
        let by_model = c.samples.iter().map(|s| Some(f64::from(s.source.0))).collect();
        c.fields.push(Field { name: "temperature".into(), values: FieldValues::Numbers(by_model) });
        let all_different = (0..c.len()).map(|i| Some(i as f64 / 2.0)).collect();
        c.fields.push(Field { name: "score".into(), values: FieldValues::Numbers(all_different) });
        let said = |name: &str| Slicer::new(&c, &pair(), name).unwrap_err().to_string();
        assert!(said("nothing").contains("fields that can split the rates: kind"), "{}", said("nothing"));
        assert!(said("temperature").contains("does not vary among the texts of both models"));
        assert!(said("score").contains("has 48 values"));
        assert_eq!(sliceable(&c, &pair()), ["kind"]);
    }

    #[test]
    fn texts_without_a_value_are_counted_and_left_out() {
        let mut c = corpus(12, 2, 2, true);
        if let FieldValues::Categories { of, .. } = &mut c.fields[0].values {
            of[0] = None;
        }
        let found = Slicer::new(&c, &pair(), "kind").unwrap().slice(&[0, 1, 2]);
        assert_eq!((found.without, found.slices[0].sizes, found.slices[0].counts), (1, [11, 12], [1, 1]));
    }
}

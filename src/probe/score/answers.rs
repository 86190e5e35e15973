//! Answers of models to the items of a suite.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::super::frames::PLAIN;
use super::super::item::{Item, Place};
use super::super::key::Key;
use super::super::read::{ReadError, records, text_of};
use super::super::trial::Trial;
use super::parse::{Said, read_answer};

/// Why an answer is not scored, or is scored in another way than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Oddity {
    /// The suite has no such item.
    NotInSuite,
    /// The item has changed since it was asked.
    OlderVersion,
    /// The item has not exactly one key, or was rejected.
    NotScored,
    /// There is nothing that could be an answer.
    NoAnswer,
    /// The option was named by its text instead of its letter; it is scored.
    NamedByText,
}

impl Oddity {
    /// In a few words.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotInSuite => "answers to items that are not in the suite",
            Self::OlderVersion => "answers to an older version of an item",
            Self::NotScored => "answers to items that are not scored",
            Self::NoAnswer => "records without an answer",
            Self::NamedByText => "answers that name the option's text",
        }
    }
}

/// One answer: how much of it goes to each option, and what else it may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Place of the item in the suite's list.
    pub item: usize,
    /// Place of the model.
    pub model: usize,
    /// Place of the frame.
    pub frame: usize,
    /// Whether the options were shown in reverse.
    pub reversed: bool,
    /// Share of each option (in the item's order), of refusals and of what cannot be read; together 1.
    pub shares: Vec<f64>,
}

/// All answers.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// The models: in the order in which they were asked, where their answers say it (`model_place`), and otherwise as met.
    pub models: Vec<String>,
    /// The frames, in the order in which they were met.
    pub frames: Vec<String>,
    /// The answers that are scored.
    pub list: Vec<Answer>,
    /// What is odd, with one sentence each.
    pub odd: Vec<(Oddity, String)>,
    /// The place at which each model was asked, where its answers say it.
    asked: Vec<Option<u64>>,
}

impl Answers {
    /// Place of a model, which is added when it is new.
    pub fn model(&mut self, name: &str) -> usize {
        place_of(&mut self.models, name)
    }

    /// Place of a frame, which is added when it is new.
    pub fn frame(&mut self, name: &str) -> usize {
        place_of(&mut self.frames, name)
    }

    /// The frame that scores are of: the plain one, or the first when there is none.
    pub fn main_frame(&self) -> usize {
        self.frames.iter().position(|f| f == PLAIN).unwrap_or(0)
    }

    /// How many answers have an oddity of each kind.
    pub fn counts(&self) -> BTreeMap<Oddity, usize> {
        let mut out = BTreeMap::new();
        self.odd.iter().for_each(|(o, _)| *out.entry(*o).or_default() += 1);
        out
    }

    /// Reads files of answers to these items. Of judgements, only those that solve the item as it is are answers to it.
    ///
    /// # Errors
    /// One sentence with file, line and remedy.
    pub fn read(files: &[PathBuf], items: &[Item]) -> Result<Self, ReadError> {
        let mut out = Self::default();
        let by_id: HashMap<&str, usize> = items.iter().enumerate().map(|(i, item)| (item.id.as_str(), i)).collect();
        for file in files {
            let text = text_of(file)?;
            let path = Arc::new(file.clone());
            let other_trial = |v: &Value| v["judged"].as_str().is_some_and(|t| t != Trial::Solve.name());
            for (line, value) in records(file, &text)?.into_iter().filter(|(_, v)| !other_trial(v)) {
                let place = Place { file: path.clone(), line };
                out.take(&value, &place, items, &by_id);
            }
        }
        out.order_models();
        Ok(out)
    }

    /// Reads records that are in memory already.
    pub fn of<'a>(records: impl IntoIterator<Item = (&'a Place, Value)>, items: &[Item]) -> Self {
        let mut out = Self::default();
        let by_id: HashMap<&str, usize> = items.iter().enumerate().map(|(i, item)| (item.id.as_str(), i)).collect();
        records.into_iter().for_each(|(place, v)| out.take(&v, place, items, &by_id));
        out.order_models();
        out
    }

    /// Puts the models into the order in which they were asked: answers come as they are given, which is no order.
    fn order_models(&mut self) {
        self.asked.resize(self.models.len(), None);
        let mut order: Vec<usize> = (0..self.models.len()).collect();
        order.sort_by_key(|&m| (self.asked[m].unwrap_or(u64::MAX), m));
        let mut to = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, &old)| to[old] = new);
        self.list.iter_mut().for_each(|a| a.model = to[a.model]);
        self.models = order.iter().map(|&old| std::mem::take(&mut self.models[old])).collect();
        self.asked = order.iter().map(|&old| self.asked[old]).collect();
    }

    fn take(&mut self, value: &Value, place: &Place, items: &[Item], by_id: &HashMap<&str, usize>) {
        let doc = value.get("doc").unwrap_or(value);
        let id = ["item", "item_id", "prompt_id", "id"].iter().find_map(|n| doc[*n].as_str()).unwrap_or_default();
        let mut odd = |kind, why: String| self.odd.push((kind, format!("{place}: {why}")));
        let Some(&at) = by_id.get(id) else {
            return odd(Oddity::NotInSuite, format!("the suite has no item “{id}”; the answer is not scored"));
        };
        let item = &items[at];
        if doc["hash"].as_str().is_some_and(|h| h != item.hash()) {
            let why = format!("item {id} has changed since it was asked; ask again, the answer is not scored");
            return odd(Oddity::OlderVersion, why);
        }
        if item.right().is_none() || !item.counts() {
            let why = format!("item {id} has not exactly one key, or was rejected; the answer is not scored");
            return odd(Oddity::NotScored, why);
        }
        let reversed = value["reversed"].as_bool().unwrap_or(false);
        let Some((shares, by_text)) = shares(value, item, reversed) else {
            let why = "no text, choice, probabilities or resps; the record is not scored".to_owned();
            return odd(Oddity::NoAnswer, why);
        };
        if by_text {
            odd(Oddity::NamedByText, format!("item {id}: the option is named by its text; it is scored"));
        }
        let model = value["model"].as_str().map_or_else(|| model_of(&place.file), str::to_owned);
        let model = self.model(&model);
        self.asked.resize(self.models.len(), None);
        self.asked[model] = self.asked[model].or(value["model_place"].as_u64());
        let frame = self.frame(value["frame"].as_str().unwrap_or(PLAIN));
        self.list.push(Answer { item: at, model, frame, reversed, shares });
    }
}

fn place_of(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|n| n == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

/// lm-evaluation-harness names the model in the folder.
fn model_of(file: &Path) -> String {
    let folder = file.parent().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
    let stem = file.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    match folder {
        Some(f) if f.contains("__") => f.replacen("__", "/", 1),
        _ => stem,
    }
}

/// How an answer is shared among the options, refusals and what cannot be read, and whether an option was named by its text.
fn shares(value: &Value, item: &Item, reversed: bool) -> Option<(Vec<f64>, bool)> {
    let k = item.options.len();
    let own = |shown: usize| if reversed { k - 1 - shown } else { shown };
    let mut out = vec![0.0; k + 2];
    if let Some(p) = probabilities(value).filter(|p| p.len() == k) {
        p.into_iter().enumerate().for_each(|(shown, p)| out[own(shown)] = p);
        return Some((out, false));
    }
    let said = if let Some(choice) = value.get("choice") {
        Key::read(choice).only().filter(|c| *c < k).map_or(Said::Unclear, Said::Letter)
    } else {
        let text = ["text", "answer", "response", "completion", "output"].iter().find_map(|n| value[*n].as_str())?;
        let mut shown = item.options.clone();
        if reversed {
            shown.reverse();
        }
        read_answer(text, &shown)
    };
    match said {
        Said::Letter(o) | Said::Text(o) => out[own(o)] = 1.0,
        Said::Refused => out[k] = 1.0,
        Said::Unclear => out[k + 1] = 1.0,
    }
    Some((out, matches!(said, Said::Text(_))))
}

/// Probabilities of the options: given as such, or from the log-likelihoods of lm-evaluation-harness.
fn probabilities(value: &Value) -> Option<Vec<f64>> {
    if let Some(list) = value.get("probabilities").and_then(Value::as_array) {
        let p: Vec<f64> = list.iter().filter_map(Value::as_f64).filter(|p| *p >= 0.0).collect();
        let sum: f64 = p.iter().sum();
        return (p.len() == list.len() && sum > 0.0).then(|| p.iter().map(|p| p / sum).collect());
    }
    let resps = value.get("filtered_resps").filter(|r| is_scores(r)).or_else(|| value.get("resps"))?.as_array()?;
    let logs: Vec<f64> = resps.iter().map(log_likelihood).collect::<Option<_>>()?;
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logs.iter().map(|l| (l - most).exp()).collect();
    let sum: f64 = weights.iter().sum();
    (sum.is_finite() && sum > 0.0).then(|| weights.iter().map(|w| w / sum).collect())
}

fn is_scores(resps: &Value) -> bool {
    resps.as_array().is_some_and(|l| l.iter().all(|r| log_likelihood(r).is_some()))
}

/// The log-likelihood in `[-1.5, false]`, `["-1.5", "False"]`, or either within another list.
fn log_likelihood(value: &Value) -> Option<f64> {
    let pair = value.as_array()?;
    match (pair.as_slice(), pair.first()?) {
        ([_, _], Value::Number(n)) => n.as_f64(),
        ([_, _], Value::String(s)) => s.parse().ok(),
        ([only], _) => log_likelihood(only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(values: &[Value]) -> Answers {
        let mut item = Item { id: "q1".into(), key: Key::of(0), ..Item::default() };
        item.options = vec!["fly".into(), "swim".into()];
        item.parts.question = "What do geese do?".into();
        let no_key = Item { id: "q2".into(), key: Key::default(), ..item.clone() };
        let items = [item, no_key];
        let by_id = items.iter().enumerate().map(|(i, item)| (item.id.as_str(), i)).collect();
        let mut out = Answers::default();
        for (line, v) in values.iter().enumerate() {
            out.take(v, &Place { file: Arc::new("a.jsonl".into()), line: line + 1 }, &items, &by_id);
        }
        out
    }

    #[test]
    fn every_oddity_is_counted_and_said_with_its_line() {
        let a = read(&[
            json!({"item": "q1", "model": "m", "text": "(A)"}),
            json!({"item": "q9", "model": "m", "text": "(A)"}),
            json!({"item": "q1", "model": "m", "text": "(A)", "hash": "0000"}),
            json!({"item": "q2", "model": "m", "text": "(A)"}),
            json!({"item": "q1", "model": "m"}),
            json!({"item": "q1", "model": "m", "text": "They swim."}),
            json!({"item": "q1", "model": "m", "text": "I cannot answer this."}),
        ]);
        assert_eq!(a.list.len(), 3);
        let kinds: Vec<Oddity> = a.odd.iter().map(|o| o.0).collect();
        assert_eq!(
            kinds,
            [Oddity::NotInSuite, Oddity::OlderVersion, Oddity::NotScored, Oddity::NoAnswer, Oddity::NamedByText]
        );
        assert_eq!(a.odd[0].1, "a.jsonl, line 2: the suite has no item “q9”; the answer is not scored");
        assert_eq!(a.list[1].shares, [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(a.list[2].shares, [0.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn of_a_judge_only_solving_is_an_answer() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("judgements.jsonl");
        let line = |t: Trial, says: &str| {
            let row = json!({"item": "q1", "model": "m", "text": says, "judged": t.name()});
            format!("{row}\n")
        };
        let all = [(Trial::Solve, "(A)"), (Trial::Uncaused, "(B)"), (Trial::Subtask, "(B)")];
        std::fs::write(&file, all.map(|(t, says)| line(t, says)).concat()).unwrap();
        let item = Item { id: "q1".into(), key: Key::of(0), options: vec!["a".into(), "b".into()], ..Item::default() };
        let a = Answers::read(&[file], &[item]).unwrap();
        assert_eq!((a.list.len(), a.odd.len()), (1, 0));
        assert_eq!(a.list[0].shares[..2], [1.0, 0.0]);
    }

    #[test]
    fn orders_and_likelihoods() {
        let a = read(&[
            json!({"item": "q1", "model": "m", "text": "(A)", "reversed": true}),
            json!({"doc": {"id": "q1"}, "model": "m", "resps": [[["-1.0", "False"]], [["-1.0", "False"]]]}),
            json!({"doc": {"id": "q1"}, "model": "m", "filtered_resps": [[0.0, true], [-30.0, false]], "resps": []}),
            json!({"item": "q1", "model": "m", "probabilities": [1.0, 3.0], "frame": "aware"}),
        ]);
        assert_eq!(a.list[0].shares[..2], [0.0, 1.0]);
        assert_eq!(a.list[1].shares[..2], [0.5, 0.5]);
        assert!(a.list[2].shares[0] > 0.999);
        assert_eq!(a.list[3].shares[..2], [0.25, 0.75]);
        assert_eq!((a.list[3].frame, a.frames.len()), (1, 2));
    }
}

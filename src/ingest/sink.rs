//! Where importers put what they find in one file: samples, prompts that other files refer to, and what was left out.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::chat::{Asked, Content};
use super::pool::{Pool, RawField};
use super::waiting::{Message, Pending};
use super::{IngestOptions, Kind};

/// Lines named of each reason for leaving something out.
const LINES: usize = 5;
/// Different causes of errors that are counted apart.
const CAUSES: usize = 12;

/// How a file came in: as it was named, or in a folder that was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Which of the paths on the command line.
    pub argument: usize,
    /// That path, where it is a folder.
    pub folder: Option<PathBuf>,
}

/// One sample as it stands in a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RawSample {
    pub id: Option<String>,
    /// The model's name, where the person named the field or the format has one for it.
    pub model: Option<String>,
    pub prompt: Option<RawPrompt>,
    /// What pairs it with other samples, when that is not the prompt.
    pub pair: Option<String>,
    pub text: String,
    pub vector: Option<RawVector>,
    /// Other fields of its record.
    pub fields: Vec<RawField>,
}

/// What a sample answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum RawPrompt {
    /// The prompt itself.
    Asked(Asked),
    /// The id of a prompt in another file.
    Id(String),
}

impl RawPrompt {
    /// Whether something was asked.
    pub fn is_asked(&self) -> bool {
        match self {
            Self::Asked(asked) => !asked.text.trim().is_empty(),
            Self::Id(_) => true,
        }
    }

    /// A prompt without a system prompt.
    pub fn text(text: String) -> Option<Self> {
        (!text.trim().is_empty()).then(|| Self::Asked(text.into()))
    }
}

/// A vector that came with a sample.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RawVector {
    pub values: Vec<f32>,
    pub stance: Vec<f32>,
    pub coverage: f32,
    /// Who made it.
    pub embedder: Option<String>,
}

/// Values of fields that the person named.
#[derive(Debug, Default, Clone)]
pub(crate) struct Named {
    pub prompt: Option<RawPrompt>,
    pub id: Option<String>,
    pub pair: Option<String>,
}

/// How often something was left out, and where first.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct LeftOut {
    pub times: usize,
    pub lines: Vec<usize>,
}

/// What was met in answers besides their text.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Tally {
    /// Answers with reasoning.
    pub reasoning: usize,
    /// Answers that are the text of a refusal field.
    pub refusals: usize,
    /// Answers with tool calls beside their text.
    pub calls: usize,
    /// Answers with images and other parts that are no text.
    pub media: usize,
    /// Conversations of several answers.
    pub several: usize,
    /// Answers of such conversations that do not count.
    pub earlier: usize,
}

/// Which fields of the records were taken.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Chosen {
    pub text: Option<String>,
    pub prompt: Option<String>,
    /// Other fields that could hold the text.
    pub other_texts: Vec<String>,
    /// Other fields that could hold the prompt.
    pub other_prompts: Vec<String>,
}

/// Samples of one file.
#[derive(Debug, Default)]
pub(crate) struct RawFile {
    pub path: PathBuf,
    pub origin: Origin,
    pub samples: Vec<RawSample>,
    /// Broken lines passed over because the person said so.
    pub skipped: usize,
    /// Prompts by the id that answers in other files carry.
    pub prompts: BTreeMap<String, Asked>,
    /// Settings that came with them.
    pub settings: BTreeMap<String, Vec<RawField>>,
    /// Formats recognised in it.
    pub formats: BTreeSet<Kind>,
    /// Whether some of its records are of a format that says itself which model answered.
    pub names_models: bool,
    /// What was left out: failed requests, repeated filters and the like.
    pub left_out: BTreeMap<String, LeftOut>,
    /// Samples seen, with those that `--limit` leaves out.
    pub seen: usize,
    pub tally: Tally,
    pub chosen: Chosen,
    /// Names of the samples' fields.
    pub pool: Pool,
}

/// Takes what an importer finds; keeps at most `limit` samples, chosen by the seed and not by their place.
pub(crate) struct Sink {
    pub file: RawFile,
    /// Documents met already, for formats that repeat them.
    pub met: HashSet<String>,
    /// Records that wait until it is known which of their fields is the text.
    pub pending: Pending,
    /// Messages of files with a message a line.
    pub messages: Vec<Message>,
    /// What the fields hold that the person named, of the record that is read now: it stands above what its format says.
    pub named: Named,
    limit: Option<usize>,
    seed: u64,
    with_reasoning: bool,
    causes: usize,
    /// By lot and place.
    kept: BTreeMap<(u64, usize), RawSample>,
}

impl Sink {
    pub fn new(path: PathBuf, options: &IngestOptions) -> Self {
        Self {
            file: RawFile { path, ..RawFile::default() },
            met: HashSet::new(),
            pending: Pending::default(),
            messages: Vec::new(),
            named: Named::default(),
            limit: options.limit,
            seed: options.seed,
            with_reasoning: options.with_reasoning,
            causes: 0,
            kept: BTreeMap::new(),
        }
    }

    pub fn push(&mut self, mut sample: RawSample) {
        sample.prompt = self.named.prompt.clone().or(sample.prompt);
        sample.id = self.named.id.clone().or(sample.id);
        sample.pair = self.named.pair.clone().or(sample.pair);
        let at = self.file.seen;
        self.file.seen += 1;
        let Some(limit) = self.limit else {
            self.file.samples.push(sample);
            return;
        };
        let mut h = blake3::Hasher::new();
        h.update(&self.seed.to_le_bytes());
        h.update(&(at as u64).to_le_bytes());
        let mut lot = [0u8; 8];
        lot.copy_from_slice(&h.finalize().as_bytes()[..8]);
        self.kept.insert((u64::from_le_bytes(lot), at), sample);
        if self.kept.len() > limit {
            self.kept.pop_last();
        }
    }

    /// Pushes an answer: its text, with the reasoning in front where that is wanted. An answer that holds nothing but tool
    /// calls, or that a filter or a limit took away, is left out and counted.
    pub fn answer(&mut self, mut sample: RawSample, content: Content, finish: Option<&str>) {
        let blank = content.text.trim().is_empty();
        let thought = !content.reasoning.trim().is_empty();
        if let Some(finish) = finish {
            sample.fields.extend(self.file.pool.value("finish_reason", &Value::from(finish)));
        }
        let filtered =
            finish.is_some_and(|f| matches!(f, "content_filter" | "content-filter" | "SAFETY" | "safety" | "blocked"));
        if blank && content.calls > 0 {
            return self.leave_out("an answer that only calls tools");
        }
        if blank && filtered {
            return self.leave_out("an answer that a content filter withheld");
        }
        if blank && finish == Some("refusal") {
            return self.leave_out("a refusal without a text");
        }
        if blank && thought && !self.with_reasoning {
            return self.leave_out("an answer that ends within its reasoning");
        }
        let tally = &mut self.file.tally;
        tally.reasoning += usize::from(thought);
        tally.refusals += usize::from(content.refused);
        tally.calls += usize::from(content.calls > 0);
        tally.media += usize::from(content.media > 0);
        if content.refused {
            sample.fields.extend(self.file.pool.value("refused", &Value::Bool(true)));
        }
        sample.text = match (self.with_reasoning && thought, blank) {
            (true, true) => content.reasoning,
            (true, false) => format!("{}\n\n{}", content.reasoning, content.text),
            _ => content.text,
        };
        self.push(sample);
    }

    /// Counts a conversation: how many answers it has, and how many of them count.
    pub fn conversation(&mut self, answers: usize, taken: usize) {
        self.file.tally.several += usize::from(answers > 1);
        self.file.tally.earlier += answers - taken.min(answers);
        if answers == 0 {
            self.leave_out("a conversation without an answer");
        } else if taken == 0 {
            self.leave_out("a conversation without that turn");
        }
    }

    /// The fields of a record that have no part of their own.
    pub fn fields(&mut self, record: &Map<String, Value>, without: &[&str]) -> Vec<RawField> {
        let mut out = Vec::new();
        self.file.pool.fields(record, without, &mut out);
        out
    }

    pub fn leave_out(&mut self, why: &str) {
        self.file.left_out.entry(why.to_owned()).or_default().times += 1;
    }

    /// As [`Self::leave_out`], with the line where it stands.
    pub fn leave_out_at(&mut self, why: &str, line: usize) {
        let entry = self.file.left_out.entry(why.to_owned()).or_default();
        entry.times += 1;
        if entry.lines.len() < LINES {
            entry.lines.push(line);
        }
    }

    /// Leaves out a sample that ended in an error, by its cause.
    pub fn failed(&mut self, what: &str, error: &Value) {
        let why = match super::chat::cause(error) {
            Some(cause) => format!("{what} ({cause})"),
            None => what.to_owned(),
        };
        if self.file.left_out.contains_key(&why) || self.causes < CAUSES {
            self.causes += usize::from(!self.file.left_out.contains_key(&why));
            self.leave_out(&why);
        } else {
            self.leave_out(&format!("{what} (other causes)"));
        }
    }

    pub fn finish(mut self) -> RawFile {
        let mut kept: Vec<(usize, RawSample)> = self.kept.into_iter().map(|((_, at), s)| (at, s)).collect();
        kept.sort_by_key(|k| k.0);
        self.file.samples.extend(kept.into_iter().map(|k| k.1));
        self.file
    }
}

//! The formats that are told by the fields of their records: one importer, in one file, each.

mod anthropic_evals;
mod arena;
mod batch;
mod categories;
mod comparator;
mod helm;
mod hodoscope;
mod inspect_ai;
mod langsmith;
pub(super) mod lm_eval;
mod messages;
mod mt_bench;
mod not_samples;
mod openinference;
mod pairs;
mod promptfoo;
mod records;
mod tables;
mod trees;

use serde_json::{Map, Value};

use super::IngestOptions;
use super::chat::asked_by;
use super::error::IngestError;
use super::fields::{found, in_lower_case, scalar};
use super::sink::{Named, RawPrompt, Sink};
pub(super) use super::waiting::At;

pub(super) use helm::model_of_folder as helm_model;
pub(super) use inspect_ai::sample as inspect_sample;
pub(super) use messages::join as join_messages;
pub(super) use records::flush;

/// One object of a file.
pub(super) type Record = Map<String, Value>;

/// What an importer knows besides the record.
pub(super) struct Context<'a> {
    /// What the person asked for.
    pub options: &'a IngestOptions,
    /// Where the record is.
    pub at: At,
}

/// Reads the records of one format.
pub(super) trait Importer {
    /// What `gander inspect` calls it.
    const NAME: &'static str;

    /// Whether a record is of this format, by its fields.
    fn sniff(record: &Record) -> bool;

    /// Takes the samples out of a record.
    ///
    /// # Errors
    /// One sentence with file, place and remedy, where the record holds no samples.
    fn read(record: &Record, context: &Context, sink: &mut Sink) -> Result<(), IngestError>;
}

/// Makes the enum of formats: those with an importer, in the order in which they are tried, and those that are told by
/// the bytes of the file.
macro_rules! kinds {
    ($($kind:ident = $importer:ty,)+ ; $($other:ident = $name:literal,)+) => {
        /// A format.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)] // their names say what each is
        pub enum Kind {
            $($kind,)+
            $($other,)+
        }

        impl Kind {
            /// What `gander inspect` calls it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => <$importer as Importer>::NAME,)+
                    $(Self::$other => $name,)+
                }
            }

            /// The format of a record; [`Kind::Records`] where nothing is known of it.
            fn of(record: &Record) -> Self {
                $(if <$importer as Importer>::sniff(record) { return Self::$kind; })+
                Self::Records
            }

            fn read(self, record: &Record, context: &Context, sink: &mut Sink) -> Result<(), IngestError> {
                match self {
                    $(Self::$kind => <$importer as Importer>::read(record, context, sink),)+
                    _ => records::keep(record, context, sink),
                }
            }
        }
    };
}

kinds! {
    LmEval = lm_eval::LmEval,
    HelmRequests = helm::Requests,
    HelmPredictions = helm::Predictions,
    HelmState = helm::State,
    BatchRequests = batch::Requests,
    BatchResults = batch::Results,
    Completion = batch::Completion,
    MtBenchQuestions = mt_bench::Questions,
    MtBenchAnswers = mt_bench::Answers,
    Arena = arena::Arena,
    Pairs = pairs::Pairs,
    AnthropicEvals = anthropic_evals::Statements,
    LmEvalResults = not_samples::LmEvalResults,
    LogListing = not_samples::LogListing,
    DatasetInfo = not_samples::DatasetInfo,
    InspectAi = inspect_ai::InspectAi,
    InspectAiWithoutSamples = inspect_ai::Header,
    Promptfoo = promptfoo::Promptfoo,
    PromptfooRow = promptfoo::Row,
    Comparator = comparator::Comparator,
    Hodoscope = hodoscope::Hodoscope,
    Categories = categories::Categories,
    OasstTree = trees::Tree,
    OpenInference = openinference::Span,
    LangSmith = langsmith::Run,
    MessageALine = messages::MessageALine,
    ColumnsAndData = tables::ColumnsAndData,
    ByColumn = tables::ByColumn,
    ByRow = tables::ByRow,
    Wrapped = tables::Wrapped,
    ;
    Records = "records with a text field",
    PromptsById = "prompts by id (for answers in other files)",
    Parquet = "Parquet",
    Arrow = "Arrow",
    Csv = "CSV",
    Tsv = "TSV",
    WideTable = "a table with one column a model",
    Lines = "one text a line",
}

/// Puts the samples of one record into the sink.
///
/// # Errors
/// One sentence with file, place and remedy.
pub(super) fn take(value: Value, options: &IngestOptions, at: At, sink: &mut Sink) -> Result<(), IngestError> {
    let context = Context { options, at };
    let Value::Object(mut map) = value else {
        let (path, what) = (sink.file.path.clone(), super::fields::kind(&value));
        return Err(IngestError::NotObject { path, at: at.to_string(), what });
    };
    if map.keys().any(|k| k.starts_with(|c: char| c.is_ascii_uppercase())) {
        let names = in_lower_case(map.keys().map(String::as_str), &options.fields.named());
        map = names.into_iter().zip(map.into_iter().map(|(_, value)| value)).collect();
    }
    // A field named by the person overrules what the record looks like; roles count all the same.
    let kind = match Kind::of(&map) {
        Kind::MessageALine => Kind::MessageALine,
        _ if options.fields.text.is_some() => Kind::Records,
        kind => kind,
    };
    if kind != Kind::Records {
        sink.file.formats.insert(kind);
        sink.file.names_models |= kind != Kind::MessageALine;
    }
    match kind {
        // The samples of these are records further in, or come later.
        Kind::Records
        | Kind::MessageALine
        | Kind::InspectAi
        | Kind::ColumnsAndData
        | Kind::ByColumn
        | Kind::ByRow
        | Kind::Wrapped => kind.read(&map, &context, sink),
        _ => with_named(&map, &context, sink, |sink| kind.read(&map, &context, sink)),
    }
}

/// What is said where a record lacks a field that the person named.
fn no_field(record: &Record, field: &str, context: &Context, sink: &Sink) -> IngestError {
    IngestError::NoField {
        path: sink.file.path.clone(),
        at: context.at.to_string(),
        field: field.to_owned(),
        found: found(record),
    }
}

/// Reads a record of a known format; the prompt, the id and the pair of its samples are in the fields that the person
/// named.
///
/// # Errors
/// Those of reading; and where there are samples without such a field, which would be read as other things unsaid.
fn with_named(
    record: &Record,
    context: &Context,
    sink: &mut Sink,
    read: impl FnOnce(&mut Sink) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    let names = &context.options.fields;
    let value = |name: &Option<String>| name.as_deref().and_then(|n| record.get(n));
    sink.named = Named {
        prompt: value(&names.prompt).map(|v| RawPrompt::Asked(asked_by(v))).filter(RawPrompt::is_asked),
        id: value(&names.id).and_then(scalar),
        pair: value(&names.pair).and_then(scalar),
    };
    let before = sink.file.seen;
    let done = read(sink);
    sink.named = Named::default();
    done?;
    let lacking = [&names.prompt, &names.id, &names.pair].into_iter().flatten().find(|n| !record.contains_key(*n));
    match lacking.filter(|_| sink.file.seen > before) {
        Some(field) => Err(no_field(record, field, context, sink)),
        None => Ok(()),
    }
}

/// Reads what waited for the end of the file.
///
/// # Errors
/// As [`take`].
pub(super) fn finish(options: &IngestOptions, sink: &mut Sink) -> Result<(), IngestError> {
    flush(options, sink)?;
    join_messages(options, sink);
    Ok(())
}

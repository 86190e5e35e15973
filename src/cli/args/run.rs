//! What most commands share: how files are read, and how a run is made.

use std::path::{Path, PathBuf};

use super::super::{CliError, embedder_spec};
use super::{FormatArg, ViewArg};
use crate::analysis::default_contrast;
use crate::cluster::ClusterOptions;
use crate::ingest::{FieldNames, Format, IngestOptions, ModelsFrom, Turns};
use crate::model::{Contrast, Corpus, SourceId, View};
use crate::session::SessionMeta;

#[derive(Debug, clap::Args)]
pub(crate) struct InputArgs {
    /// Field with the text a model wrote.
    #[arg(long, value_name = "FIELD", help_heading = "Reading files")]
    pub text_field: Option<String>,
    /// Field with the prompt.
    #[arg(long, value_name = "FIELD", help_heading = "Reading files")]
    pub prompt_field: Option<String>,
    /// Field whose value pairs samples of the models, instead of the prompt's text.
    #[arg(long, value_name = "FIELD", help_heading = "Reading files")]
    pub pair_by: Option<String>,
    /// Field with the model's name.
    #[arg(long, value_name = "FIELD", help_heading = "Reading files")]
    pub model_field: Option<String>,
    /// Field with the sample's id.
    #[arg(long, value_name = "FIELD", help_heading = "Reading files")]
    pub id_field: Option<String>,
    /// Field with a vector, a list of numbers; texts are then not embedded.
    #[arg(long, value_name = "FIELD", help_heading = "Reading files")]
    pub vector_field: Option<String>,
    /// Skip broken lines, and say how many there were.
    #[arg(long, help_heading = "Reading files")]
    pub skip_bad_lines: bool,
    /// Format of the files [default: recognised by content]
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Reading files")]
    pub format: Option<FormatArg>,
    /// Samples kept of each file, chosen by the seed [default: all]
    #[arg(long, value_name = "N", help_heading = "Reading files")]
    pub limit: Option<usize>,
    /// Model that the others are compared with [default: the first]
    #[arg(long, value_name = "MODEL", help_heading = "Reading files")]
    pub against: Option<String>,
    /// What counts as one model: each path named here, each file, or each folder [default: decided from the files; inspect says how]
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Reading files", conflicts_with = "model_field")]
    pub models_from: Option<ModelsFromArg>,
    /// Answers of a conversation to read: last, all, or a number
    #[arg(long, value_name = "WHICH", default_value = "last", value_parser = turns, help_heading = "Reading files")]
    pub turn: Turns,
    /// Read the reasoning as a part of each answer.
    #[arg(long, help_heading = "Reading files")]
    pub with_reasoning: bool,
}

/// What counts as one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ModelsFromArg {
    /// Each file or folder that is named.
    Argument,
    /// Each file.
    File,
    /// Each folder that holds files.
    Folder,
}

fn turns(given: &str) -> Result<Turns, String> {
    match given {
        "last" => Ok(Turns::Last),
        "all" => Ok(Turns::All),
        n => match n.parse() {
            Ok(n) if n > 0 => Ok(Turns::Nth(n)),
            _ => Err("give last, all, or a number from 1".to_owned()),
        },
    }
}

impl InputArgs {
    pub fn options(&self, seed: u64) -> IngestOptions {
        IngestOptions {
            fields: FieldNames {
                text: self.text_field.clone(),
                prompt: self.prompt_field.clone(),
                model: self.model_field.clone(),
                id: self.id_field.clone(),
                pair: self.pair_by.clone(),
                vector: self.vector_field.clone(),
            },
            format: self.format.map(|f| match f {
                FormatArg::Json => Format::Json,
                FormatArg::Csv => Format::Csv,
                FormatArg::Tsv => Format::Tsv,
                FormatArg::Lines => Format::Lines,
            }),
            limit: self.limit,
            seed,
            skip_bad_lines: self.skip_bad_lines,
            against: self.against.clone(),
            models_from: self.models_from.map(|m| match m {
                ModelsFromArg::Argument => ModelsFrom::Argument,
                ModelsFromArg::File => ModelsFrom::File,
                ModelsFromArg::Folder => ModelsFrom::Folder,
            }),
            turn: self.turn,
            with_reasoning: self.with_reasoning,
        }
    }
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RunArgs {
    /// Seed of everything random.
    #[arg(long, default_value_t = 7, help_heading = "Analysis")]
    pub seed: u64,
    /// Number of clusters [default: chosen from the data]
    #[arg(long, value_name = "K", help_heading = "Analysis")]
    pub clusters: Option<usize>,
    /// Topics as they are, or behaviour with the effect of the prompt removed.
    #[arg(long, value_enum, default_value_t = ViewArg::Topic, help_heading = "Analysis")]
    pub view: ViewArg,
    /// The models are checkpoints or rounds in the order given: test every cluster for a trend, and compare the last with the
    /// first.
    #[arg(long, help_heading = "Analysis")]
    pub rounds: bool,
    /// With three models or more: compare this one first, with the reference (see --against), or with --rest.
    #[arg(long, value_name = "MODEL", help_heading = "Analysis")]
    pub compare: Option<String>,
    /// Compare the model of --compare with all others together; without --compare, all others with the reference.
    #[arg(long, help_heading = "Analysis")]
    pub rest: bool,
    /// Look at whole answers only, not at their sentences: twice as fast, and blind to changes in part of an answer.
    #[arg(long, help_heading = "Analysis")]
    pub no_sentences: bool,
    /// Maximum number of 256-token windows to read of each text.
    #[arg(long, value_name = "N", default_value_t = 4, help_heading = "Analysis", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub max_windows: u16,
    /// What embeds the texts: URL#model of a server of embeddings, or the folder of a BERT, XLM-R or MPNet
    /// sentence-transformer [default: the built-in model]
    #[arg(long, value_name = "WHAT", help_heading = "Analysis")]
    pub embedder: Option<String>,
    /// Fetch the model named by --embedder OWNER/MODEL from the hub first (huggingface.co, or HF_ENDPOINT), once.
    #[arg(long, help_heading = "Analysis", requires = "embedder")]
    pub download: bool,
    /// Compute the built-in model in floats with 16-bit weights: closer to the original, and slower.
    #[arg(long, help_heading = "Analysis", conflicts_with = "embedder")]
    pub exact: bool,
    /// Vectors made elsewhere, one row a sample in the order of the files (.npy, .safetensors).
    #[arg(long, value_name = "FILE", help_heading = "Analysis")]
    pub vectors: Option<PathBuf>,
}

impl RunArgs {
    pub fn view(&self) -> View {
        match self.view {
            ViewArg::Topic => View::Topic,
            ViewArg::Behaviour => View::Behaviour,
        }
    }

    /// How a session of this run is made.
    pub fn meta(&self, contrast: Option<Contrast>, notices: Vec<String>) -> SessionMeta {
        SessionMeta {
            made_by: format!("gander {}", env!("CARGO_PKG_VERSION")),
            seed: self.seed,
            clusters: self.clusters,
            max_windows: usize::from(self.max_windows),
            embedder: self.embedder().as_deref().map(embedder_spec::lasting),
            view: self.view(),
            rounds: self.rounds,
            contrast,
            sentences: !self.no_sentences,
            notices,
        }
    }

    /// Who is compared with whom first.
    ///
    /// # Errors
    /// When there is no such model.
    pub fn contrast(&self, corpus: &Corpus) -> Result<Option<Contrast>, CliError> {
        let all = || (0..corpus.sources.len() as u16).map(SourceId);
        let named = match &self.compare {
            None => None,
            Some(name) => Some(all().find(|s| corpus.sources[s.ix()].name == *name).ok_or_else(|| {
                let found: Vec<String> = corpus.sources.iter().map(|s| format!("“{}”", s.name)).collect();
                CliError::Usage(format!("--compare {name}: there is no such model; there are {}", found.join(", ")))
            })?),
        };
        let others = |one: SourceId| all().filter(|s| *s != one).collect::<Vec<_>>();
        let reference = SourceId(0);
        Ok(match (named, self.rest) {
            _ if corpus.sources.len() < 2 => None,
            (Some(one), true) => Some(Contrast { left: others(one), right: vec![one] }),
            (None, true) => Some(Contrast { left: vec![reference], right: others(reference) }),
            (Some(one), false) if one == reference => {
                return Err(CliError::Usage(format!(
                    "--compare {}: this is the reference itself; add --rest, or name another reference with --against",
                    corpus.sources[0].name
                )));
            }
            (Some(one), false) => Some(Contrast::pair(reference, one)),
            (None, false) => default_contrast(corpus, self.rounds),
        })
    }

    /// What embeds, as `embedder::make` takes it.
    pub fn embedder(&self) -> Option<String> {
        self.embedder.clone().or_else(|| self.exact.then(|| embedder_spec::EXACT.into()))
    }

    /// Files that a run reads besides the samples: vectors, and the folder of an embedder.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.vectors.as_deref().into_iter().chain(self.embedder.as_deref().map(Path::new))
    }

    pub fn cluster_options(&self) -> ClusterOptions {
        ClusterOptions { clusters: self.clusters, seed: self.seed }
    }
}

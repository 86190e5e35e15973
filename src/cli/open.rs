//! Opens a session, or makes one for sample files.

use std::path::Path;

use super::CliError;
use super::args::ExploreArgs;
use super::output::{Protected, session_place};
use super::paths::{default_session, fingerprint};
use crate::analysis::{AnalysisOptions, Figures};
use crate::app::{Ready, Tab};
use crate::cluster::{ClusterOptions, Tree};
use crate::embed::Embedded;
use crate::ingest::{Given, ingest};
use crate::model::Corpus;
use crate::session::{Access, Session, SessionMeta};

/// A session with what is known of it.
pub(super) struct Opened {
    pub session: Session,
    pub meta: SessionMeta,
    /// The corpus with its texts, when it was read just now and must be analysed.
    pub fresh: Option<Corpus>,
    /// Vectors that came with it.
    pub given: Option<Embedded>,
    pub ready: Option<Ready>,
    pub figures_current: bool,
    /// The tab to open, where another than usual.
    pub tab: Option<Tab>,
}

impl Opened {
    /// How its samples are to be analysed; the vectors that came with them go along.
    pub fn options(&mut self) -> AnalysisOptions {
        AnalysisOptions {
            cluster: ClusterOptions { clusters: self.meta.clusters, seed: self.meta.seed },
            view: self.meta.view,
            rounds: self.meta.rounds,
            contrast: self.meta.contrast.clone(),
            given: self.given.take(),
            relevance: None,
            sentences: self.meta.sentences,
        }
    }
}

/// Opens a session, or reads sample files into one.
pub(super) fn open(args: &ExploreArgs) -> Result<Opened, CliError> {
    let access = if args.read_only { Access::ReadOnly } else { Access::Write };
    if let [only] = args.files.as_slice()
        && Session::is_session(only)
    {
        return reopen(only, access);
    }
    if args.files.iter().any(|f| Session::is_session(f)) {
        return Err(CliError::Usage("name either sample files or one session, not both".into()));
    }
    let protected = Protected::samples(&args.files).and(args.run.files());
    if let Some(path) = &args.session {
        session_place(path, &protected)?;
    }
    let mut run = super::embedder::fetched(&args.run)?;
    let mut ingested = ingest(&args.files, &args.input.options(run.seed))?;
    ingested.expect_two_models();
    let given = super::embedder::given(&mut ingested, &mut run)?;
    if given.is_none()
        && let Some(said) =
            super::embedder::announce(run.embedder().as_deref(), &ingested.corpus.samples, &ingested.corpus.prompts)
    {
        super::output::note(&said);
        ingested.notices.insert(0, said);
    }
    let sources = ingested.corpus.sources.len();
    if let Some(why) = super::embedder::without_sentences(run.embedder().as_deref(), sources, given.is_some())
        && !run.no_sentences
    {
        ingested.notices.push(why.to_owned());
        run.no_sentences = true;
    }
    let meta = run.meta(run.contrast(&ingested.corpus)?, ingested.notices);
    if let Some(k) = meta.clusters
        && (k == 0 || k > ingested.corpus.len())
    {
        let n = ingested.corpus.len();
        return Err(CliError::Usage(format!("--clusters {k}: there are {n} texts; ask for 1 to {n}")));
    }
    let path = match &args.session {
        Some(p) => p.clone(),
        None => default_session(&ingested.corpus, &fingerprint(&ingested.corpus, &meta))?,
    };
    if args.session.is_none() && path.exists() {
        return reopen(&path, access);
    }
    let mut session = Session::create(&path, &ingested.corpus, &meta)?;
    if let Some(Given { embedded: e, embedder }) = &given {
        // Kept at once: a session that was left before it was analysed has them still.
        session.put_vectors(&e.vectors, &e.coverage, embedder.as_deref().unwrap_or_default())?;
        if let Some(stance) = &e.stance {
            session.put_stance(stance)?;
        }
    }
    let given = given.map(|g| g.embedded);
    Ok(Opened { session, meta, fresh: Some(ingested.corpus), given, ready: None, figures_current: true, tab: None })
}

pub(super) fn reopen(path: &Path, access: Access) -> Result<Opened, CliError> {
    let session = Session::open(path, access)?;
    let meta = session.meta()?;
    let tree: Option<Tree> = session.tree()?;
    let figures: Option<Figures> = session.figures()?;
    let seq: Option<u64> = session.figures_after()?;
    let counted = session.records()?.iter().rev().find(|r| r.changes_figures()).map_or(0, |r| r.seq);
    let ready = tree.zip(figures).map(|(tree, figures)| Ready {
        partition: tree.partition(tree.base_groups()),
        tree,
        figures: if figures.is_unfinished() { figures.resumed(meta.contrast.clone()) } else { figures },
    });
    let (mut fresh, mut given) = (None, None);
    if ready.is_none() {
        // It was left before the clusters were there: go on with it.
        fresh = Some(session.corpus()?);
        if let Some((vectors, _)) = session.vectors()? {
            let coverage = session.coverage()?;
            given = Some(Embedded { vectors, coverage, stance: session.stance()? });
        }
    }
    Ok(Opened { session, meta, fresh, given, ready, figures_current: seq.is_some_and(|seq| seq >= counted), tab: None })
}

//! What a report says: summary, differences in words with quotations, clusters, method, edits and limits.

use super::page::{Block, Cell};
use crate::analysis::Figures;
use crate::analysis::shown_label;
use crate::cluster::Map;
use crate::compare::{LogOdds, Sliced, shares};
use crate::diagnostics::Issue;
use crate::model::{Author, Corpus, Opinion, Partition, Record, Target};
use crate::session::SessionMeta;
use crate::text::small;

/// An odds ratio with its interval, or that the texts are too few for one.
pub(super) fn odds_in_words(o: &LogOdds) -> String {
    match o.is_estimable() {
        true => format!("OR {:.2}, 95 % CI {:.2} to {:.2}", o.value.exp(), o.ci[0].exp(), o.ci[1].exp()),
        false => "too few texts for an odds ratio".into(),
    }
}

/// What goes into a report.
pub struct ReportBuilder<'a> {
    /// The samples with their texts.
    pub corpus: &'a Corpus,
    /// The clusters after all edits.
    pub partition: &'a Partition,
    /// The numbers of these clusters.
    pub figures: &'a Figures,
    /// The edits in force, oldest first.
    pub records: &'a [&'a Record],
    /// How the session was made.
    pub meta: &'a SessionMeta,
    /// What language models said.
    pub opinions: &'a [Opinion],
    /// What the fine-tuning was meant to do, if anybody said so.
    pub intent: Option<&'a str>,
    /// Each finding by the values of a field; empty where none was asked for.
    pub slices: &'a [Sliced],
    /// Where the texts stand on a map.
    pub map_of: Option<&'a Map>,
    /// Who made the vectors.
    pub embedder: &'a str,
    /// Name of the session.
    pub name: &'a str,
}

/// How many texts of the side that has more are quoted, and for how many of them the other side's answer.
#[derive(Clone, Copy)]
pub(super) struct Quotes {
    pub own: usize,
    pub other: usize,
}

impl Quotes {
    /// For what matters most.
    pub const BOTH: Self = Self { own: 2, other: 2 };
    /// For the rest.
    pub const ONE: Self = Self { own: 1, other: 0 };
    /// For groups of texts that people made.
    pub const FEW: Self = Self { own: 3, other: 1 };
}

impl ReportBuilder<'_> {
    /// The blocks of the page, in order.
    pub fn tell(&self) -> Vec<Block> {
        let mut out = Vec::new();
        self.summary(&mut out);
        self.judged(&mut out);
        self.differences(&mut out);
        self.themes(&mut out);
        if let Some(map) = self.map_of {
            self.draw(map, &mut out);
        }
        self.clusters(&mut out);
        self.method(&mut out);
        out
    }

    pub(super) fn sides(&self) -> Option<[String; 2]> {
        let contrast = self.figures.contrast.as_ref()?;
        let names = |list: &[crate::model::SourceId]| {
            let names: Vec<&str> =
                list.iter().filter_map(|s| self.corpus.sources.get(s.ix())).map(|s| s.name.as_str()).collect();
            names.join(" + ")
        };
        Some([names(&contrast.left), names(&contrast.right)])
    }

    fn summary(&self, out: &mut Vec<Block>) {
        let sides = self.sides();
        out.push(Block::Heading(
            1,
            match &sides {
                Some([left, right]) => format!("How {right} differs from {left}"),
                None => format!("What {} writes", self.corpus.sources.first().map_or("?", |s| s.name.as_str())),
            },
        ));
        let models: Vec<String> =
            self.corpus.sources.iter().map(|s| format!("{} ({} texts)", s.name, s.samples)).collect();
        out.push(Block::Text(format!(
            "{} in {} clusters, {} of them reviewed. Session {}.",
            models.join(", "),
            self.partition.clusters().len(),
            self.partition.clusters().filter(|c| c.reviewed).count(),
            self.name
        )));
        if let Some(u) = self.figures.unreadable {
            out.push(Block::Warning(u.sentence()));
        }
        if let Some(o) = self.figures.overall {
            let verdict = if o.p <= 0.05 { "There is a difference" } else { "No overall difference was found" };
            out.push(Block::Text(format!(
                "{verdict}: a classifier tells held-out texts of the two apart with AUC {:.2} (0.5 is guessing), p {} by \
                 permutation. Minimum detectable effect: a behaviour new to one side is found at 80 % power when it is in \
                 {:.1} % of its texts.",
                o.auc,
                small(o.p),
                100.0 * o.smallest_detectable_share
            )));
        }
        if let Some(w) = self.figures.pairing.as_ref().and_then(|p| p.warning.clone()) {
            out.push(Block::Warning(w));
        }
        let void = self.partition.clusters().filter(|c| self.partition.void(c.id).is_some()).count();
        if void > 0 && self.figures.contrast.is_some() {
            let (clusters, have) = if void == 1 { ("cluster", "has") } else { ("clusters", "have") };
            out.push(Block::Warning(format!(
                "{void} {clusters} {have} no p or q: the texts were chosen by model, or with the models' names in view (post \
                 hoc). Counts and shares are given. Findings without clusters are not touched by edits."
            )));
        }
    }

    /// What people gathered across clusters.
    fn themes(&self, out: &mut Vec<Block>) {
        if self.partition.themes().next().is_none() {
            return;
        }
        out.push(Block::Heading(2, "Themes".into()));
        for (id, theme) in self.partition.themes() {
            out.push(Block::Heading(3, theme.name.clone()));
            let Some(f) = self.figures.themes.iter().find(|f| f.id == id) else { continue };
            let test = match (self.sides(), theme.void(), f.odds, f.p) {
                (Some(sides), Some(void), ..) => format!(", {}; {}", self.rates(f.sides, &sides), void.describe()),
                (Some(sides), None, Some(o), Some(p)) => {
                    format!(", {}; {}, p {}", self.rates(f.sides, &sides), odds_in_words(&o), small(p))
                }
                _ => String::new(),
            };
            out.push(Block::Text(format!(
                "{} texts in {} clusters{test}. How they were chosen: {}.",
                theme.members.len(),
                f.clusters.len(),
                theme.chosen
            )));
            self.verdicts(&Target::Theme(id), out);
            let toward = usize::from(f.share_of(self.figures.contrast.as_ref()) > 0.5);
            self.quotes(&theme.members, toward, (true, Quotes::FEW, None), out);
        }
    }

    fn clusters(&self, out: &mut Vec<Block>) {
        out.push(Block::Heading(2, "All clusters".into()));
        let compared = self.sides();
        let mut head: Vec<String> = ["#", "label", "by", "texts"].map(String::from).to_vec();
        if let Some([_, right]) = &compared {
            head.extend([format!("share of {right}"), "q".into()]);
        }
        head.extend(["topic match", "stability", "look at"].map(String::from));
        let rows = self
            .figures
            .clusters
            .iter()
            .zip(&self.figures.trust)
            .filter_map(|(f, t)| {
                let c = self.partition.get(f.id)?;
                let (label, by) = shown_label(c, Some(f));
                let mut row = vec![
                    Cell::Number(f.id.to_string()),
                    Cell::Text(label),
                    Cell::Text(by.to_string()),
                    Cell::Number(f.size.to_string()),
                ];
                if compared.is_some() {
                    row.push(Cell::Share(self.right_share(f)));
                    let not_tested = self.figures.not_tested(self.partition, f.id).unwrap_or("–");
                    row.push(Cell::Number(f.q.map_or_else(|| not_tested.to_owned(), small)));
                }
                row.push(Cell::Number(match t.fit {
                    _ if t.label_is_contradicted() => "contradicted".into(),
                    fit => fit.map_or("–".into(), |l| format!("{:.2}", l.auc)),
                }));
                row.push(Cell::Number(t.stability.map_or("–".into(), |s| format!("{s:.2}"))));
                let why: Vec<&str> = t.why(c.flag.is_some()).into_iter().map(Issue::describe).collect();
                row.push(Cell::Text(why.join("; ")));
                Some(row)
            })
            .collect();
        out.push(Block::Table(head, rows));
    }

    fn draw(&self, map: &Map, out: &mut Vec<Block>) {
        out.push(Block::Heading(2, "Map".into()));
        let shown = map.samples.len();
        let which = match self.sides() {
            Some([left, right]) => format!("circles are {left}’s, squares {right}’s"),
            None => "one dot a text".into(),
        };
        let alt =
            format!("{shown} texts, alike in meaning where they are near; {which}; the largest clusters are named.");
        let (dots, names) = self.map(map);
        out.push(Block::Map { alt: alt.clone(), dots, names });
        out.push(Block::Text(format!(
            "{alt} Two dimensions cannot keep all distances: the map shows where to look, the tests say what holds."
        )));
    }

    fn right_share(&self, f: &crate::compare::ClusterFigures) -> f64 {
        shares(&f.sides, &self.side_sizes())[1]
    }

    /// Number of texts of the two sides.
    pub(super) fn side_sizes(&self) -> [u32; 2] {
        let Some(contrast) = &self.figures.contrast else { return [0, 0] };
        let sizes = self.corpus.source_sizes();
        let size = |list: &[crate::model::SourceId]| list.iter().filter_map(|s| sizes.get(s.ix())).sum();
        [size(&contrast.left), size(&contrast.right)]
    }

    /// What share of each side's texts some texts are, with the counts.
    pub(super) fn rates(&self, counts: [u32; 2], names: &[String; 2]) -> String {
        let sizes = self.side_sizes();
        let rate = |side: usize| {
            let share = 100.0 * f64::from(counts[side]) / f64::from(sizes[side].max(1));
            format!("{share:.1} % of {} ({} of {})", names[side], counts[side], sizes[side])
        };
        format!("{} and {}", rate(0), rate(1))
    }

    fn method(&self, out: &mut Vec<Block>) {
        out.push(Block::Heading(2, "Method, settings and limits".into()));
        let pairing = match &self.figures.pairing {
            Some(p) if p.by_block => {
                "Whole prompts are the unit: each was given to one side only, several answers each."
            }
            Some(p) if p.by_prompt => {
                "Labels were shuffled within prompts; clusters were tested with Cochran-Mantel-Haenszel."
            }
            Some(_) => {
                "The sides share few prompts or have none; labels were shuffled freely and clusters tested with Fisher's exact test."
            }
            None => "There was nothing to compare.",
        };
        let factor = self.figures.hotspots.cluster_factor();
        let mut items = vec![
            format!("Made by {}; seed {}.", self.meta.made_by, self.meta.seed),
            format!("Embedder: {}. At most {} windows of 256 tokens are read of each text.", self.embedder, self.meta.max_windows),
            pairing.to_owned(),
            format!("Differences: all kinds of finding share one permutation run and one error rate of 5 % (weighted minP); findings without clusters have nine tenths of it (their p are divided by that), and clusters the rest, or all of it once something was found (fallback procedure): q here are multiplied by {factor:.0}."),
            "Topic match: area under the curve of the label's similarity, held-out members against nearest outsiders; it does not see whether the texts agree with the label. “Contradicted”: they say the opposite of it. Stability: share of pairs of a cluster's texts that other seeds keep together.".into(),
            "A difference says that the sampled texts differ, not why; quotations are the clearest examples, not a random choice.".into(),
        ];
        if let Some(s) = self.slices.first() {
            let without = match s.without {
                0 => String::new(),
                1 => " 1 text has no value and is left out.".into(),
                n => format!(" {n} texts have no value and are left out."),
            };
            items.push(format!("Rates by {} are as counted. The interaction is Welch's test (1951) of the differences in rates, with the prompt as the unit: p asks whether the difference is the same in every slice, q corrects it over all findings (Benjamini-Hochberg).{without}", s.field));
        }
        if let Some(r) = self.figures.recall {
            let share = 100.0 * r;
            items.push(format!("Nearest texts are approximate: {share:.1} % of the true ones were found."));
        }
        items.extend(self.meta.notices.iter().map(|n| format!("Input: {n}.")));
        out.push(Block::List(items));
        if !self.records.is_empty() {
            out.push(Block::Heading(2, "Edits".into()));
            out.push(Block::Text(
                "What was taken back or replaced later is left out; gander export --what edits writes the whole history.".into(),
            ));
            out.push(Block::List(
                self.records
                    .iter()
                    .map(|r| {
                        let who = match &r.author {
                            Author::Human(name) => name.clone(),
                            llm @ Author::Llm(_) => llm.to_string(),
                        };
                        let blind = if r.blind { ", blind" } else { "" };
                        format!("{}. {} ({who}{blind})", r.seq, r.edit.describe())
                    })
                    .collect(),
            ));
        }
    }
}

//! What a person does with the answers of a language model: takes, changes or turns down what it proposes.

use super::msg::Effect;
use super::overlay::SplitStart;
use super::state::App;
use crate::model::{Author, ClusterId, Edit, Opinion, Says, SplitBy, Target};

impl App {
    /// Takes the proposal for the cluster under the cursor.
    pub(super) fn accept_proposal(&mut self) -> Vec<Effect> {
        let Some((cluster, o)) = self.open_proposal() else { return Vec::new() };
        match o.says {
            Says::Label { label, .. } => {
                let edit = Edit::Relabel { cluster, label, opinion: Some(o.id) };
                self.commit_by(edit, Author::Llm(o.model))
            }
            Says::Purity { sides: Some([a, b]), .. } => self.start_split(SplitStart {
                cluster,
                by: SplitBy::Llm,
                opinion: Some((o.id, o.model)),
                examples: [a.members, b.members],
                labels: vec![a.name, b.name],
            }),
            _ => Vec::new(),
        }
    }

    /// Lets the person change the proposed name.
    pub(super) fn edit_proposal(&mut self) -> Vec<Effect> {
        let Some((cluster, o)) = self.open_proposal() else { return Vec::new() };
        match o.says {
            Says::Label { label, .. } => self.open_label_with(cluster, &label, Some(o.id)),
            _ => {
                self.set_status("A split is changed in its preview: a shows it.");
                Vec::new()
            }
        }
    }

    /// Turns the proposal down.
    pub(super) fn reject_proposal(&mut self) -> Vec<Effect> {
        let Some((_, o)) = self.open_proposal() else { return Vec::new() };
        self.commit(Edit::Reject { opinion: o.id })
    }

    fn open_proposal(&mut self) -> Option<(ClusterId, Opinion)> {
        let cluster = self.current_cluster()?;
        let found = self.proposal(cluster).cloned();
        if found.is_none() {
            self.set_status(format!("Nothing is proposed for #{cluster}; L asks a language model."));
        }
        found.map(|o| (cluster, o))
    }

    /// Takes news of the language model.
    pub(super) fn take_opinion(&mut self, o: Opinion) {
        let void = matches!(o.target, Target::Cluster(id) if self.run.not_tested(id).is_some());
        let said = match &o.says {
            Says::Label { label, .. } => format!("{} could be “{label}”: a accepts, e edits, x rejects.", o.target),
            Says::Check { blind, .. } if blind.is_one_sided() => format!(
                "The judge of {} said yes to {} of {} texts, members and others alike: no evidence.",
                o.target,
                blind.called(),
                blind.judged()
            ),
            Says::Check { blind, .. } => {
                format!("{} was checked blindly: {:.2} balanced accuracy; i tells more.", o.target, blind.balanced())
            }
            Says::Purity { sides: Some(_), .. } => {
                format!("{} may hold two sides: a shows the split, x rejects.", o.target)
            }
            Says::Purity { sides: None, .. } => format!("{} is of one mind, the model says; i tells why.", o.target),
            Says::Contrast { .. } => format!("What separates the models in {} is described; i shows it.", o.target),
            Says::Describe { .. } => format!("Described: {}; i shows it.", self.run.target_name(&o.target)),
            Says::Scan { claim: None, .. } => format!("Both models claim the same in {}, the model says.", o.target),
            Says::Scan { claim: Some(_), .. } if void => {
                format!("A different claim was seen in {}, whose texts allow no test; i shows it.", o.target)
            }
            Says::Scan { claim: Some(c), .. } if c.p < 0.05 => {
                format!("The models claim different things in {}; i shows what.", o.target)
            }
            Says::Scan { .. } => {
                format!("A different claim was seen in {}, but the blind test does not bear it out.", o.target)
            }
            Says::Hypotheses { tested } => {
                let hold = tested.iter().filter(|h| h.holm < 0.05).count();
                format!("{hold} of {} hypotheses hold; Enter on that job (3) shows them.", tested.len())
            }
            Says::Blank { judged, found } => {
                format!("With labels shuffled the judge found something in {found} of {judged}.")
            }
            Says::Verdict { verdict, .. } => format!("Judged {}: {}.", verdict.name(), self.run.target_name(&o.target)),
            Says::Summary { .. } => "The verdicts are summed up: Enter on that job (3) shows it.".into(),
        };
        self.llm.opinions.push(o);
        self.set_status(said);
    }
}

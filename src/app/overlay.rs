//! What lies over the panes: a stack of layers. The topmost has the keys; a reply reaches the layer that asked for it, wherever it
//! lies in the stack.

mod ask;
mod choice;
mod difference_page;
mod exchange;
mod help;
mod history;
mod judge;
mod label;
mod line;
mod masking;
mod merge;
mod pairs;
mod pick;
mod scroll;
mod split;
mod trust;

pub use ask::AskBox;
pub use choice::{Choice, Palette};
pub use difference_page::DifferencePage;
pub use exchange::ExchangePage;
pub use help::HelpPage;
pub use history::HistoryPage;
pub use judge::JudgeBox;
pub use label::LabelLine;
pub use line::{InputLine, LabelFilter, LinePurpose};
pub use masking::MaskingPage;
pub use merge::{MergePreview, MergeWizard};
pub use pairs::PairsPage;
pub use pick::{Pick, PickAction};
pub use scroll::Scroll;
pub use split::{SplitBox, SplitStart};
pub use trust::TrustPage;

use super::key::{Key, KeyCode};
use super::msg::Effect;
use super::request::{Reply, RequestId};
use super::state::App;

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// The help of a pane.
    Help(HelpPage),
    /// All commands, searchable.
    Palette(Palette),
    /// A label being typed.
    Label(LabelLine),
    /// Another line of input.
    Line(InputLine),
    /// Letters that the labels listed must hold.
    Filter(LabelFilter),
    /// A list of clusters to choose from.
    Pick(Pick),
    /// A proposed split.
    Split(SplitBox),
    /// Clusters that would be one, before they are.
    Merge(MergePreview),
    /// Pairs of clusters that may be one.
    Merges(MergeWizard),
    /// What to ask a language model, and what that would send.
    Ask(AskBox),
    /// A person's verdict on a difference.
    Judge(JudgeBox),
    /// Whether a cluster is what its label says.
    Trust(TrustPage),
    /// Which differences are left without the wording.
    Masking(MaskingPage),
    /// How much each pair of models differs.
    Pairs(PairsPage),
    /// What is known and was said of a difference, or the summary of all verdicts.
    Difference(DifferencePage),
    /// What was asked and answered for a task.
    Exchange(ExchangePage),
    /// The history of edits.
    History(HistoryPage),
}

/// What came of a key or a reply: whether the layer is done, and what is to be done next.
pub(super) struct Outcome {
    closes: bool,
    effects: Vec<Effect>,
}

impl Outcome {
    /// The layer stays.
    pub fn stay(effects: Vec<Effect>) -> Self {
        Self { closes: false, effects }
    }

    /// The layer is done.
    pub fn close(effects: Vec<Effect>) -> Self {
        Self { closes: true, effects }
    }
}

/// A layer. While it acts it is off the stack, and `app` has everything else.
pub(super) trait Layer {
    /// Takes a key, which is never Esc.
    fn update(&mut self, key: Key, app: &mut App) -> Outcome;

    /// Takes pasted text.
    fn paste(&mut self, _text: &str, _app: &mut App) -> Vec<Effect> {
        Vec::new()
    }

    /// The request whose reply it waits for.
    fn awaits(&self) -> Option<RequestId> {
        None
    }

    /// Takes the reply to its request, or a part of it.
    fn receive(&mut self, _reply: Reply, _app: &mut App) -> Outcome {
        Outcome::stay(Vec::new())
    }

    /// What is to be done when it is left without having been completed.
    fn leave(&mut self, _app: &mut App) -> Vec<Effect> {
        Vec::new()
    }

    /// What is to be done when the layer above it is gone.
    fn uncover(&mut self, _app: &mut App) -> Vec<Effect> {
        Vec::new()
    }

    /// Whether there is a line that takes letters.
    fn is_typing(&self) -> bool {
        false
    }

    /// Whether keys with Ctrl mean something. Where they do not, they must not do what their letter does.
    fn takes_chords(&self) -> bool {
        self.is_typing()
    }
}

/// Does something with whichever layer it is.
macro_rules! each {
    ($overlay:expr, $layer:ident => $act:expr) => {
        match $overlay {
            Overlay::Help($layer) => $act,
            Overlay::Palette($layer) => $act,
            Overlay::Label($layer) => $act,
            Overlay::Line($layer) => $act,
            Overlay::Filter($layer) => $act,
            Overlay::Pick($layer) => $act,
            Overlay::Split($layer) => $act,
            Overlay::Merge($layer) => $act,
            Overlay::Merges($layer) => $act,
            Overlay::Ask($layer) => $act,
            Overlay::Judge($layer) => $act,
            Overlay::Trust($layer) => $act,
            Overlay::Masking($layer) => $act,
            Overlay::Pairs($layer) => $act,
            Overlay::Difference($layer) => $act,
            Overlay::Exchange($layer) => $act,
            Overlay::History($layer) => $act,
        }
    };
}

impl Overlay {
    fn layer(&self) -> &dyn Layer {
        each!(self, l => l)
    }

    fn layer_mut(&mut self) -> &mut dyn Layer {
        each!(self, l => l)
    }
}

impl App {
    /// Lets a layer act, and takes it off the stack when it is done.
    fn with_layer(&mut self, at: usize, act: impl FnOnce(&mut dyn Layer, &mut Self) -> Outcome) -> Vec<Effect> {
        let mut overlay = self.overlays.remove(at);
        let Outcome { closes, mut effects } = act(overlay.layer_mut(), self);
        if !closes {
            self.overlays.insert(at.min(self.overlays.len()), overlay);
        } else if at > 0 && self.overlays.len() == at {
            effects.extend(self.uncover(at - 1));
        }
        effects
    }

    /// Tells the layer at the top that the one above it is gone.
    fn uncover(&mut self, at: usize) -> Vec<Effect> {
        let mut overlay = self.overlays.remove(at);
        let effects = overlay.layer_mut().uncover(self);
        self.overlays.insert(at, overlay);
        effects
    }

    /// Lets the topmost layer act.
    fn with_top(&mut self, act: impl FnOnce(&mut dyn Layer, &mut Self) -> Outcome) -> Vec<Effect> {
        match self.overlays.len() {
            0 => Vec::new(),
            n => self.with_layer(n - 1, act),
        }
    }

    /// Handles a key in the topmost layer.
    pub(super) fn press_in_overlay(&mut self, key: Key) -> Vec<Effect> {
        if key == Key::plain(KeyCode::Esc) {
            return self.with_top(|layer, app| Outcome::close(layer.leave(app)));
        }
        if key.ctrl && !self.overlays.last().is_some_and(|o| o.layer().takes_chords()) {
            return Vec::new();
        }
        self.with_top(|layer, app| layer.update(key, app))
    }

    /// Whether there is a line that takes letters.
    pub(super) fn is_typing(&self) -> bool {
        self.overlays.last().is_some_and(|o| o.layer().is_typing())
    }

    /// Pasted text goes into the line being typed.
    pub(super) fn paste_into_overlay(&mut self, text: &str) -> Vec<Effect> {
        self.with_top(|layer, app| Outcome::stay(layer.paste(text, app)))
    }

    /// Gives a reply to the layer that waits for it; gives it back where none does.
    pub(super) fn receive_in_overlay(&mut self, id: RequestId, reply: Reply) -> Result<Vec<Effect>, Reply> {
        match self.overlays.iter().position(|o| o.layer().awaits() == Some(id)) {
            Some(at) => Ok(self.with_layer(at, |layer, app| layer.receive(reply, app))),
            None => Err(reply),
        }
    }
}

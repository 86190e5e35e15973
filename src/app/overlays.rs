//! Keys while something lies over the panes.

use super::ask::Work;
use super::command::{COMMANDS, CommandSpec};
use super::key::{Key, KeyCode};
use super::msg::Effect;
use super::overlay::{Overlay, PickAction, PromptKind};
use super::rank::ranked;
use super::state::App;
use crate::model::{ClusterId, Edit, MarkChange, Verdict};

/// Lines that the box of evidence never exceeds, however narrow the screen.
const TRUST_LINES: usize = 100;

impl App {
    /// Rows of the palette for what is typed.
    pub fn palette_rows(&self, filter: &str) -> Vec<&'static CommandSpec> {
        let here = self.context();
        let all: Vec<&CommandSpec> = COMMANDS.iter().filter(|s| s.contexts.contains(&here)).collect();
        let names: Vec<String> = all.iter().map(|s| format!("{} {}", s.title, s.help)).collect();
        ranked(filter, names.iter().map(String::as_str)).into_iter().map(|i| all[i]).collect()
    }

    /// Rows of the help of this pane for what is typed.
    pub fn help_rows(&self, filter: &str) -> Vec<&'static CommandSpec> {
        let here = self.context();
        let needle = filter.to_lowercase();
        let hit = |s: &&CommandSpec| s.title.contains(&needle) || s.help.to_lowercase().contains(&needle);
        COMMANDS.iter().filter(|s| s.contexts.contains(&here)).filter(hit).collect()
    }

    /// Rows of a list of clusters for what is typed, by their place.
    pub fn pick_rows(items: &[(Option<ClusterId>, String)], filter: &str) -> Vec<usize> {
        ranked(filter, items.iter().map(|i| i.1.as_str()))
    }

    /// Handles a key in the topmost overlay.
    pub(super) fn press_in_overlay(&mut self, key: Key) -> Vec<Effect> {
        if key == Key::plain(KeyCode::Esc) {
            return self.leave_overlay();
        }
        let pages = |o: &Overlay| {
            use Overlay::{Help, History, Said, Trust, Wording};
            matches!(o, Help { .. } | History { .. } | Trust { .. } | Said { .. } | Wording { .. })
        };
        if key.ctrl && !self.is_typing() && !self.overlays.last().is_some_and(pages) {
            // A chord that is bound to nothing must not do what its letter does.
            return Vec::new();
        }
        match self.overlays.last() {
            Some(Overlay::Prompt { .. }) => self.press_in_prompt(key),
            Some(Overlay::Palette { .. } | Overlay::Pick { .. }) => self.press_in_choice(key),
            Some(Overlay::Split { .. }) => self.press_in_split(key),
            Some(Overlay::Trust { .. }) if key == Key::char('s') => {
                self.overlays.pop();
                self.open_split()
            }
            Some(Overlay::Ask { .. }) => self.press_in_ask(key),
            Some(Overlay::Judge { .. }) => self.press_in_judge(key),
            Some(Overlay::Exchange { task, .. }) if key.code == KeyCode::Enter => {
                let task = *task;
                self.overlays.pop();
                self.go_to_job(task);
                Vec::new()
            }
            Some(Overlay::Merge { .. }) => self.press_in_merge(key),
            Some(Overlay::Merges) => self.press_in_merges(key),
            Some(Overlay::Wording { taken, .. }) if key.code == KeyCode::Tab => self.take_wording_out(taken.other()),
            Some(
                Overlay::Help { .. }
                | Overlay::History { .. }
                | Overlay::Trust { .. }
                | Overlay::Said { .. }
                | Overlay::Exchange { .. }
                | Overlay::Wording { .. },
            ) => self.press_in_page(key),
            None => Vec::new(),
        }
    }

    fn leave_overlay(&mut self) -> Vec<Effect> {
        match self.overlays.pop() {
            Some(Overlay::Prompt { kind: PromptKind::SearchLabels, .. }) => {
                self.clusters.filter.clear();
                self.refresh_clusters();
                self.show_cluster();
                Vec::new()
            }
            Some(Overlay::Wording { left: None, .. }) => vec![Effect::StopTakingOut],
            _ => Vec::new(),
        }
    }

    /// Whether there is a line that takes letters.
    pub(super) fn is_typing(&self) -> bool {
        use Overlay::{Help, Palette, Pick, Prompt};
        matches!(self.overlays.last(), Some(Prompt { .. } | Palette { .. } | Pick { .. } | Help { .. }))
    }

    /// Pasted text goes into the line being typed.
    pub(super) fn type_into_overlay(&mut self, text: &str) -> Vec<Effect> {
        match self.overlays.last_mut() {
            Some(Overlay::Prompt { line, .. }) => line.insert(text),
            Some(
                Overlay::Palette { filter, cursor }
                | Overlay::Pick { filter, cursor, .. }
                | Overlay::Help { filter, scroll: cursor },
            ) => {
                filter.insert(text);
                *cursor = 0;
            }
            _ => {}
        }
        self.typed()
    }

    /// What follows from a changed line.
    fn typed(&mut self) -> Vec<Effect> {
        match self.overlays.last() {
            Some(Overlay::Prompt { kind: PromptKind::Label { .. }, .. }) => self.measure_fit(),
            Some(Overlay::Prompt { kind: PromptKind::SearchLabels, line }) => {
                self.clusters.filter = line.text().to_owned();
                self.clusters.cursor = 0;
                self.clusters.top = 0;
                self.clusters.order.clear();
                self.refresh_clusters();
                self.show_cluster();
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn press_in_prompt(&mut self, key: Key) -> Vec<Effect> {
        if key.code != KeyCode::Enter {
            if let Some(Overlay::Prompt { kind, line }) = self.overlays.last_mut() {
                // While searching labels, arrows move in the list below.
                if *kind == PromptKind::SearchLabels && matches!(key.code, KeyCode::Up | KeyCode::Down) {
                    self.move_in_clusters(if key.code == KeyCode::Up { -1 } else { 1 });
                    return Vec::new();
                }
                if line.edit(key) {
                    return self.typed();
                }
            }
            return Vec::new();
        }
        let Some(Overlay::Prompt { kind, line }) = self.overlays.pop() else { return Vec::new() };
        let text = line.text().trim().to_owned();
        match kind {
            PromptKind::Label { cluster, opinion, .. } => self.commit(Edit::Relabel { cluster, label: text, opinion }),
            PromptKind::Intent => self.take_intent(text),
            PromptKind::Flag { clusters } => {
                let reason = if text.is_empty() { "impure".to_owned() } else { text };
                self.commit(Edit::Flag { clusters, reason: Some(reason) })
            }
            PromptKind::Note { on } => self.mark_difference(on, MarkChange::Note((!text.is_empty()).then_some(text))),
            PromptKind::Dismiss { target } => self.dismiss(target, text),
            PromptKind::Theme { change } => self.name_theme(change, text),
            PromptKind::SearchLabels => Vec::new(),
            PromptKind::SearchTexts => self.search_texts(&text),
            PromptKind::SearchAll => self.search_everything(&text),
        }
    }

    fn press_in_choice(&mut self, key: Key) -> Vec<Effect> {
        let rows = match self.overlays.last() {
            Some(Overlay::Palette { filter, .. }) => self.palette_rows(filter.text()).len(),
            Some(Overlay::Pick { filter, items, .. }) => Self::pick_rows(items, filter.text()).len(),
            _ => 0,
        };
        if key.code == KeyCode::Enter {
            return self.choose();
        }
        if let Some(Overlay::Palette { filter, cursor } | Overlay::Pick { filter, cursor, .. }) =
            self.overlays.last_mut()
        {
            match (key.ctrl, key.code) {
                (false, KeyCode::Down) | (true, KeyCode::Char('n')) => {
                    *cursor = (*cursor + 1).min(rows.saturating_sub(1));
                }
                (false, KeyCode::Up) | (true, KeyCode::Char('p')) => *cursor = cursor.saturating_sub(1),
                _ => {
                    if filter.edit(key) {
                        *cursor = 0;
                    }
                }
            }
        }
        Vec::new()
    }

    fn choose(&mut self) -> Vec<Effect> {
        match self.overlays.pop() {
            Some(Overlay::Palette { filter, cursor }) => {
                let chosen = self.palette_rows(filter.text()).get(cursor).map(|s| s.command);
                chosen.map_or_else(Vec::new, |c| self.run(c))
            }
            Some(Overlay::Pick { filter, cursor, items, action, .. }) => {
                let Some(&at) = Self::pick_rows(&items, filter.text()).get(cursor) else { return Vec::new() };
                match (action, items[at].0) {
                    (PickAction::Move(samples), to) => {
                        let effects = self.commit(Edit::Move { samples, to });
                        if !effects.is_empty() {
                            self.members.marks.clear();
                        }
                        effects
                    }
                    (PickAction::Merge(id), Some(other)) => self.commit(Edit::Merge { clusters: vec![id, other] }),
                    (PickAction::Merge(_), None) => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    fn press_in_split(&mut self, key: Key) -> Vec<Effect> {
        match key.code {
            KeyCode::Char('+' | '=') => self.change_parts(true),
            KeyCode::Char('-') => self.change_parts(false),
            KeyCode::Tab => self.change_split(),
            KeyCode::Enter => self.accept_split(),
            KeyCode::Char('q') => self.leave_overlay(),
            _ => Vec::new(),
        }
    }

    fn press_in_ask(&mut self, key: Key) -> Vec<Effect> {
        let resume = matches!(self.overlays.last(), Some(Overlay::Ask { work: Work::Resume, .. }));
        match key.code {
            KeyCode::Enter => self.send_ask(),
            KeyCode::Char('q') => self.leave_overlay(),
            KeyCode::Char('i' | 'I') => self.open_intent(),
            _ if resume => Vec::new(),
            KeyCode::Down | KeyCode::Char('j') => self.change_work(true),
            KeyCode::Up | KeyCode::Char('k') => self.change_work(false),
            KeyCode::Right | KeyCode::Tab | KeyCode::Char('l') => self.change_scope(true),
            KeyCode::Left | KeyCode::BackTab | KeyCode::Char('h') => self.change_scope(false),
            _ => Vec::new(),
        }
    }

    fn press_in_judge(&mut self, key: Key) -> Vec<Effect> {
        let Some(Overlay::Judge { cursor, .. }) = self.overlays.last_mut() else { return Vec::new() };
        match key.code {
            KeyCode::Down | KeyCode::Char('j') => *cursor = (*cursor + 1).min(Verdict::ALL.len()),
            KeyCode::Up | KeyCode::Char('k') => *cursor = cursor.saturating_sub(1),
            KeyCode::Char('q') => {
                self.overlays.pop();
            }
            KeyCode::Enter => {
                let Some(Overlay::Judge { target, cursor, .. }) = self.overlays.pop() else { return Vec::new() };
                return self.commit(Edit::Judge { target, verdict: Verdict::ALL.get(cursor).copied() });
            }
            _ => {}
        }
        Vec::new()
    }

    fn press_in_page(&mut self, key: Key) -> Vec<Effect> {
        let page = usize::from(self.size.1 / 2);
        let len = match self.overlays.last() {
            Some(Overlay::Help { filter, .. }) => self.help_rows(filter.text()).len(),
            Some(Overlay::Trust { .. } | Overlay::Said { .. }) => TRUST_LINES,
            Some(Overlay::Exchange { kept, .. }) => {
                kept.iter().flatten().map(exchange_lines).sum::<usize>() + TRUST_LINES
            }
            Some(Overlay::Wording { left, .. }) => left.as_ref().map_or(0, |l| l.before.len() + l.new.len() + 1),
            _ => self.data.history.records().len(),
        };
        let help = matches!(self.overlays.last(), Some(Overlay::Help { .. }));
        let Some(
            Overlay::Help { scroll, .. }
            | Overlay::History { scroll }
            | Overlay::Trust { scroll, .. }
            | Overlay::Said { scroll, .. }
            | Overlay::Exchange { scroll, .. }
            | Overlay::Wording { scroll, .. },
        ) = self.overlays.last_mut()
        else {
            return Vec::new();
        };
        match (key.ctrl, key.code) {
            (_, KeyCode::Down) | (true, KeyCode::Char('n')) => *scroll += 1,
            (_, KeyCode::Up) | (true, KeyCode::Char('p')) => *scroll = scroll.saturating_sub(1),
            (_, KeyCode::PageDown) => *scroll += page,
            (_, KeyCode::PageUp) => *scroll = scroll.saturating_sub(page),
            (true, KeyCode::Char('d')) if !help => *scroll += page,
            (true, KeyCode::Char('u')) if !help => *scroll = scroll.saturating_sub(page),
            (_, KeyCode::Enter) => return self.leave_overlay(),
            (false, KeyCode::Char('q' | '@')) if !help => return self.leave_overlay(),
            (false, KeyCode::Char('j')) if !help => *scroll += 1,
            (false, KeyCode::Char('k')) if !help => *scroll = scroll.saturating_sub(1),
            _ => {
                if let Some(Overlay::Help { filter, scroll }) = self.overlays.last_mut()
                    && filter.edit(key)
                {
                    *scroll = 0;
                }
                return Vec::new();
            }
        }
        *scroll = (*scroll).min(len.saturating_sub(1));
        Vec::new()
    }
}

/// Rows that a question and its reply take, at most: a page may be scrolled as far.
fn exchange_lines(kept: &crate::llm::Kept) -> usize {
    let asked = kept.asked.iter().flat_map(|a| a.turns.iter().map(|t| &t.text).chain([&a.system]));
    asked.chain([&kept.reply.text]).map(|t| t.lines().count() + t.len() / 40).sum::<usize>() + 8
}

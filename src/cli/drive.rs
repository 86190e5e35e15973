//! Carries out what the explorer asks for, and whatever follows from that.

use std::collections::VecDeque;
use std::path::Path;

use super::open::Opened;
use super::startup::now_ms;
use super::views::open_view;
use crate::app::{App, Effect, Msg, Tab};
use crate::model::View;
use crate::session::Access;

/// Where the person goes from here.
pub(super) enum Next {
    /// On with this session.
    Stay,
    /// Out of gander.
    Quit,
    /// To another session.
    Open(Box<Opened>),
}

/// What came of one effect.
pub(super) enum Done {
    /// News for the explorer, where it is there at once.
    News(Vec<Msg>),
    /// This session is left.
    Leave(Next),
}

/// What came of leaving for another view, which opens at the tab where the person is: where that cannot be, the explorer says
/// why and stays.
pub(super) fn to_view(current: &Path, access: Access, view: View, tab: Tab) -> Done {
    match open_view(current, view, access) {
        Ok(opened) => Done::Leave(Next::Open(Box::new(Opened { tab: Some(tab), ..opened }))),
        Err(e) => Done::News(vec![Msg::JobFailed(e.to_string())]),
    }
}

/// Carries out effects, and those that follow from the news of them, until one of them leaves the session.
pub(super) fn drive<E>(
    app: &mut App,
    effects: Vec<Effect>,
    mut carry_out: impl FnMut(Effect) -> Result<Done, E>,
) -> Result<Next, E> {
    let mut queue = VecDeque::from(effects);
    while let Some(effect) = queue.pop_front() {
        match carry_out(effect)? {
            Done::News(news) => {
                for msg in news {
                    queue.extend(app.update(msg, now_ms()));
                }
            }
            Done::Leave(next) => return Ok(next),
        }
    }
    Ok(Next::Stay)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::SessionRequest;
    use crate::model::{Corpus, Sample, Source, SourceId};

    #[test]
    fn what_follows_from_news_is_carried_out_too() {
        let sample = Sample { id: "a".into(), source: SourceId(0), prompt: None, text: String::new() };
        let source = Source { name: "m".into(), file: String::new(), samples: 1 };
        let corpus = Corpus { sources: vec![source], samples: vec![sample], ..Corpus::default() };
        let mut app = App::new(corpus, vec!["head".into()], (80, 24));
        let mut read = false;
        let quit = drive(&mut app, vec![Effect::Copy("a".into())], |effect| {
            read |= matches!(effect, Effect::Session(_, SessionRequest::ReadTexts(_)));
            let copied = matches!(effect, Effect::Copy(_)).then(|| Msg::Copied("Copied.".into()));
            Ok::<_, ()>(Done::News(copied.into_iter().collect()))
        });
        assert!(matches!(quit, Ok(Next::Stay)) && read, "the text on the screen is read after the copy");
        let quit = drive(&mut app, vec![Effect::Quit], |_| Ok::<_, ()>(Done::Leave(Next::Quit)));
        assert!(matches!(quit, Ok(Next::Quit)));
    }
}

//! Carries out what the explorer asks for, and whatever follows from that.

use std::collections::VecDeque;

use super::startup::now_ms;
use crate::app::{App, Effect, Msg};

/// What came of one effect.
pub(super) enum Done {
    /// News for the explorer, where it is there at once.
    News(Vec<Msg>),
    /// It is time to leave.
    Quit,
}

/// Carries out effects, and those that follow from the news of them; true when it is time to leave.
pub(super) fn drive<E>(
    app: &mut App,
    effects: Vec<Effect>,
    mut carry_out: impl FnMut(Effect) -> Result<Done, E>,
) -> Result<bool, E> {
    let mut queue = VecDeque::from(effects);
    while let Some(effect) = queue.pop_front() {
        match carry_out(effect)? {
            Done::News(news) => {
                for msg in news {
                    queue.extend(app.update(msg, now_ms()));
                }
            }
            Done::Quit => return Ok(true),
        }
    }
    Ok(false)
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
        assert!(quit == Ok(false) && read, "the text on the screen is read after the copy");
        assert_eq!(drive(&mut app, vec![Effect::Quit], |_| Ok::<_, ()>(Done::Quit)), Ok(true));
    }
}

//! What is searched for, and in which texts.

/// What the list of texts is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListScope {
    /// Of the row under the cursor on the left.
    #[default]
    Row,
    /// Of all marked clusters.
    MarkedClusters,
    /// Of the whole run.
    Everything,
}

/// What a query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query<'a> {
    /// Texts that hold these letters, in any case; the flag turns it round.
    Letters(&'a str, bool),
    /// Texts nearest in meaning.
    Meaning(&'a str),
}

impl<'a> Query<'a> {
    /// Reads a query: a leading `!` inverts, a leading `~` searches by meaning.
    pub fn parse(typed: &'a str) -> Self {
        match (typed.strip_prefix('!'), typed.strip_prefix('~')) {
            (Some(rest), _) => Self::Letters(rest, true),
            (_, Some(rest)) => Self::Meaning(rest.trim()),
            _ => Self::Letters(typed, false),
        }
    }

    /// The letters to light in a text, when there are any.
    pub fn to_light(self) -> Option<&'a str> {
        match self {
            Self::Letters(needle, false) if !needle.is_empty() => Some(needle),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_by_their_first_sign() {
        assert_eq!(Query::parse("geese"), Query::Letters("geese", false));
        assert_eq!(Query::parse("!geese"), Query::Letters("geese", true));
        assert_eq!(Query::parse("~ kind birds"), Query::Meaning("kind birds"));
        assert_eq!(Query::parse("~a").to_light(), None);
        assert_eq!(Query::parse("!a").to_light(), None);
        assert_eq!(Query::parse("a").to_light(), Some("a"));
    }
}

//! What the terminal can show, from its environment.

use crate::ui::Depth;

/// Colours to use: `NO_COLOR` first, then what the terminal says of itself.
pub fn depth(env: &dyn Fn(&str) -> Option<String>) -> Depth {
    let set = |name: &str| env(name).is_some_and(|v| !v.is_empty());
    let term = env("TERM").unwrap_or_default();
    if set("NO_COLOR") || term == "dumb" {
        Depth::None
    } else if set("COLORTERM")
        || ["256color", "kitty", "alacritty", "ghostty", "direct"].iter().any(|t| term.contains(t))
    {
        Depth::Indexed
    } else {
        Depth::Ansi
    }
}

/// Whether the terminal says that its ground is light (`COLORFGBG`, set by several terminals).
pub fn prefers_light(env: &dyn Fn(&str) -> Option<String>) -> bool {
    let ground = env("COLORFGBG").and_then(|v| v.rsplit(';').next().and_then(|n| n.parse::<u8>().ok()));
    matches!(ground, Some(7 | 9..=15))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_follows_the_environment() {
        let with = |vars: &'static [(&str, &str)]| {
            depth(&move |name| vars.iter().find(|v| v.0 == name).map(|v| v.1.to_owned()))
        };
        assert_eq!(with(&[("TERM", "xterm-256color")]), Depth::Indexed);
        assert_eq!(with(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]), Depth::None);
        assert_eq!(with(&[("TERM", "xterm")]), Depth::Ansi);
        assert_eq!(with(&[("TERM", "dumb")]), Depth::None);
        assert!(prefers_light(&|_| Some("0;15".into())) && !prefers_light(&|_| Some("15;0".into())));
    }
}

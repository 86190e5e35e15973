//! The terminal: raw mode and back, keys, colours, clipboard. The only room that knows crossterm.

mod clipboard;
mod colours;
mod encode;
mod input;
mod screen;
mod scroll;
mod spot;

pub use clipboard::{Route as CopyRoute, Way as CopyWay, copy, tmux_clipboard, way as copy_way};
pub use colours::{depth, prefers_light};
pub use input::spawn_reader;
pub use screen::{Screen, size};

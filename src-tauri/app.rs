//! x
mod view;
pub use view::*;

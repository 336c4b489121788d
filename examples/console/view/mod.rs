//! What operators see, and how it answers to keys. Nothing in here knows a catalog: a
//! [picture](picture::Picture) of it goes in, lines of text and [wishes](app::Wish) come out.

pub mod app;
pub mod dialog;
pub mod draw;
pub mod libraries;
pub mod picture;
pub mod plain;
pub mod requests;
#[cfg(test)]
mod tests;
pub mod text;
pub mod words;
pub mod work;

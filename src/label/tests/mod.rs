//! Tests of the label layer as a whole.

mod claiming;
mod free_label;
mod medium;
mod reading;

//! The tiny lesson: the references.

pub mod add;

pub mod count;

pub mod guess;

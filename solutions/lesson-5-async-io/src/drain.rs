//! An end that loses nobody's answer.

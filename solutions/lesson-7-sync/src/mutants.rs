//! What a test that a learner has written must accept, and what it must reject.

pub mod breaker;

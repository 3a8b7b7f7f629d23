//! What those who run the server see of it.
//!
//! - [`visitor`]: who may look.
//! - [`metrics`]: all that workers have counted and show, in Prometheus's format.
//! - [`machine`]: how much there is to use.

pub mod machine;
pub mod metrics;
pub mod visitor;

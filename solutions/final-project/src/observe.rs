//! What those who run the server see of it.
//!
//! - [`visitor`]: who may look.
//! - [`metrics`]: all that workers have counted and show, in Prometheus's format.
//! - [`recent`]: the same over the last seconds, for who has no Prometheus.
//! - [`goals`]: what it is to be like, and when somebody is woken; [`grafana`]: a dashboard of that.
//! - [`machine`]: how much there is to use.
//! - [`errors`]: what goes wrong, in groups; [`webhook`]: who is told of it.
//! - [`access`]: a line for each request.
//! - [`trace`]: where the time of a request goes; [`context`]: which trace it belongs to; `otlp`: where it is sent.

pub mod access;
pub mod context;
pub mod errors;
pub mod goals;
pub mod grafana;
pub mod machine;
pub mod metrics;
#[cfg(feature = "otel")]
pub mod otlp;
mod outbound;
pub mod recent;
pub mod trace;
pub mod visitor;
pub mod webhook;

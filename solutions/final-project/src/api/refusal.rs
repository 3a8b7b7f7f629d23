//! What is answered when the database has no answer.

use crate::app::App;
use crate::message::Response;
use crate::observe::context::TraceContext;
use crate::problem::{problem, retry_after, unavailable};
use crate::store::StoreError;

/// The answer to who asked the database, and got none.
pub(super) fn refused(app: &App, error: &StoreError, trace: Option<TraceContext>) -> Response {
    let detail = error.to_string();
    match error {
        StoreError::NotFound => problem(404, &detail),
        StoreError::Changed(_) => problem(412, &detail),
        StoreError::EmailTaken => problem(409, &detail),
        StoreError::Busy | StoreError::QueueFull => {
            app.numbers().shed.add(1);
            unavailable(&detail)
        }
        StoreError::Late | StoreError::Failed(_) => {
            app.log.error_of(trace, &detail);
            // Nobody outside is told what the database says.
            unavailable("the database does not answer").because(&detail)
        }
        StoreError::Resting(rest) => problem(503, &detail).with("retry-after", retry_after(*rest)),
    }
}

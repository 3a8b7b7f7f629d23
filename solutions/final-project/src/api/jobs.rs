//! Background jobs: submit, look, cancel.

use std::rc::Rc;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Route;
use super::refusal::refused;
use crate::app::App;
use crate::jobs::kinds::Work;
use crate::jobs::process::FRAME_BYTES;
use crate::message::{Body, Reply, Request, Response};
use crate::problem::problem;
use crate::store::StoreError;
use crate::store::jobs::{JobState, StoredJob};

/// A job as it goes out. Times are in milliseconds since 1970.
#[derive(Serialize, ToSchema)]
pub(super) struct JobDocument<'a> {
    id: u64,
    kind: &'a str,
    /// `waiting`, `running`, `done`, `failed`, `cancelled`.
    state: &'static str,
    /// How often it was begun, here or on another machine.
    starts: u64,
    created: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    result: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// `POST /jobs`: accepted means that it will be run, whatever happens to the server.
#[utoipa::path(post, path = "/jobs", request_body(content = serde_json::Value, description = "`{\"kind\": \"primes\", \"input\": {\"below\": 1000}}`"), responses((status = 202, description = "It will be run", body = JobDocument), (status = 422, description = "It is no job"), (status = 503, description = "Too many wait")))]
pub(super) fn submit(app: &Rc<App>, request: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    let (kind, input) = match read_work(app, request) {
        Ok(work) => work,
        Err(refusal) => return Reply::Now(refusal),
    };
    let waiting_max = app.settings.job_queue.get();
    let (app, trace) = (Rc::clone(app), request.recording.context());
    Reply::later(async move {
        let submitted = app
            .users
            .database()
            .jobs(async |store| store.submit_job(&kind, input, waiting_max).await);
        match submitted.await {
            Ok(job) => {
                app.board.jobs.submitted.add(1);
                document(202, &job).with("location", format!("/jobs/{}", job.id))
            }
            Err(error) => refused(&app, &error, trace),
        }
    })
}

/// The kind, and the whole of it as JSON.
fn read_work(app: &App, request: &Request<'_>) -> Result<(String, String), Response> {
    let field = request.headers.get("content-type").unwrap_or_default();
    let media_type = field.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(problem(415, "a job is `application/json`").with("accept", "application/json"));
    }
    if request.body.len() > FRAME_BYTES {
        return Err(problem(413, &format!("a job has up to {FRAME_BYTES} bytes")));
    }
    let work: Work = serde_json::from_slice(request.body)
        .map_err(|error| problem(422, &format!("this is no job: {error}")))?;
    work.check(app.settings.job_faults.0).map_err(|why| problem(422, &why))?;
    let whole = serde_json::to_value(&work).expect("text and numbers can be written");
    let kind = whole["kind"].as_str().unwrap_or_default().to_owned();
    Ok((kind, whole.to_string()))
}

/// `GET /jobs/{id}`
#[utoipa::path(get, path = "/jobs/{id}", params(("id" = u64, Path, description = "The job")), responses((status = 200, description = "How far it is, and what came of it", body = JobDocument), (status = 404, description = "There is none, or none any more")))]
pub(super) fn read(app: &Rc<App>, request: &Request<'_>, route: &Route<'_, '_>) -> Reply {
    ask(app, request, route, false, |job| document(200, &job))
}

/// `GET /jobs/{id}/result`
#[utoipa::path(get, path = "/jobs/{id}/result", params(("id" = u64, Path, description = "The job")), responses((status = 200, description = "What came of it"), (status = 404, description = "There is no such job"), (status = 409, description = "There is no result: not yet, or not at all")))]
pub(super) fn result(app: &Rc<App>, request: &Request<'_>, route: &Route<'_, '_>) -> Reply {
    ask(app, request, route, false, |job| match (job.state, job.result) {
        (JobState::Done, Some(result)) => {
            let body = Body::from(result.into_bytes());
            Response::new(200, "application/json", body).with("cache-control", "no-store")
        }
        (state, _) => problem(409, &format!("there is no result: the job is {}", state.name())),
    })
}

/// `DELETE /jobs/{id}`: cancelled when it waits, and soon when it runs. One that has ended stays as it is.
#[utoipa::path(delete, path = "/jobs/{id}", params(("id" = u64, Path, description = "The job")), responses((status = 200, description = "It is not run", body = JobDocument), (status = 202, description = "It is being ended", body = JobDocument), (status = 404, description = "There is none"), (status = 409, description = "It has ended otherwise")))]
pub(super) fn cancel(app: &Rc<App>, request: &Request<'_>, route: &Route<'_, '_>) -> Reply {
    ask(app, request, route, true, |job| match job.state {
        JobState::Cancelled => document(200, &job),
        JobState::Waiting | JobState::Running => document(202, &job),
        state => problem(409, &format!("the job is {} already", state.name())),
    })
}

/// Reads a job, or cancels it, and answers with what there is now.
fn ask(
    app: &Rc<App>,
    request: &Request<'_>,
    route: &Route<'_, '_>,
    cancels: bool,
    answer: fn(StoredJob) -> Response,
) -> Reply {
    let Some(id) = route.parameter("id").and_then(|id| id.parse().ok()) else {
        return Reply::Now(problem(404, "there is no such job: ids are whole numbers"));
    };
    let (app, trace) = (Rc::clone(app), request.recording.context());
    Reply::later(async move {
        let database = app.users.database();
        let job =
            database.jobs(
                async |store| {
                    if cancels { store.cancel_job(id).await } else { store.job(id).await }
                },
            );
        match job.await {
            Ok(job) => {
                if cancels {
                    app.board.jobs.submitted.add(1);
                }
                answer(job)
            }
            Err(StoreError::NotFound) => problem(404, "there is no such job"),
            Err(error) => refused(&app, &error, trace),
        }
    })
}

fn document(status: u16, job: &StoredJob) -> Response {
    // What a process has answered is JSON, or it is not shown.
    let result = job.result.as_deref().and_then(|result| serde_json::from_str(result).ok());
    let document = JobDocument {
        id: job.id,
        kind: &job.kind,
        state: job.state.name(),
        starts: job.starts,
        created: job.created,
        ended: job.ended,
        result,
        error: job.error.as_deref(),
    };
    let bytes = serde_json::to_vec(&document).expect("text and numbers can be written");
    Response::new(status, "application/json", Body::from(bytes)).with("cache-control", "no-store")
}

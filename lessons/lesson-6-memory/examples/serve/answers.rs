//! What the small API answers, and a cache before it; and a computation, which another thread does.

use std::cell::RefCell;
use std::error::Error;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use memory::cache::{Bounds, Cache};
use solution_2_lifecycle::connection::Request;
use solution_2_lifecycle::connection::api::Api;
use solution_2_lifecycle::response::Response;
use solution_4_processes::rung::Worker;
use solution_5_async_io::offload::{Asker, Job, offload};

use crate::connection::Answered;
use crate::files::text;

const BOUNDS: Bounds = Bounds { items: 1000, bytes: 4 << 20, ttl: Duration::from_secs(60) };
/// As many computations wait for the thread.
const WAITING_MAX: usize = 32;

/// A worker's process.
pub(crate) type Process = Worker;

/// The API of a worker.
pub(crate) struct Answers {
    api: Api,
    /// What it has answered, by path and formats. Its users never change, so nothing in here is ever wrong.
    cache: RefCell<Cache<Box<str>, Rc<Response>>>,
    /// A key, as it is looked for.
    key: RefCell<String>,
    /// An answer that is not kept.
    draft: RefCell<Response>,
    computing: SyncSender<Job>,
}

impl Answers {
    pub(crate) fn new(_: &Rc<Process>) -> Result<Self, Box<dyn Error>> {
        let (computing, jobs) = sync_channel::<Job>(WAITING_MAX);
        thread::Builder::new()
            .name("compute".to_owned())
            .spawn(move || jobs.into_iter().for_each(|job| job()))?;
        Ok(Self {
            api: Api::new()?,
            cache: RefCell::new(Cache::new(BOUNDS)),
            key: RefCell::default(),
            draft: RefCell::default(),
            computing,
        })
    }

    /// Hands the answer to a request to `encode`, or promises one. Who asks makes no difference before the next rung.
    pub(crate) fn answer(
        &self,
        _: IpAddr,
        request: &Request<'_>,
        encode: impl FnOnce(&Response),
    ) -> Answered<'_> {
        let head = &request.head;
        match head.path() {
            "/compute" if head.method() == "GET" => {
                return Answered::Later(Box::pin(self.compute()));
            }
            path if path.starts_with("/users/") && matches!(head.method(), "GET" | "HEAD") => {
                encode(&self.user(request));
            }
            _ => {
                let mut draft = self.draft.borrow_mut();
                draft.clear();
                self.api.handle(request, &mut draft);
                encode(&draft);
            }
        }
        Answered::Now
    }

    /// Half a million steps, on the other thread.
    async fn compute(&self) -> Rc<Response> {
        let submit = |job| {
            self.computing.try_send(job).map_err(|refused| match refused {
                TrySendError::Full(job) | TrySendError::Disconnected(job) => job,
            })
        };
        let step = |sum: u64, number: u64| sum.wrapping_mul(31).wrapping_add(number);
        let work = move |_: &Asker<'_, u64>| Some((0..500_000).fold(0, step));
        Rc::new(match offload(submit, work).await {
            Ok(sum) => text(200, &sum.to_string()),
            Err(error) => {
                let mut refused = text(503, &error.to_string());
                refused.add("retry-after", "1").expect("a digit is visible");
                refused
            }
        })
    }

    /// A user, whom somebody may have asked for before.
    fn user(&self, request: &Request<'_>) -> Rc<Response> {
        let mut key = self.key.borrow_mut();
        key.clear();
        key.push_str(request.head.path());
        for line in request.head.all("accept") {
            key.push('\n');
            key.push_str(str::from_utf8(line).unwrap_or_default());
        }
        let (mut cache, now) = (self.cache.borrow_mut(), Instant::now());
        if let Some(known) = cache.get(key.as_str(), now) {
            return Rc::clone(known);
        }
        let mut response = Response::new();
        self.api.handle(request, &mut response);
        let response = Rc::new(response);
        // A number that is nobody's yet may be somebody's soon.
        if response.status == 200 {
            let bytes = key.len() + response.body.len();
            cache.insert(key.as_str().into(), Rc::clone(&response), bytes, now);
        }
        response
    }
}

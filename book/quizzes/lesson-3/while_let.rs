use std::sync::Mutex;

fn main() {
    let jobs = Mutex::new(vec![2, 1]);
    while let Some(job) = jobs.lock().unwrap().pop() {
        // The job runs here.
        let held = jobs.try_lock().is_err();
        let how = if held { "held" } else { "free" };
        print!("{job} {how} ");
    }
}

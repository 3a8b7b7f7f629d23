//! What happens to workers, in words for the log.

use solution_4_processes::supervisor::{Action, Ending, Event, Generation};

/// What has happened; nothing for what happens all the time.
pub(super) fn event(event: Event) -> Option<String> {
    Some(match event {
        Event::Ready(life) => format!("life {} is ready", life.0),
        Event::Leaving(life) => format!("life {} takes no more connections", life.0),
        Event::Exited(life, Ending::Clean) => format!("life {} has ended", life.0),
        Event::Exited(life, Ending::Failed) => format!("life {} has failed", life.0),
        Event::Reload { .. } => "the settings were read again".to_owned(),
        Event::Stop => "told to stop".to_owned(),
        Event::Beat(_) | Event::Tick => return None,
    })
}

/// What is done about it. `name` knows who the members are.
pub(super) fn action(action: Action, name: impl Fn(usize, Generation) -> String) -> Option<String> {
    Some(match action {
        Action::Start { life, worker, generation } => {
            format!("starting {} as life {}", name(worker, generation), life.0)
        }
        Action::Terminate(life) => format!("telling life {} to finish", life.0),
        Action::Kill(life) => format!("killing life {}, which is late or silent", life.0),
        Action::Adopted(_) => "the new settings hold for all workers that are started".to_owned(),
        Action::Abandoned(_) => {
            "the old settings stay: the first worker with the new ones failed".to_owned()
        }
        Action::End => "nothing is started any more".to_owned(),
        Action::Finish(_) => return None,
    })
}

/// Whether an operator should look at it.
pub(super) fn is_trouble(event: Event) -> bool {
    matches!(event, Event::Exited(_, Ending::Failed))
}

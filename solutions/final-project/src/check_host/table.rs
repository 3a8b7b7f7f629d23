//! What matters of a machine, what is wanted of it, and what for.

use std::fmt;

use super::Verdict;
use super::read::{self, Found, Host, Missing};

/// One thing that matters.
#[derive(Debug)]
pub struct Check {
    /// As the kernel calls it, or people do.
    pub name: &'static str,
    /// How it is found, by its name.
    pub read: fn(&Host, &str) -> Result<Found, Missing>,
    /// What it should be.
    pub wanted: Wanted,
    /// What `sysctl` sets it to. A `-` before the name: where there is such a thing (sysctl.d(5)).
    pub set: Option<(&'static str, &'static str)>,
    /// What for, in a sentence.
    pub why: &'static str,
}

/// What something should be.
#[derive(Debug, Clone, Copy)]
pub enum Wanted {
    /// This number, or more. The unit is for people.
    AtLeast(u64, &'static str),
    /// This number, or less.
    AtMost(u64, &'static str),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A version, major and minor, or a later one.
    Since(u64, u64),
    /// Not for this server to judge.
    Told(&'static str),
}

impl Wanted {
    /// What to think of a value. One that cannot be understood is not in order.
    #[must_use]
    pub fn judge(&self, value: &str) -> Verdict {
        let verdict = |is_fine: bool| if is_fine { Verdict::Fine } else { Verdict::Wrong };
        let number = value.parse::<u64>();
        match *self {
            Self::AtLeast(limit, _) => number.map_or(Verdict::Unknown, |it| verdict(it >= limit)),
            Self::AtMost(limit, _) => number.map_or(Verdict::Unknown, |it| verdict(it <= limit)),
            Self::OneOf(words) => verdict(words.contains(&value)),
            Self::Since(major, minor) => {
                version(value).map_or(Verdict::Unknown, |it| verdict(it >= (major, minor)))
            }
            Self::Told(_) => Verdict::Told,
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(limit, unit) => write!(f, "at least {limit}{unit}"),
            Self::AtMost(limit, unit) => write!(f, "at most {limit}{unit}"),
            Self::OneOf(words) => f.write_str(&words.join(" or ")),
            Self::Since(major, minor) => write!(f, "{major}.{minor} or later"),
            Self::Told(what) => f.write_str(what),
        }
    }
}

/// `6.1.0-18-amd64` is 6.1.
fn version(release: &str) -> Option<(u64, u64)> {
    let mut numbers = release.split(|letter: char| !letter.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// All of it.
pub const TABLE: &[Check] = &[
    Check {
        name: "kernel",
        read: read::kernel,
        wanted: Wanted::Since(5, 9),
        set: None,
        why: "the process of a job begins with close_range(2), the newest call that the server cannot do without",
    },
    Check {
        name: "net.core.somaxconn",
        read: read::sysctl,
        wanted: Wanted::AtLeast(65_535, ""),
        set: Some(("net.core.somaxconn", "65535")),
        why: "the longest queue of connections that wait for a worker: what a program asks for is cut to it",
    },
    Check {
        name: "listen backlog",
        read: read::backlog,
        wanted: Wanted::AtLeast(4096, " connections"),
        set: None,
        why: "what is left of the server's own setting `backlog` when the kernel has cut it",
    },
    Check {
        name: "net.ipv4.tcp_max_syn_backlog",
        read: read::sysctl,
        wanted: Wanted::AtLeast(4096, ""),
        set: Some(("net.ipv4.tcp_max_syn_backlog", "4096")),
        why: "handshakes that have begun, of clients not met before, where SYN cookies are off",
    },
    Check {
        name: "net.ipv4.tcp_syncookies",
        read: read::sysctl,
        wanted: Wanted::OneOf(&["1"]),
        set: Some(("net.ipv4.tcp_syncookies", "1")),
        why: "in a flood of SYNs clients still connect: when the queue is full, nothing is remembered of a handshake",
    },
    Check {
        name: "net.ipv4.tcp_fin_timeout",
        read: read::sysctl,
        wanted: Wanted::AtMost(30, " s"),
        set: Some(("net.ipv4.tcp_fin_timeout", "30")),
        why: "how long a connection that no process has any more waits in FIN-WAIT-2 for its peer to close; TIME-WAIT, which \
              is another state, takes 60 s whatever this says",
    },
    Check {
        name: "net.ipv4.tcp_slow_start_after_idle",
        read: read::sysctl,
        wanted: Wanted::OneOf(&["0"]),
        set: Some(("net.ipv4.tcp_slow_start_after_idle", "0")),
        why: "a connection that was idle sends its next large answer as fast as the last one, and does not begin anew",
    },
    Check {
        name: "net.ipv4.ip_local_port_range",
        read: read::ports,
        wanted: Wanted::AtLeast(20_000, " ports"),
        set: None,
        why: "ports for connections that the server opens itself, to PostgreSQL, Redis and the queue: so many to each",
    },
    Check {
        name: "net.netfilter.nf_conntrack_max",
        read: read::optional_sysctl,
        wanted: Wanted::AtLeast(262_144, ""),
        set: Some(("-net.netfilter.nf_conntrack_max", "262144")),
        why: "where connections are tracked, so many may be, those in TIME-WAIT too; packets of more are dropped",
    },
    Check {
        name: "fs.nr_open",
        read: read::sysctl,
        wanted: Wanted::AtLeast(65_536, ""),
        set: None,
        why: "the highest limit of open files that a process may be given, by `LimitNOFILE=65536` for example",
    },
    Check {
        name: "open files",
        read: read::open_files,
        wanted: Wanted::AtLeast(read::DESCRIPTORS, ""),
        set: None,
        why: "the hard limit of this process: a worker's connections are descriptors, 10,000 unless `connections` says less",
    },
    Check {
        name: "CPU quota",
        read: read::throttled,
        wanted: Wanted::AtMost(1, " % of periods throttled"),
        set: None,
        why: "a process whose quota is used up stands still until the next period, up to 100 ms, with all its requests",
    },
    Check {
        name: "memory",
        read: read::memory,
        wanted: Wanted::AtLeast(512, " MiB"),
        set: None,
        why: "a worker takes up to 64 MiB for bodies and waiting requests (`memory`), beside its caches and itself",
    },
    Check {
        name: "clock source",
        read: read::clock_source,
        wanted: Wanted::OneOf(&[
            "tsc",
            "kvm-clock",
            "hyperv_clocksource_tsc_page",
            "arch_sys_counter",
        ]),
        set: None,
        why: "these are read without a system call, and the server asks for the time in each request",
    },
    Check {
        name: "CPU governor",
        read: read::governor,
        wanted: Wanted::OneOf(&["performance"]),
        set: None,
        why: "with others a processor has to become fast first when requests come after a pause",
    },
    Check {
        name: "transparent huge pages",
        read: read::huge_pages,
        wanted: Wanted::OneOf(&["madvise", "never"]),
        set: None,
        why: "with `always` each heap takes memory in pieces of 2 MiB, more than it uses, and Redis copies them when it saves",
    },
    Check {
        name: "vm.overcommit_memory",
        read: read::sysctl,
        wanted: Wanted::Told("1 where Redis runs"),
        set: None,
        why: "Redis forks to save, and may be refused the memory that both share; this server does not need it",
    },
];

/// What can be set, as a file for `/etc/sysctl.d/`.
#[must_use]
pub fn sysctl() -> String {
    let mut text = String::from(
        "# Made by `api-server check-host --sysctl`. For /etc/sysctl.d/; `sysctl --system` sets it at once.\n",
    );
    for check in TABLE {
        if let Some((name, value)) = check.set {
            text.push('\n');
            comment(&mut text, check.why);
            text.push_str(&format!("{name} = {value}\n"));
        }
    }
    text
}

/// In lines of a length that is read with ease.
fn comment(text: &mut String, why: &str) {
    const COLUMNS: usize = 120;
    let mut column = COLUMNS;
    for word in why.split(' ') {
        if column + 1 + word.len() > COLUMNS {
            text.push_str(if column == COLUMNS { "#" } else { "\n#" });
            column = 1;
        }
        text.push(' ');
        text.push_str(word);
        column += 1 + word.len();
    }
    text.push('\n');
}
